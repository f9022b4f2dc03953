"""Models and their versions come into the registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db.models import Max
from django.utils import timezone

from audit import canonical, ledger
from audit.ledger import Entry
from registry import artifacts, evidence, rules
from registry.assessing import judged_now, put_into_tier
from registry.models import (
    AIModel,
    Dataset,
    ModelVersion,
    Part,
    Person,
    Retirement,
    Team,
    UseCase,
)

REGISTER = "registry.register_model"
CHANGE = "registry.change_model"


def register_model(
    *,
    name: str,
    purpose: str,
    task: str,
    owner: Person,
    team: Team,
    answers: Mapping[str, str] | None,
    by: Person,
    use_case: UseCase | None = None,
    use_case_line: str = "",
    revision: int | None = None,
) -> AIModel:
    """Registers a model and puts it into the tier that the answers to the risk questionnaire give.

    `answers` maps each question's id to the id of an answer; None leaves the model unassessed, so that nothing of it is
    reviewed or deployed. `revision` is the one that was answered, where somebody read it. The actor has to belong to
    the owning team.
    """
    with ledger.entry("registry.model.registered", by=by) as entry:
        entry.require(REGISTER, team)
        use_case = entry.lock_one(use_case) if use_case else None
        now = timezone.now()
        model = AIModel(
            name=name,
            purpose=purpose,
            task=task,
            owner=owner,
            team=team,
            use_case=use_case,
            use_case_line=use_case_line,
            registered_by=entry.actor,
            registered_at=now,
            changed_at=now,
        )
        if answers is None:
            _refuse_by_field(rules.against_registering(None, owner=owner, use_case=use_case))
            model.save()
        else:
            judged = judged_now(answers, revision)
            _refuse_by_field(rules.against_registering(judged.judgement, owner=owner, use_case=use_case))
            assessment = judged.assessment(model, by=entry.actor)
            entry.facts = put_into_tier(assessment)
            model.save()
            assessment.model = model
            assessment.save()
        entry.subject = model
    return model


def save_new(version: ModelVersion) -> None:
    """Writes it, and when its model, which the entry holds, last changed."""
    version.save()
    version.model.changed_at = version.created_at
    version.model.save(update_fields=["changed_at"])


def _refuse_by_field(objections: dict[str, ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)


def register_version(
    *,
    model: AIModel,
    by: Person,
    artifact: File | None = None,
    artifact_uri: str = "",
    artifact_sha256: str = "",
    artifact_size: int | None = None,
    summary: str = "",
    code_repository: str = "",
    code_commit: str = "",
    training_data: Mapping[str, Any] | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
    training_run: str = "",
    built_on: ModelVersion | None = None,
) -> ModelVersion:
    """Registers the next version of `model`.

    The artifact is uploaded (then Gatehouse computes digest and size, and refuses when they differ from given ones) or
    stays where it is (then `artifact_uri`, `artifact_sha256` and `artifact_size` in bytes are required).
    `training_data` has `name` and `sha256`, and may have `reference`, `source`, `period`, `row_count`.
    """
    stored = artifacts.store(artifact, artifact_uri, artifact_sha256, artifact_size)
    with ledger.entry("registry.version.registered", by=by, subject=model) as entry:
        model = entry.lock_one(model)
        entry.require(CHANGE, model)
        _lock_foundation(entry, built_on)
        number = (model.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        version = ModelVersion(
            model=model,
            number=number,
            summary=summary,
            artifact_uri=stored.uri,
            artifact_file=stored.file,
            artifact_sha256=stored.sha256,
            artifact_size=stored.size,
            code_repository=code_repository,
            code_commit=code_commit,
            training_data=dataset(training_data, by=entry.actor) if training_data else None,
            hyperparameters=canonical.without_floats(dict(hyperparameters or {})),
            training_run=training_run,
            built_on=built_on,
            created_by=entry.actor,
        )
        save_new(version)
        evidence.keep(version, *Part, by=entry.actor)
        entry.subject = version
        entry.facts = {"version": number, "artifact_sha256": stored.sha256}
    return version


def _lock_foundation(entry: Entry, built_on: ModelVersion | None) -> None:
    """Holds the version that is built on, which must not be retired now or meanwhile."""
    if built_on is not None:
        entry.lock_one(built_on)
        is_retired = Retirement.objects.filter(version=built_on).exists()
        objections = rules.against_building_on(built_on, is_retired=is_retired)
        if objections:
            raise ValidationError(objections)


def dataset(described: Mapping[str, Any], *, by: Person) -> Dataset:
    """The dataset of this name and digest, recorded now if it is new. Inside an open entry.

    Raises ValidationError when name or digest is missing.
    """
    if not described.get("name") or not described.get("sha256"):
        raise ValidationError("A dataset needs a name and a SHA-256 digest.", code="dataset")
    known = Dataset.objects.filter(name=described["name"], sha256=described["sha256"]).first()
    if known:
        return known
    new = Dataset(created_by=by, created_at=timezone.now(), **described)
    new.save()
    return new
