"""Inventories as people bring them along, and models that came by one."""

from __future__ import annotations

from typing import Any

from registry.actions import imports
from registry.imports import csv, runs
from registry.models import AIModel, ImportRun, ModelVersion, Person
from tests.builders import Cast


def table(*lines: str, columns: str = "name,version,purpose") -> bytes:
    return "\n".join([columns, *lines]).encode()


def drafted(cast: Cast, content: bytes, by: Person | None = None) -> ImportRun:
    by = by or cast.author
    return runs.draft(csv.read(content, "models.csv"), by=by, team=cast.team, owner=cast.author)


def imported(cast: Cast, content: bytes, by: Person | None = None) -> ImportRun:
    """The finished run."""
    run = drafted(cast, content, by)
    imports.start(run=run, by=run.by)
    runs.go_on(run)
    return run


def outcomes(run: ImportRun) -> list[str]:
    return list(run.rows.values_list("outcome", flat=True))


def codes(run: ImportRun) -> list[Any]:
    """The codes of what each row is refused for, as pairs of field and code."""
    return [[(reason["field"], reason["code"]) for reason in row.reasons] for row in run.rows.all()]


WHOLE = (
    "name,version,purpose,artifact_uri,artifact_sha256,artifact_size,code_repository,code_commit,"
    "training_run,param:depth"
)


def imported_version(cast: Cast, name: str = "Credit Scoring") -> ModelVersion:
    """A version with all that a table can say of it, of a model that nobody has assessed."""
    line = f"{name},1,Scores credit.,s3://m/1,{7:064x},4100,https://git.example.org/credit,{9:040x},run-1,6"
    imported(cast, table(line, columns=WHOLE))
    return ModelVersion.objects.select_related("model").get(model__origins__name=name, number=1)


def imported_model(cast: Cast, name: str = "Credit Scoring") -> AIModel:
    return imported_version(cast, name).model
