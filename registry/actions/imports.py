"""Models and versions come in from elsewhere: unassessed, one row at a time, each with an event of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from celery import current_app
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from audit import ledger, refusals
from audit.ledger import Entry
from registry import evidence
from registry.actions.models import save_new
from registry.imports import known
from registry.imports.candidates import NO_PURPOSE, Candidate
from registry.imports.known import IMPORT
from registry.imports.planner import MAKING, Plan, fingerprint, plan
from registry.models import AIModel, ImportRow, ImportRun, ModelVersion, Origin, Part, Person, Team

GO_ON = "registry.tasks.go_on_with_import"
Outcome, State = ImportRow.Outcome, ImportRun.State
ATTEMPTS = 3
AT_A_TIME = 250


class _NothingToMake(Exception):
    """The row is settled without anything being made; `plan` is None when somebody else has settled it."""

    def __init__(self, plan: Plan | None) -> None:
        super().__init__()
        self.plan = plan


class _MadeMeanwhile(Exception):
    """Somebody has made the model since the row was looked at."""


def start(*, run: ImportRun, by: Person, seen: str | None = None) -> ImportRun:
    """Lets a previewed run begin; a task brings its rows in. Rows that are refused or there already are settled now.

    `seen` is the fingerprint of the preview that somebody looked at. Raises ValidationError when that no longer holds,
    when the run has begun already or is gone, or when it holds nothing to bring in.
    """
    with ledger.entry("registry.import.started", by=by) as entry:
        entry.require(IMPORT, run.team)
        run = _draft(run, entry.actor)
        rows = list(run.rows.all())
        candidates = _candidates_of(rows)
        plans = plan(candidates, known.load(candidates, run, entry.actor))
        _refuse_start(plans, seen)
        _prepare(list(zip(rows, plans, strict=True)))
        run.state, run.started_at = State.RUNNING, timezone.now()
        run.save()
        entry.facts = {"source": run.source, "name": run.name, "sha256": run.sha256, "rows": len(rows), "run": run.pk}
        transaction.on_commit(lambda: current_app.send_task(GO_ON, args=[run.pk]), robust=True)
    return run


def bring_in(*, row: ImportRow, by: Person) -> ImportRow:
    """Makes what one row of a running import names, once, whoever else is at it, and notes what became of it."""
    candidate = Candidate.from_json(row.candidate)
    for _ in range(ATTEMPTS):
        is_there = Origin.objects.filter(reference=candidate.reference).exists()
        try:
            return _import_version(row, by) if is_there else _import_model(row, by)
        except _NothingToMake as nothing:
            return _note(row, nothing.plan) if nothing.plan else row
        except (ledger.Conflict, _MadeMeanwhile) as error:
            latest = error
        except (PermissionDenied, ValidationError) as refusal:
            return _refuse(row, refusal)
    raise latest


def give_up(*, row: ImportRow) -> ImportRow:
    """Notes that Gatehouse failed at this row, for whatever reason the log has."""
    message = "Gatehouse failed at this row. Import it again, or tell an administrator; the log has the details."
    return _settle(row, Outcome.REFUSED, [{"field": "", "code": "failed", "message": message}], None)


def finish(*, run: ImportRun, by: Person) -> None:
    """Notes that every row of a running import is settled. Does nothing while one is not, or when it was noted."""
    if run.rows.filter(outcome=Outcome.PENDING).exists():
        return
    with suppress(_NothingToMake), ledger.entry("registry.import.finished", by=by) as entry:
        run = _locked(run)
        if run.state != State.RUNNING:
            raise _NothingToMake(None)
        run.state, run.finished_at = State.FINISHED, timezone.now()
        run.save()
        counts = dict(run.rows.order_by().values_list("outcome").annotate(Count("pk")))
        made = counts.get(Outcome.MODEL, 0) + counts.get(Outcome.VERSION, 0)
        entry.facts = {"source": run.source, "name": run.name, "run": run.pk, "made": made, "outcomes": counts}


def _candidates_of(rows: list[ImportRow]) -> list[Candidate]:
    return [Candidate.from_json(row.candidate) for row in rows]


def _draft(run: ImportRun, actor: Person) -> ImportRun:
    """The run, held, while it is still to be started. Its rows come in under the name of who read it."""
    try:
        run = _locked(run)
    except ImportRun.DoesNotExist:
        raise ValidationError("This import was discarded. Read the source again.", code="discarded") from None
    if run.state != State.DRAFT:
        raise ValidationError(f"This import is {run.get_state_display().lower()} already.", code="wrong-state")
    if run.by_id != actor.pk:
        raise PermissionDenied("An import is started by who read it, under whose name its rows come in.")
    return run


def _refuse_start(plans: list[Plan], seen: str | None) -> None:
    if not any(planned.outcome in MAKING for planned in plans):
        raise ValidationError("Nothing in it can be imported. Mend the source, then read it again.", code="nothing-new")
    if seen is not None and seen != fingerprint(plans):
        raise ValidationError(
            "What is here has changed since you saw this preview. Look at it again, then start.", code="stale-preview"
        )


def _locked(run: ImportRun) -> ImportRun:
    runs = ImportRun.objects.select_related("team", "owner")
    if connection.features.has_select_for_update_of:
        runs = runs.select_for_update(of=("self",))
    return runs.get(pk=run.pk)


def _prepare(rows: list[tuple[ImportRow, Plan]]) -> None:
    """Settles rows that make nothing; one that does keeps the number it was promised."""
    slugs = {planned.slug for _, planned in rows if planned.outcome == Outcome.THERE}
    there = AIModel.objects.in_bulk(slugs, field_name="name")
    settled, numbered = [], []
    for row, planned in rows:
        if planned.outcome not in MAKING:
            row.outcome, row.reasons = planned.outcome, _reasons(planned)
            row.model = there.get(planned.slug) if planned.outcome == Outcome.THERE else None
            settled.append(row)
        elif planned.number and row.candidate["version"]["number"] != planned.number:
            row.candidate["version"]["number"] = planned.number
            numbered.append(row)
    ImportRow.objects.bulk_update(settled, ["outcome", "reasons", "model"], batch_size=AT_A_TIME)
    ImportRow.objects.bulk_update(numbered, ["candidate"], batch_size=AT_A_TIME)


def _import_model(row: ImportRow, by: Person) -> ImportRow:
    """The model, and its version when the row names one, as one transaction."""
    with ledger.entry("registry.model.imported", by=by) as entry:
        row, planned = _pending(entry, row)
        if planned.outcome != Outcome.MODEL:
            raise _MadeMeanwhile
        row.model = _make_model(entry, row.run, planned)
        if planned.candidate.version:
            row = _import_version(row, by)
        row.outcome = Outcome.MODEL
        row.save()
    return row


def _import_version(row: ImportRow, by: Person) -> ImportRow:
    """Holds the model before it looks, so that numbers and references are seen as of one moment."""
    with ledger.entry("registry.version.imported", by=by) as entry:
        model = entry.lock_one(AIModel.objects.get(origins__reference=row.candidate["reference"]))
        row, planned = _pending(entry, row)
        row.model, row.version = model, _make_version(entry, row.run, planned, model)
        row.outcome = Outcome.VERSION
        row.save()
    return row


def _pending(entry: Entry, row: ImportRow) -> tuple[ImportRow, Plan]:
    """The row, held, with its plan by what is here now. Raises _NothingToMake unless something is to be made."""
    rows = ImportRow.objects.select_related("run__team", "run__owner")
    if connection.features.has_select_for_update_of:
        rows = rows.select_for_update(of=("self",))
    row = rows.get(pk=row.pk)
    if row.outcome != Outcome.PENDING:
        raise _NothingToMake(None)
    candidates = _candidates_of([row])
    [planned] = plan(candidates, known.load(candidates, row.run, entry.actor))
    if planned.outcome in (Outcome.THERE, Outcome.REFUSED):
        raise _NothingToMake(planned)
    return row, planned


def _make_model(entry: Entry, run: ImportRun, planned: Plan) -> AIModel:
    candidate = planned.candidate
    team = Team.objects.get(pk=planned.team.id)
    entry.require(IMPORT, team)
    now = timezone.now()
    model = AIModel(
        name=planned.slug,
        purpose=candidate.purpose or NO_PURPOSE,
        task=candidate.task,
        use_case_line=candidate.use_case_line,
        owner=Person.objects.get(pk=planned.owner.id),
        team=team,
        registered_by=entry.actor,
        registered_at=now,
        changed_at=now,
    )
    model.save()
    said = {"owner": candidate.owner, "team": candidate.team}
    _keep_origin(
        entry, run, model, reference=candidate.reference, name=candidate.name, details=candidate.details | _given(said)
    )
    entry.subject = model
    entry.facts = {"source": run.get_source_display(), "reference": candidate.reference, "run": run.pk}
    return model


def _make_version(entry: Entry, run: ImportRun, planned: Plan, model: AIModel) -> ModelVersion:
    entry.require(IMPORT, model)
    came = planned.candidate.version
    version = ModelVersion(
        model=model,
        number=planned.number,
        summary=came.summary,
        artifact_uri=came.artifact_uri,
        artifact_sha256=came.artifact_sha256,
        artifact_size=came.artifact_size,
        code_repository=came.code_repository,
        code_commit=came.code_commit,
        training_run=came.training_run,
        hyperparameters=dict(came.hyperparameters),
        created_by=entry.actor,
    )
    save_new(version)
    _keep_origin(
        entry, run, model, version=version, reference=came.reference, name=came.label, details=dict(came.details)
    )
    evidence.keep(version, *Part, by=entry.actor)
    entry.subject = version
    entry.facts = {
        "source": run.get_source_display(),
        "reference": came.reference,
        "run": run.pk,
        "version": planned.number,
        "artifact_sha256": came.artifact_sha256,
    }
    return version


def _keep_origin(entry: Entry, run: ImportRun, model: AIModel, **described: Any) -> None:
    Origin(model=model, source=run.source, imported_by=entry.actor, imported_at=timezone.now(), **described).save()


def _given(said: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in said.items() if value}


def _note(row: ImportRow, planned: Plan) -> ImportRow:
    """A row that makes nothing: refused, or there already."""
    there = AIModel.objects.filter(name=planned.slug).first() if planned.outcome == Outcome.THERE else None
    return _settle(row, planned.outcome, _reasons(planned), there)


def _reasons(planned: Plan) -> list[dict[str, str]]:
    return [dataclasses.asdict(problem) for problem in planned.problems]


def _refuse(row: ImportRow, refusal: PermissionDenied | ValidationError) -> ImportRow:
    """What only the action could find, so what the preview did not show."""
    if isinstance(refusal, PermissionDenied):
        reasons = [{"field": "", "code": "permission-denied", "message": str(refusal)}]
    else:
        by_field = getattr(refusal, "error_dict", None) or {"": refusals.each(refusal)}
        reasons = [
            {"field": field, "code": error.code or "invalid", "message": " ".join(error.messages)}
            for field, errors in by_field.items()
            for error in errors
        ]
    return _settle(row, Outcome.REFUSED, reasons, None)


def _settle(row: ImportRow, outcome: str, reasons: list[dict[str, str]], there: AIModel | None) -> ImportRow:
    """Unless somebody else has settled it meanwhile."""
    pending = ImportRow.objects.filter(pk=row.pk, outcome=Outcome.PENDING)
    pending.update(outcome=outcome, reasons=reasons, model=there)
    row.refresh_from_db()
    return row
