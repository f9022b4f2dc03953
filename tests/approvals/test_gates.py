"""What stands between a version and an environment, gate by gate: both answers."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from approvals import facts, gates
from approvals.actions import conditions, reviews
from approvals.gates import Gate, Requirement
from approvals.models import Condition
from audit import halts
from registry.actions import use_cases
from registry.models import AIModel, RiskTier
from tests import builders
from tests.builders import GOOD, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def codes(version: Any, environment: str) -> list[str]:
    return [finding.code for finding in gates.ask(facts.of(version), environment).findings]


def state(version: Any, environment: str, code: str) -> str:
    answer = gates.ask(facts.of(version), environment)
    return next(requirement.state for requirement in answer.requirements if requirement.code == code)


def test_a_bare_version_hears_every_reason_at_once(cast: Cast) -> None:
    version = builders.build_version(cast, "high")
    assert codes(version, "staging") == ["evaluation-missing", "technical-approval"]
    assert codes(version, "production") == [
        "evaluation-missing",
        "technical-approval",
        "business-approval",
        "compliance-approval",
        "deployment-approval",
        "card-complete",
        "monitoring-configured",
        "rollback-documented",
        "rollback-tested",
        "staging-passed",
    ]


def test_every_reason_says_what_to_do_next(cast: Cast) -> None:
    version = builders.build_version(cast, "high", code_commit="")
    for environment in ("staging", "production"):
        for finding in gates.ask(facts.of(version), environment).findings:
            assert finding.message and finding.remedy, finding


@pytest.mark.parametrize("tier", ["low", "medium", "high"])
def test_an_approved_version_may_go_to_staging_and_then_to_production(cast: Cast, tier: str) -> None:
    version = builders.approved_version(cast, tier)
    assert codes(version, "staging") == []
    assert codes(version, "production") == ["staging-passed"]
    version = builders.deployed_version(cast, tier, "staging")
    assert codes(version, "production") == []


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"code_repository": ""}, "the code repository"),
        ({"code_commit": ""}, "the code commit"),
        ({"training_data": None}, "the training data"),
        ({"hyperparameters": {}}, "the hyperparameters"),
        ({"training_run": ""}, "the training run"),
    ],
)
def test_what_cannot_be_rebuilt_does_not_leave_development(cast: Cast, missing: dict, words: str) -> None:
    version = builders.approved_version(cast, **missing)
    (finding,) = gates.ask(facts.of(version), "staging").findings
    assert finding.code == "lineage-complete"
    assert words in finding.message


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        (GOOD, []),
        (GOOD | {"roc_auc": "0.7", "recall": "0.6", "false_positive_rate": "0.3"}, []),
        (GOOD | {"roc_auc": "0.699999"}, ["ROC AUC is 0.699999, must be at least 0.7"]),
        (GOOD | {"recall": "0.5"}, ["Recall is 0.500, must be at least 0.6"]),
        (GOOD | {"false_positive_rate": "0.31"}, ["False positive rate is 0.310, must be at most 0.3"]),
        ({"recall": "0.9", "false_positive_rate": "0.1"}, ["ROC AUC was not measured, must be at least 0.7"]),
    ],
)
def test_thresholds_are_judged_exactly(cast: Cast, figures: dict, missed: list[str]) -> None:
    version = builders.build_version(cast, "high")
    builders.attach_evaluation(cast, version, figures=figures)
    known = facts.of(version)
    judged = [gates.judge(t, known.evaluations["staging"]) for t in gates.thresholds(known, "staging")]
    assert [judgement.sentence for judgement in judged if not judgement.is_met] == missed


def test_a_gap_between_groups_is_the_widest_of_them(cast: Cast) -> None:
    version = builders.build_version(cast, "high")
    rows = [("sex", "female", "0.10"), ("sex", "male", "0.12"), ("age", "under 40", "0.05"), ("age", "over 40", "0.21")]
    overall = [{"metric": metric, "value": Decimal(value)} for metric, value in GOOD.items()]
    sliced = [
        {"metric": "false_positive_rate", "value": Decimal(value), "group": group, "slice": name}
        for group, name, value in rows
    ]
    builders.attach_evaluation(cast, version, measurements=overall + sliced)
    assert (
        "gap between groups is 0.160, must be at most 0.15"
        in gates.ask(facts.of(version), "staging").findings[0].message
    )


def test_a_group_of_one_slice_is_said_not_to_be_compared(cast: Cast) -> None:
    version = builders.build_version(cast, "high")
    overall = [{"metric": metric, "value": Decimal(value)} for metric, value in GOOD.items()]
    rate = {"metric": "false_positive_rate", "value": Decimal("0.1")}
    alone = [rate | {"group": "sex", "slice": "female"}]
    compared = [rate | {"group": "age", "slice": name} for name in ("under 40", "over 40")]
    builders.attach_evaluation(cast, version, measurements=overall + alone)
    assert "was not measured" in gates.ask(facts.of(version), "staging").findings[0].message
    builders.attach_evaluation(cast, version, measurements=overall + alone + compared)
    (threshold,) = [r for r in gates.ask(facts.of(version), "staging").requirements if r.code == "thresholds-met"]
    assert threshold.is_met and "sex has one slice" in threshold.detail


def test_a_task_without_thresholds_is_refused_not_waved_through(cast: Cast) -> None:
    version = builders.build_version(cast, "high")
    builders.attach_evaluation(cast, version)
    known = facts.of(version)
    known.version.model.task = "telepathy"
    for environment in ("staging", "production"):
        assert "thresholds-missing" in [finding.code for finding in gates.ask(known, environment).findings]


def test_a_policy_that_asks_nobody_opens_nothing(cast: Cast) -> None:
    known = facts.of(builders.approved_version(cast))
    asks_nobody = replace(known, policies=tuple(replace(policy, stages=()) for policy in known.policies))
    for environment in ("staging", "production"):
        assert "approval-not-asked" in [finding.code for finding in gates.ask(asks_nobody, environment).findings]


def test_evidence_that_is_gone_has_changed(cast: Cast) -> None:
    known = facts.of(builders.approved_version(cast))
    assert gates.ask(known, "staging").allowed
    assert not gates.ask(replace(known, evidence={}), "staging").allowed


def test_every_seeded_policy_bounds_every_task() -> None:
    for tier in RiskTier.objects.all():
        bounded = set(tier.policies.get().thresholds.filter(purpose="staging").values_list("task", flat=True))
        assert bounded == set(AIModel.Task.values), tier


def test_production_asks_for_its_own_evaluation_where_the_policy_does(cast: Cast) -> None:
    for tier, expected in (("low", []), ("medium", ["evaluation-missing"])):
        version = builders.build_version(cast, tier)
        builders.attach_evaluation(cast, version, "staging")
        assert [code for code in codes(version, "production") if code.startswith("evaluation")] == expected


def test_a_change_makes_exactly_the_approvals_stale_that_rest_on_it(cast: Cast) -> None:
    version = builders.approved_version(cast, "high")
    builders.write_card(cast, version, seen_revision=1, intended_use="Also for other clinics.")
    stages = ("technical", "business", "compliance", "deployment")
    assert {stage: state(version, "production", f"{stage}-approval") for stage in stages} == {
        "technical": "met",
        "business": "stale",
        "compliance": "stale",
        "deployment": "met",
    }
    message = next(f.message for f in gates.ask(facts.of(version), "production").findings)
    assert "Model card changed" in message and "Business approved" in message


def test_saving_the_same_card_again_makes_nothing_stale(cast: Cast) -> None:
    version = builders.approved_version(cast, "high")
    builders.write_card(cast, version, seen_revision=1)
    assert codes(version, "production") == ["staging-passed"]


def test_changes_are_requested_at_the_stage_that_asked_and_the_others_wait_with_it(cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    stages = ("business", "compliance", "deployment")
    for asking, waiting in (("compliance", "business"), ("business", "compliance")):
        reviews.request_changes(review=review, stage=asking, rationale="Say more.", by=cast.decider(asking))
        assert {stage: state(version, "production", f"{stage}-approval") for stage in stages} == {
            asking: "unmet",
            waiting: "blocked",
            "deployment": "blocked",
        }
        assert {f"{stage}-approval" for stage in stages} <= set(codes(version, "production"))
        assert not gates.ask(facts.of(version), "production").allowed
        reviews.submit(review=review, by=cast.author, unchanged=True)


def test_a_rejected_use_case_stops_production(cast: Cast) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    version = builders.ready_version(cast, "medium", model=builders.build_model(cast, "medium", use_case=use_case))
    assert "use-case-approved" in codes(version, "production")
    use_cases.reject(use_case=use_case, reason="Not worth it.", by=cast.business)
    assert "use-case-approved" in codes(version, "production")


@pytest.mark.parametrize("section", ["overview", "fairness", "data_usage", "operational_requirements"])
def test_an_empty_section_of_the_card_is_named(cast: Cast, section: str) -> None:
    version = builders.build_version(cast)
    builders.write_card(cast, version, **{section: "  "})
    assert "card-complete" in codes(version, "production")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({}, []),
        ({"monitoring_url": ""}, ["monitoring-configured"]),
        ({"alerts_url": ""}, ["monitoring-configured"]),
        ({"on_call": " "}, ["monitoring-configured"]),
        ({"steps": ""}, ["rollback-documented"]),
        ({"rollback_procedure": ""}, ["rollback-documented"]),
        ({"rollback_tested_on": None, "rollback_test_result": ""}, ["rollback-tested"]),
        ({"rollback_test_result": "failed"}, ["rollback-tested"]),
        ({"rollback_tested_on": datetime.timedelta(days=90)}, []),
        ({"rollback_tested_on": datetime.timedelta(days=91)}, ["rollback-tested"]),
    ],
)
def test_the_release_plan_decides_about_monitoring_and_rollback(cast: Cast, plan: dict, expected: list[str]) -> None:
    version = builders.build_version(cast, "high")
    age = plan.get("rollback_tested_on")
    if isinstance(age, datetime.timedelta):
        plan = {"rollback_tested_on": timezone.localdate() - age}
    builders.write_release_plan(cast, version, **plan)
    about_plan = {"monitoring-configured", "rollback-documented", "rollback-tested"}
    assert [code for code in codes(version, "production") if code in about_plan] == expected


def test_a_condition_is_shown_while_open_and_refuses_once_overdue(cast: Cast) -> None:
    builders.build_version(cast)  # so that ids of versions and conditions differ
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    due = timezone.localdate() + datetime.timedelta(days=1)
    reviews.approve(
        review=review,
        stage="technical",
        rationale="Fine, if watched.",
        conditions=[{"text": "Watch it.", "owner": cast.author, "due_on": due}],
        by=cast.technical,
    )
    assert codes(version, "staging") == []
    assert state(version, "staging", "condition-open") == "open"
    promised = next(each for each in gates.ask(facts.of(version), "staging").requirements if each.condition)
    assert not promised.is_met and not promised.stands_in_the_way
    assert promised.detail == f"Open, due {due:%-d %b %Y}: Watch it."
    approval = next(each for each in gates.ask(facts.of(version), "staging").requirements if each.by == "Technical")
    assert approval.detail.startswith("With conditions")
    (later,) = facts.load(type(version).objects.filter(pk=version.pk), now=timezone.now() + datetime.timedelta(days=3))
    (overdue,) = [each for each in gates.ask(later, "staging").requirements if each.condition]
    assert (overdue.state, overdue.code) == ("unmet", "condition-overdue")
    assert [finding.code for finding in gates.ask(later, "staging").findings] == ["condition-overdue"]
    conditions.fulfil(condition=Condition.objects.get(), fulfilment="Watched.", by=cast.author)
    (later,) = facts.load(type(version).objects.filter(pk=version.pk), now=timezone.now() + datetime.timedelta(days=3))
    assert gates.ask(later, "staging").allowed


class Crashing(Gate):
    def requirements(self, facts: Any, environment: str) -> list[Requirement]:
        raise ZeroDivisionError


def test_a_gate_that_crashes_refuses(cast: Cast, settings: Any) -> None:
    version = builders.approved_version(cast)
    settings.DEPLOYMENT_GATES = [*settings.DEPLOYMENT_GATES, {"GATE": "tests.approvals.test_gates.Crashing"}]
    assert codes(version, "staging") == ["gate-failed"]


def test_while_the_portal_is_read_only_nothing_is_allowed_whichever_gates_there_are(cast: Cast, settings: Any) -> None:
    version = builders.approved_version(cast)
    assert codes(version, "staging") == []
    halts.begin("The ledger holds 3 events, and 5 were signed for")
    assert codes(version, "staging") == ["read-only"]
    assert "read-only" in codes(version, "production")
    settings.DEPLOYMENT_GATES = [{"GATE": "approvals.gates.release.InService"}]
    (finding,) = gates.ask(facts.of(version), "staging").findings
    assert "and 5 were signed for" in finding.message
    assert finding.remedy


def test_once_the_portal_is_written_to_again_the_gate_allows_what_it_allowed(cast: Cast) -> None:
    version = builders.approved_version(cast)
    halts.begin("Somebody was wrong")
    halts.end()
    assert codes(version, "staging") == []


def test_no_gates_means_no(cast: Cast, settings: Any) -> None:
    version = builders.approved_version(cast)
    settings.DEPLOYMENT_GATES = []
    with pytest.raises(ImproperlyConfigured):
        gates.ask(facts.of(version), "staging")
    assert "approvals.E001" in [message.id for message in run_checks()]


def test_an_environment_nobody_guards_is_not_allowed(cast: Cast, settings: Any) -> None:
    version = builders.approved_version(cast)
    with pytest.raises(ValueError, match="moon"):
        gates.ask(facts.of(version), "moon")
    settings.DEPLOYMENT_GATES = [{"GATE": "approvals.gates.release.StagingPassed"}]
    assert codes(version, "staging") == ["nothing-asked"]


def test_a_gate_that_cannot_be_made_fails_the_check(settings: Any) -> None:
    settings.DEPLOYMENT_GATES = [{"GATE": "approvals.gates.Nowhere"}]
    assert "approvals.E002" in [message.id for message in run_checks()]


def test_every_gate_describes_itself() -> None:
    assert all(gate.describe().endswith(".") for gate in gates.configured())
