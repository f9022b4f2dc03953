"""The digests of a version's evidence parts: what a decision was made on, as 64 hexadecimal digits each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from audit import canonical, ledger
from registry import cards
from registry.models import AIModel, CodeCheck, EvidencePart, Measurement, ModelVersion, Part, Person

PLAN_FIELDS = (
    "steps",
    "monitoring_url",
    "alerts_url",
    "on_call",
    "rollback_procedure",
    "rollback_tested_on",
    "rollback_test_result",
    "rollback_test_evidence",
)


def keep(version: ModelVersion, *parts: Part, by: Person) -> None:
    """Recomputes the given parts inside the open entry, and writes those that changed."""
    entry = ledger.current()
    kept = {row.part: row for row in entry.lock(EvidencePart.objects.filter(version=version, part__in=parts))}
    for part in parts:
        digest = compute(version, part)
        row = kept.get(part) or EvidencePart(version=version, part=part)
        if row.digest != digest:
            row.digest, row.changed_by, row.changed_at = digest, by, timezone.now()
            row.save()


def compute(version: ModelVersion, part: str) -> str:
    """The digest of what the database holds for this part now."""
    return canonical.digest(canonical.plain({"part": str(part), "content": _CONTENT[Part(part)](version)}))


def _artifact(version: ModelVersion) -> dict[str, Any]:
    return {"sha256": version.artifact_sha256, "size": version.artifact_size, "uri": version.artifact_uri}


def _lineage(version: ModelVersion) -> dict[str, Any]:
    return {
        "repository": version.code_repository,
        "commit": version.code_commit,
        "training_data": version.training_data.sha256 if version.training_data else None,
        "training_run": version.training_run,
        "built_on": version.built_on_id,
    }


def _configuration(version: ModelVersion) -> dict[str, Any]:
    return version.hyperparameters


def _evaluations(version: ModelVersion) -> dict[str, Any]:
    measured = Measurement.objects.filter(evaluation__version=version).order_by("evaluation_id", "pk")
    checks = CodeCheck.objects.filter(version=version).order_by("pk")
    return {
        "measurements": list(
            measured.values_list(
                "evaluation_id",
                "evaluation__purpose",
                "evaluation__dataset__sha256",
                "metric",
                "group",
                "slice",
                "value",
            )
        ),
        "code_checks": list(
            checks.values_list(
                "commit",
                "test_coverage",
                "tests_passed",
                "tests_failed",
                "lint_findings",
                "type_findings",
                "review_url",
            )
        ),
    }


def _card(version: ModelVersion) -> dict[str, Any]:
    card = getattr(version, "card", None)
    return {name: getattr(card, name) if card else "" for name in cards.FIELD_NAMES}


def _release_plan(version: ModelVersion) -> dict[str, Any]:
    plan = getattr(version, "release_plan", None)
    return {name: getattr(plan, name) if plan else None for name in PLAN_FIELDS}


def _risk(version: ModelVersion) -> dict[str, Any]:
    model = AIModel.objects.select_related("use_case").get(pk=version.model_id)
    answers = model.assessments.values(
        "decides_about_people", "affects_health_money_or_rights", "uses_personal_data", "acts_without_review"
    ).first()
    use_case = model.use_case
    words = (
        {name: getattr(use_case, name) for name in ("problem", "requirement", "acceptance_criteria", "affected_people")}
        if use_case
        else {"line": model.use_case_line}
    )
    return {"tier": model.tier_id, "answers": answers, "use_case": words}


_CONTENT: dict[Part, Callable[[ModelVersion], Any]] = {
    Part.ARTIFACT: _artifact,
    Part.LINEAGE: _lineage,
    Part.CONFIGURATION: _configuration,
    Part.EVALUATIONS: _evaluations,
    Part.CARD: _card,
    Part.RELEASE_PLAN: _release_plan,
    Part.RISK: _risk,
}
