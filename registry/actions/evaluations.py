"""Evaluation results and code checks are attached to a version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit import ledger
from registry import evidence, metrics, rules
from registry.actions import models as model_actions
from registry.actions.changes import changing
from registry.models import CodeCheck, Evaluation, Measurement, ModelVersion, Part, Person

ATTACH = "registry.attach_evaluation"


def attach(
    *,
    version: ModelVersion,
    purpose: str,
    dataset: Mapping[str, Any],
    measurements: Iterable[Mapping[str, Any]],
    source: str,
    by: Person,
    note: str = "",
) -> Evaluation:
    """Attaches one run over one dataset.

    Each measurement has `metric` and `value` (a Decimal of at most 9 digits before and 6 after the point), and may
    have `group` with `slice`, and `sample_size`.
    """
    measurements = [row | {"metric": metrics.slug_of(row["metric"])} for row in map(dict, measurements)]
    with ledger.entry("registry.evaluation.attached", by=by, subject=version) as entry:
        version = changing(entry, version, ATTACH)
        objections = rules.against_measurements(measurements)
        objections += rules.against_dataset(version, purpose, dataset.get("sha256", ""))
        if objections:
            raise ValidationError(objections)
        evaluation = Evaluation(
            version=version,
            purpose=purpose,
            dataset=model_actions.dataset(dataset, by=entry.actor),
            source=source,
            note=note,
            attached_by=entry.actor,
            attached_at=timezone.now(),
        )
        evaluation.save()
        for figures in measurements:
            Measurement(evaluation=evaluation, **figures).save()
        evidence.keep(version, Part.EVALUATIONS, by=entry.actor)
        entry.facts = {"evaluation": str(evaluation), "purpose": str(purpose), "version": version.number}
    return evaluation


def report_code_check(*, version: ModelVersion, by: Person, **findings: Any) -> CodeCheck:
    """Records what a pipeline found; `findings` are the columns of CodeCheck."""
    with ledger.entry("registry.code_check.reported", by=by, subject=version) as entry:
        version = changing(entry, version, ATTACH)
        check = CodeCheck(version=version, reported_by=entry.actor, reported_at=timezone.now(), **findings)
        check.save()
        evidence.keep(version, Part.EVALUATIONS, by=entry.actor)
        entry.facts = {"version": version.number, "commit": check.commit}
    return check
