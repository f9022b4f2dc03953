"""Runs and their rows: read into a draft, previewed, brought in piece by piece, found again after any crash."""

from __future__ import annotations

import datetime
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from django.utils import timezone

from registry.actions import imports
from registry.imports import known
from registry.imports.candidates import Candidate
from registry.imports.planner import Plan, plan
from registry.imports.reading import Inventory
from registry.models import ImportRow, ImportRun, Person, Team

log = logging.getLogger(__name__)

SEEN_EVERY = 5.0
FORGOTTEN = datetime.timedelta(days=2)
MOST_DRAFTS = 20


def draft(inventory: Inventory, *, by: Person, team: Team, owner: Person) -> ImportRun:
    """Keeps what was read, so that it can be looked at before anything is made. The registry stays as it is.

    Raises ValidationError when as many of this person's wait already as anybody may keep.
    """
    with transaction.atomic():
        if ImportRun.objects.filter(by=by, state=ImportRun.State.DRAFT).count() >= MOST_DRAFTS:
            raise ValidationError(
                f"{MOST_DRAFTS} imports of yours wait to be started. Start or discard one first.",
                code="too-many-drafts",
            )
        run = ImportRun.objects.create(
            source=inventory.source,
            name=inventory.name,
            sha256=inventory.sha256,
            by=by,
            team=team,
            owner=owner,
            created_at=timezone.now(),
        )
        ImportRow.objects.bulk_create(
            ImportRow(run=run, position=position, candidate=candidate.to_json())
            for position, candidate in enumerate(inventory.candidates, start=1)
        )
    return run


def preview(run: ImportRun, by: Person) -> list[Plan]:
    """What would become of each row if the import began now."""
    candidates = [Candidate.from_json(kept) for kept in run.rows.values_list("candidate", flat=True)]
    return plan(candidates, known.load(candidates, run, by))


@transaction.atomic
def discard(run: ImportRun) -> bool:
    """Throws a draft away, and says whether it was one; a run that has begun stays, if only a moment ago."""
    drafts = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.DRAFT)
    if connection.features.has_select_for_update:
        drafts = drafts.select_for_update()
    found = drafts.first()
    if found:
        found.delete()
    return found is not None


def discard_forgotten() -> None:
    old = timezone.now() - FORGOTTEN
    for forgotten in ImportRun.objects.filter(state=ImportRun.State.DRAFT, created_at__lt=old):
        discard(forgotten)


def counts(found: Iterable[ImportRun]) -> dict[int, Counter[str]]:
    """How many rows of each outcome each of these runs has, in one statement."""
    counted: dict[int, Counter[str]] = {run.pk: Counter() for run in found}
    rows = ImportRow.objects.filter(run__in=list(counted)).order_by()
    for run, outcome, number in rows.values_list("run", "outcome").annotate(Count("pk")):
        counted[run][outcome] = number
    return counted


def go_on(run: ImportRun, *, seconds: float | None = None) -> bool:
    """Brings in what still waits, for about so long. Returns whether the run is finished."""
    until = float("inf") if seconds is None else time.monotonic() + seconds
    seen = float("-inf")
    for row in _pending(run):
        if time.monotonic() > seen + SEEN_EVERY:
            seen = time.monotonic()
            ImportRun.objects.filter(pk=run.pk).update(moved_at=timezone.now())
        _bring_in(row, run.by)
        if time.monotonic() > until:
            break
    imports.finish(run=run, by=Person.objects.system())
    run.refresh_from_db()
    return run.state == ImportRun.State.FINISHED


def _pending(run: ImportRun) -> Iterator[ImportRow]:
    pending = run.rows.filter(outcome=ImportRow.Outcome.PENDING)
    for key in list(pending.values_list("pk", flat=True)):
        yield ImportRow.objects.select_related("run__team", "run__owner").get(pk=key)


def _bring_in(row: ImportRow, by: Person) -> None:
    """One row that breaks holds up no other. A database that does not answer is no fault of the row: that is raised."""
    try:
        imports.bring_in(row=row, by=by)
    except DatabaseError:
        raise
    except Exception:
        log.exception("%s was not brought in.", row)
        imports.give_up(row=row)
