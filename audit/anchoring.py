"""Copies of signed checkpoints, on their way to the anchors: rows, kept by the worker, found again by a sweep.

The database is not held while an anchor is talked to. A row is claimed, the anchor keeps the copy, the row says so; who
is killed in between leaves a claim that ends by itself, and keeping twice is keeping.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db import connection, models, transaction
from django.db.models import Count, Max, Q, Subquery
from django.utils import timezone

from audit import anchors, retries, wakeups
from audit.models import Anchoring, Checkpoint

log = logging.getLogger(__name__)

KEEP = "audit.tasks.keep_anchors"
BATCH = 50
#: Longer than an anchor takes, however slow it is: one worker at a time keeps a copy.
CLAIM = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class AnchorState:
    """One configured anchor, for pages. `kept_size` and `kept_at` are of the newest checkpoint that it keeps."""

    name: str
    where: str
    kept_size: int | None
    kept_at: datetime.datetime | None
    waiting: int
    last_error: str


def plan(checkpoint: Checkpoint) -> None:
    """Every configured anchor is to keep it, once the open transaction has committed. Doing it again does nothing."""
    rows = [Anchoring(checkpoint=checkpoint, anchor=name) for name in anchors.configured()]
    Anchoring.objects.bulk_create(rows, ignore_conflicts=True)
    wakeups.wake(KEEP)


def keep_due() -> int:
    """Keeps what is due, oldest first; returns how many copies were kept. No anchor waits for another's trouble."""
    failing = set(_waiting().exclude(last_error="").values_list("anchor", flat=True).distinct())
    # A sort keeps the order of the settings among equals.
    names = sorted(anchors.configured(), key=failing.__contains__)
    return sum(_keep_all(name) for name in names)


def states() -> list[AnchorState]:
    """In two statements, however many anchors and checkpoints there are."""
    configured = anchors.configured()
    # Of what waits, which is little; asked by anchor, all that was ever kept would be looked through.
    waiting = {
        each["anchor"]: each
        for each in _waiting().values("anchor").annotate(number=Count("pk"), failed=Max("pk", filter=~Q(last_error="")))
    }
    wanted = reduce(or_, map(_is_newest_kept, configured), Q(pk__in=[each["failed"] for each in waiting.values()]))
    rows = list(Anchoring.objects.filter(wanted).select_related("checkpoint"))
    kept = {row.anchor: row for row in rows if row.kept_at}
    failed = {row.anchor: row for row in rows if not row.kept_at}
    return [
        AnchorState(
            name=name,
            where=anchor.where,
            kept_size=kept[name].checkpoint.size if name in kept else None,
            kept_at=kept[name].kept_at if name in kept else None,
            waiting=waiting[name]["number"] if name in waiting else 0,
            last_error=failed[name].last_error if name in failed else "",
        )
        for name, anchor in configured.items()
    ]


_turns: dict[str, threading.Lock] = {}


@contextmanager
def _turn(name: str) -> Iterator[bool]:
    """Whether it is ours: one thread of a process at an anchor, so that a slow one cannot keep them all."""
    lock = _turns.setdefault(name, threading.Lock())
    ours = lock.acquire(blocking=False)
    try:
        yield ours
    finally:
        if ours:
            lock.release()


def _keep_all(name: str) -> int:
    """Until nothing is due, or the anchor has failed: then the next sweep asks it again, after the others."""
    kept = 0
    with _turn(name) as ours:
        for row in _claiming(name) if ours else ():
            failure = _keep(row)
            kept += failure is None
            if failure is not None and not isinstance(failure, anchors.Differs):
                break
    return kept


def _claiming(name: str) -> Iterator[Anchoring]:
    """Each is claimed when it is its turn, so that a claim is as long as one copy takes."""
    for _ in range(BATCH):
        row = _claimed(name)
        if row is None:
            return
        yield row


def _claimed(name: str) -> Anchoring | None:
    """Durable, so that nobody holds the database while an anchor is talked to."""
    with transaction.atomic(durable=True):
        due = Anchoring.objects.due().filter(anchor=name).select_related("checkpoint")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        row = due.first()
        if row is not None:
            row.attempts += 1
            row.due_at = timezone.now() + CLAIM
            row.save(update_fields=["attempts", "due_at"])
        return row


def _keep(row: Anchoring) -> Exception | None:
    """What went wrong, which the row then says."""
    checkpoint = row.checkpoint
    # Whatever came of it meanwhile in another worker's hands stays: a copy that is kept is kept.
    unkept = Anchoring.objects.filter(pk=row.pk, kept_at=None)
    try:
        anchor = anchors.configured()[row.anchor]
        if has_kept(row.anchor):
            anchors.refuse_absent(anchor)
        anchor.keep(anchors.name_of(checkpoint), checkpoint.note.encode())
    except Exception as error:
        # The anchor may be gone for days. The copy stays to be kept, and nobody's work waits for it.
        log.warning("%s was not kept by the anchor %s: %s", checkpoint, row.anchor, error)
        unkept.update(last_error=anchors.reason(error), due_at=retries.after(row.attempts))
        return error
    unkept.update(kept_at=timezone.now(), last_error="")
    return None


def has_kept(name: str) -> bool:
    return Anchoring.objects.filter(anchor=name, kept_at__isnull=False).exists()


def newest_kept(name: str, *, before: datetime.datetime) -> Checkpoint | None:
    """The newest checkpoint that the anchor kept by then."""
    kept = Checkpoint.objects.filter(anchorings__anchor=name, anchorings__kept_at__lt=before)
    return kept.order_by("-pk").first()


def _waiting() -> models.QuerySet[Anchoring]:
    return Anchoring.objects.filter(kept_at=None)


def _is_newest_kept(name: str) -> Q:
    kept = Anchoring.objects.filter(anchor=name, kept_at__isnull=False)
    return Q(pk=Subquery(kept.order_by("-id").values("pk")[:1]))
