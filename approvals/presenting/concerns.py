"""What stands out: everything Gatehouse finds missing or missed, with the page where it is mended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse

from approvals import gates, steps
from approvals.facts import VersionFacts
from approvals.gates import PRODUCTION, STAGING
from approvals.presenting.worst_groups import WorstGroup, worst_groups

#: code of an objection -> URL name of the page of the version where it is mended
MENDED_ON = {
    "card-incomplete": "registry:card_revise",
    "evaluation-missing": "registry:evaluation_attach",
}

CONDITIONS = {"condition-open", "condition-overdue"}


def concerns(facts: VersionFacts) -> list[dict[str, Any]]:
    """What Gatehouse finds missing or missed, apart from the approvals themselves, and the promises still open.

    Groups come last: no gate asks about them.
    """
    the_way_itself = {gates.stage_code(stage.stage) for stage in facts.stages} | {"staging-passed"}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for environment in (STAGING, PRODUCTION):
        for item in steps.road(gates.ask(facts, environment), facts):
            if item.code in CONDITIONS or not (item.is_met or item.code in the_way_itself):
                found.setdefault((item.code, item.detail), reason(item) | {"stands_in_the_way": item.stands_in_the_way})
    return [*found.values(), *(_of_group(each, facts) for each in worst_groups(facts))]


def _of_group(found: WorstGroup, facts: VersionFacts) -> dict[str, Any]:
    return {
        "message": found.sentence,
        "remedy": "It sets no bound for single groups, so this is for the reviewers to judge.",
        "url": reverse("registry:evaluation_list", args=[facts.version.model.name, facts.version.number]),
        "code": "worst-group",
        "stands_in_the_way": False,
    }


def reason(item: steps.RoadItem) -> dict[str, str]:
    finding = item.finding
    return {"message": finding.message, "remedy": finding.remedy, "url": item.step_url, "code": finding.code}


def with_links(objections: Iterable[ValidationError], facts: VersionFacts) -> list[dict[str, str]]:
    """Objections as reasons, each once, with the address where it is mended."""
    found = {error.code: {"message": error.message, "code": error.code or ""} for error in objections}
    return [each | {"url": _mended_at(code, facts)} for code, each in found.items()]


def _mended_at(code: str | None, facts: VersionFacts) -> str:
    name = facts.version.model.name
    if code in MENDED_ON:
        return reverse(MENDED_ON[code], args=[name, facts.version.number])
    if code == "use-case-missing":
        return reverse("registry:use_case_propose")
    if code == "retired":
        return reverse("registry:version_register", args=[name])
    if code == "review-open" and facts.open_review:
        return reverse("approvals:review_detail", args=[facts.open_review.id])
    return ""
