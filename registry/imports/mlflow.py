"""Reads what an MLflow server answers about its model registry (REST API 2.0): registered models, versions, runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from registry.imports.candidates import (
    Candidate,
    Checker,
    VersionCandidate,
    bounded,
    fitting,
    number_in,
    shortened,
    shortened_place,
)
from registry.imports.reading import MOST_ROWS, Inventory, read_with_care, too_many_rows, unreadable
from registry.models import Source
from registry.models.catalog import commit_validator, sha256_validator

COMMIT, REPOSITORY = "mlflow.source.git.commit", "mlflow.source.git.repoURL"
DIGEST_TAGS = ("sha256", "artifact_sha256")
NOT_MLFLOW = ("This is no answer of an MLflow server. Check the address.", "not-mlflow")


@dataclass(frozen=True)
class Answers:
    """What a server said. `address` names it in references; `runs` are by run id, and some may be gone."""

    address: str
    models: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    runs: Mapping[str, dict[str, Any]]


def read(answers: Answers) -> Inventory:
    """Raises ValidationError when the server lists nothing, or too much."""
    versions: dict[str, list[dict[str, Any]]] = {}
    for version in answers.versions:
        versions.setdefault(str(version.get("name", "")), []).append(version)
    pairs = [
        (model, version)
        for model in sorted(answers.models, key=lambda model: str(model.get("name", "")))
        for version in sorted(versions.get(str(model.get("name", "")), []), key=_number) or [None]
    ]
    if not pairs:
        raise unreadable("This server lists no registered model that you may see.", "no-rows")
    if len(pairs) > MOST_ROWS:
        raise too_many_rows()
    with read_with_care(*NOT_MLFLOW):
        candidates = tuple(
            _candidate(line, answers, model, version) for line, (model, version) in enumerate(pairs, start=1)
        )
    digest = hashlib.sha256(json.dumps([c.to_json() for c in candidates], sort_keys=True).encode()).hexdigest()
    return Inventory(Source.MLFLOW, answers.address, digest, candidates)


def _number(version: Mapping[str, Any]) -> int:
    return number_in(str(version.get("version", ""))) or 0


def _candidate(line: int, answers: Answers, model: Mapping[str, Any], version: Mapping[str, Any] | None) -> Candidate:
    checker = Checker()
    name = checker.text("name", model.get("name", ""), 300)
    tags = pairs_of(model.get("tags"))
    description = str(model.get("description") or "")
    reference = f"{answers.address}/#/models/{name}"
    details = {
        "tags": tags,
        "aliases": {str(each.get("alias")): each.get("version", "") for each in model.get("aliases") or []},
        "created": _moment(model.get("creation_timestamp")),
        "description": description if len(description) > 200 else "",
    }
    return Candidate(
        line=line,
        reference=reference,
        name=name,
        slug=checker.slug(name),
        purpose=shortened(description, 200),
        task=checker.task(""),
        use_case_line="",
        owner=shortened(tags.get("owner", ""), 120),
        team=shortened(tags.get("team", ""), 120),
        details=bounded(details),
        version=_version(checker, answers, reference, version) if version else None,
        problems=tuple(checker.problems),
    )


def _version(checker: Checker, answers: Answers, model: str, version: Mapping[str, Any]) -> VersionCandidate:
    label = checker.text("version", version.get("version", ""), 40)
    status = str(version.get("status", ""))
    if status not in ("", "READY"):
        checker.refuse("status", "not-ready", f"The server says {shortened(status, 60)} of it. Mend it there first.")
    run = answers.runs.get(str(version.get("run_id") or ""), {})
    data, tags = run.get("data") or {}, pairs_of(version.get("tags"))
    run_tags = pairs_of(data.get("tags"))
    details = {
        "tags": tags,
        "created": _moment(version.get("creation_timestamp")),
        "stage": version.get("current_stage") if version.get("current_stage") not in (None, "None") else "",
        "metrics": pairs_of(data.get("metrics")),
        "run": {key: value for key, value in run_tags.items() if not key.startswith("mlflow.log-model")},
        "description": version.get("description") or "",
    }
    return VersionCandidate(
        reference=f"{model}/versions/{label}",
        label=label,
        number=number_in(label),
        summary=shortened(str(version.get("description") or ""), 200),
        artifact_uri=checker.place("source", version.get("source") or "", 500),
        artifact_sha256=fitting(next((tags[key] for key in DIGEST_TAGS if key in tags), ""), sha256_validator),
        code_repository=shortened_place(run_tags.get(REPOSITORY, ""), 300),
        code_commit=fitting(run_tags.get(COMMIT, ""), commit_validator),
        training_run=shortened_place(str(version.get("run_id") or ""), 200),
        hyperparameters=bounded(pairs_of(data.get("params"))),
        details=bounded(details),
    )


def pairs_of(listed: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """`[{"key": …, "value": …}]` as a dictionary of texts."""
    return {str(pair.get("key", "")): str(pair.get("value", "")) for pair in listed or []}


def _moment(milliseconds: Any) -> str:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
