"""Where a requirement's next step is done: each step's words and address, as a table for pages and API."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from approvals.facts import VersionFacts
from approvals.gates import Answer, Requirement, thresholds

#: step -> (words of the link, URL name)
VERSION_PAGES = {
    "version": ("See version", "governance:version_detail"),
    "lineage": ("See lineage", "governance:version_detail"),
    "evaluations": ("See figures", "registry:evaluation_list"),
    "attach_evaluation": ("Attach evaluation", "registry:evaluation_attach"),
    "card": ("Read card", "registry:card_detail"),
    "revise_card": ("Write card", "registry:card_revise"),
    "release_plan": ("Read plan", "registry:release_plan_detail"),
    "revise_release_plan": ("Write plan", "registry:release_plan_revise"),
    "submit_review": ("Ask for review", "approvals:review_open"),
    "deployments": ("See deployments", "approvals:deployment_list"),
    "record_deployment": ("Record deployment", "approvals:deployment_record"),
}


@dataclass(frozen=True)
class RoadItem:
    """A requirement as a page shows it."""

    requirement: Requirement
    step_label: str
    step_url: str

    def __getattr__(self, name: str):
        return getattr(self.requirement, name)


def road(answer: Answer, facts: VersionFacts) -> list[RoadItem]:
    return [RoadItem(requirement, *link(requirement, facts, answer.environment)) for requirement in answer.requirements]


def link(requirement: Requirement, facts: VersionFacts, environment: str) -> tuple[str, str]:
    """Words and address of the page where this requirement is seen or met."""
    model = facts.version.model
    match requirement.step:
        case "review":
            return _review(requirement, facts)
        case "condition":
            return "Open condition", reverse("approvals:condition_fulfil", args=[requirement.condition.id])
        case "waiver":
            return "Read the waiver", reverse("approvals:waiver_detail", args=[requirement.waiver.id])
        case "register_version":
            return "Register a version", reverse("registry:version_register", args=[model.name])
        case "assess_risk":
            return "Assess the risk", reverse("approvals:model_assess", args=[model.name])
        case "use_case":
            return "Open use case", reverse("registry:use_case_detail", args=[facts.use_case.slug])
        case "use_cases":
            return "Propose a use case", reverse("registry:use_case_propose") + "?" + urlencode({"for": model.name})
        case "":
            return "", ""
    words, url_name = VERSION_PAGES[requirement.step]
    address = reverse(url_name, args=[model.name, facts.version.number])
    return words, address + (_evaluation_asked(facts, environment) if requirement.step == "attach_evaluation" else "")


def _evaluation_asked(facts: VersionFacts, environment: str) -> str:
    """The purpose and the metrics for which the environment asks, so that its form is begun with them."""
    metrics = dict.fromkeys(threshold.metric for threshold in thresholds(facts, environment))
    return "?" + urlencode({"purpose": environment, "metric": [*metrics]}, doseq=True)


def _review(requirement: Requirement, facts: VersionFacts) -> tuple[str, str]:
    """The open review, else the one where it was last decided; without an open one, a stale approval is asked again."""
    if facts.open_review:
        return "Open review", reverse("approvals:review_detail", args=[facts.open_review.id])
    if not requirement.is_met:
        return "Ask for review", reverse("approvals:review_open", args=[facts.version.model.name, facts.version.number])
    return "Read decision", reverse("approvals:review_detail", args=[facts.reviews[0].id])
