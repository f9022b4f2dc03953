"""The verbs of a review: who may, when, and what becomes of it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from approvals import facts, gates
from approvals.actions import deployments, reviews, stops
from approvals.models import Condition, Decision, Review
from audit import ledger, refusals
from audit.models import Event
from registry.actions import cards, people, use_cases
from registry.cards import FIELD_NAMES
from registry.models import Deployment, ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.mails import reached
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def refused(call: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        call()
    return refusals.codes(refusal.value)


def status(review: Review) -> str:
    return Review.objects.get(pk=review.pk).status


def recipients() -> list[str]:
    return reached()


@pytest.mark.parametrize(
    ("tier", "stages"),
    [
        ("low", ["technical"]),
        ("medium", ["technical", "business"]),
        ("high", ["technical", "business", "compliance", "deployment"]),
    ],
)
def test_the_tier_decides_the_stages(cast: Cast, tier: str, stages: list[str]) -> None:
    version = builders.ready_version(cast, tier)
    review = builders.ask_for_review(cast, version)
    assert [stage.stage for stage in facts.of(version).stages] == stages
    for stage in stages:
        assert status(review) == "in_review"
        builders.approve_stage(cast, review, stage)
    assert status(review) == "approved"


def test_submitting_is_refused_with_everything_that_is_missing(cast: Cast) -> None:
    bare = builders.build_version(cast)
    assert refused(lambda: builders.ask_for_review(cast, bare)) == ["card-incomplete", "evaluation-missing"]
    assert not Review.objects.exists()


def test_more_than_low_risk_takes_a_use_case_that_was_not_rejected(cast: Cast) -> None:
    line = "Plans visits."
    assert refused(lambda: builders.build_model(cast, "medium", use_case=None, use_case_line=line)) == [
        "use-case-missing"
    ]
    rejected = builders.build_use_case(cast, approved=False)
    use_cases.reject(use_case=rejected, reason="No.", by=cast.business)
    assert refused(lambda: builders.build_model(cast, "medium", use_case=rejected)) == ["use-case-rejected"]
    assert refused(lambda: builders.build_model(cast, owner=cast.pipeline)) == ["owner"]


def test_one_review_is_open_at_a_time(cast: Cast) -> None:
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    assert refused(lambda: builders.ask_for_review(cast, version)) == ["review-open"]


def test_only_the_owning_team_asks_for_review(cast: Cast) -> None:
    version = builders.ready_version(cast)
    for person in (cast.technical, cast.stranger, cast.auditor):
        with pytest.raises(PermissionDenied):
            reviews.ask(version=version, by=person)
    assert reviews.ask(version=version, by=cast.colleague).requested_by == cast.colleague


class TestWhoDecides:
    def test_the_requester_does_not_even_as_superuser(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.superuser)
        people_right(cast.superuser, "technical-reviewer", "technical")
        assert refused(lambda: builders.approve_stage(cast, review, "technical", by=cast.superuser)) == ["own-request"]

    def test_a_superuser_without_the_right_does_not(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        with pytest.raises(PermissionDenied):
            builders.approve_stage(cast, review, "technical", by=cast.superuser)

    def test_who_registered_the_version_does_not(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.colleague)
        people_right(cast.author, "technical-reviewer", "technical")
        assert refused(lambda: builders.approve_stage(cast, review, "technical", by=cast.author)) == ["own-work"]

    def test_who_asked_before_a_colleague_resubmitted_does_not(self, cast: Cast) -> None:
        version = pipeline_version(cast, owner=cast.colleague)
        reviewer = builders.build_person("reviewing-author", "technical-reviewer")
        people_right(reviewer, "author", "")
        people.join_team(person=reviewer, team=cast.team, by=cast.admin)
        draft = reviews.open_draft(version=version, by=reviewer)
        review = reviews.submit(review=draft, by=cast.author)
        assert refused(lambda: builders.approve_stage(cast, review, "technical", by=reviewer)) == ["own-request"]
        reviews.withdraw(review=review, by=cast.author)
        again = reviews.ask(version=version, by=cast.author)
        assert refused(lambda: builders.approve_stage(cast, again, "technical", by=reviewer)) == ["own-request"]

    def test_who_owns_the_model_or_wrote_its_evidence_does_not(self, cast: Cast) -> None:
        version = pipeline_version(cast, owner=cast.author)
        review = reviews.ask(version=version, by=cast.colleague)
        people_right(cast.author, "technical-reviewer", "technical")
        assert refused(lambda: builders.approve_stage(cast, review, "technical", by=cast.author)) == ["own-work"]
        people_right(cast.technical, "author", "")
        people.join_team(person=cast.technical, team=cast.team, by=cast.admin)
        cards.revise_card(version=version, seen_revision=1, by=cast.technical, limitations="Also at night.")
        assert refused(lambda: builders.approve_stage(cast, review, "technical")) == ["own-work"]

    def test_somebody_with_another_stage_s_right_does_not(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        assert refused(lambda: builders.approve_stage(cast, review, "technical", by=cast.business)) == ["no-right"]

    def test_a_token_does_not(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        with_token = builders.with_token(cast.technical, "read", "register", "evaluate", "deploy")
        assert refused(lambda: builders.approve_stage(cast, review, "technical", by=with_token)) == ["person-required"]

    def test_a_right_taken_back_ends_at_once(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        cast.technical.has_perm("registry.view_registry")
        with ledger.entry("registry.role.granted", by=cast.admin, subject=cast.technical) as entry:
            for right in entry.lock(cast.technical.tier_rights.all()):
                right.delete()
        with pytest.raises(PermissionDenied):
            builders.approve_stage(cast, review, "technical")

    def test_nobody_decides_a_stage_that_is_not_open_or_not_asked(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
        assert refused(lambda: builders.approve_stage(cast, review, "deployment")) == ["stage-not-open"]
        low = builders.ask_for_review(cast, builders.ready_version(cast, "low"))
        assert refused(lambda: builders.approve_stage(cast, low, "business")) == ["stage-not-asked"]

    def test_a_stage_is_not_approved_twice(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        builders.approve_stage(cast, review, "technical")
        assert refused(lambda: builders.approve_stage(cast, review, "technical")) == ["stage-approved"]
        assert Decision.objects.count() == 1


def pipeline_version(cast: Cast, *, owner: Person) -> ModelVersion:
    """Registered and evaluated by the pipeline, so that its author is nowhere named."""
    pipeline = builders.with_token(cast.pipeline, "register", "evaluate")
    version = builders.build_version(cast, model=builders.build_model(cast, owner=owner), by=pipeline)
    builders.attach_evaluation(cast, version, by=pipeline)
    texts = {name: f"What the {name} is." for name in FIELD_NAMES}
    cards.revise_card(version=version, seen_revision=0, by=cast.colleague, **texts)
    return version


def people_right(person: Person, role: str, stage: str) -> None:
    people.grant_role(person=person, role=role, decides=stage, by=Person.objects.system())


def test_business_review_asks_for_an_approved_use_case(cast: Cast) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    version = builders.ready_version(cast, "medium", model=builders.build_model(cast, "medium", use_case=use_case))
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    assert refused(lambda: builders.approve_stage(cast, review, "business")) == ["use-case-not-approved"]
    reviews.reject(review=review, stage="business", rationale="Not without a use case.", by=cast.business)
    assert status(review) == "rejected"


def test_a_rationale_is_required(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    with pytest.raises(ValidationError):
        builders.approve_stage(cast, review, "technical", rationale="")
    assert not Decision.objects.exists()


def test_conditions_have_an_owner_and_a_day_to_come(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    late = [{"text": "Watch it.", "owner": cast.author, "due_on": yesterday}]
    assert refused(lambda: builders.approve_stage(cast, review, "technical", conditions=late)) == ["condition-past"]
    unable = [{"text": "Watch it.", "owner": cast.auditor, "due_on": timezone.localdate()}]
    both = late + unable
    with pytest.raises(ValidationError) as refusal:
        builders.approve_stage(cast, review, "technical", conditions=both)
    assert refusals.codes(refusal.value) == ["condition-past", "condition-owner"]
    assert [message.split(" is ")[0] for message in refusal.value.messages] == ["Condition 1", "Condition 2"]
    assert not Decision.objects.exists()
    kept = [{"text": "Watch it.", "owner": cast.author, "due_on": timezone.localdate()}]
    builders.approve_stage(cast, review, "technical", conditions=kept)
    assert Decision.objects.get().outcome == "approved_with_conditions"
    assert Condition.objects.get().owner == cast.author
    assert status(review) == "approved"


def test_requested_changes_go_back_and_other_approvals_stay(cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    reviews.request_changes(review=review, stage="compliance", rationale="Explain the gap.", by=cast.compliance)
    assert status(review) == "changes_requested"
    assert refused(lambda: builders.approve_stage(cast, review, "business")) == ["wrong-state"]
    builders.write_card(cast, version, seen_revision=1, fairness="The gap comes from few rows.")
    again = reviews.submit(review=Review.objects.get(pk=review.pk), by=cast.author)
    assert again.round == 2
    assert facts.of(version).is_approved("technical")
    for stage in ("business", "compliance", "deployment"):
        builders.approve_stage(cast, review, stage)
    assert status(review) == "approved"


def test_a_reviewer_may_still_say_no_after_approving_and_a_no_holds_in_staging(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    assert gates.ask(facts.of(version), "staging").allowed
    reviews.reject(review=review, stage="technical", rationale="Found a bug.", by=cast.technical)
    assert not gates.ask(facts.of(version), "staging").allowed
    other = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, other)
    builders.approve_stage(cast, review, "technical")
    reviews.reject(review=review, stage="business", rationale="Not wanted.", by=cast.business)
    codes = [finding.code for finding in gates.ask(facts.of(other), "staging").findings]
    assert codes == ["business-approval"]


def test_an_approval_gone_stale_is_given_again_in_the_same_review(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    builders.attach_evaluation(cast, version)
    assert not facts.of(version).is_approved("technical")
    assert refused(lambda: builders.approve_stage(cast, review, "business")) == ["stage-not-open"]
    builders.approve_stage(cast, review, "technical")
    builders.approve_stage(cast, review, "business")
    assert status(review) == "approved"


def test_a_draft_is_discarded_and_a_submitted_review_withdrawn(cast: Cast) -> None:
    version = builders.ready_version(cast)
    draft = reviews.open_draft(version=version, by=cast.author)
    assert recipients() == []
    assert refused(lambda: reviews.withdraw(review=draft, by=cast.author)) == ["wrong-state"]
    assert reviews.discard(review=draft, by=cast.author).status == "discarded"
    review = builders.ask_for_review(cast, version)
    assert refused(lambda: reviews.discard(review=review, by=cast.author)) == ["wrong-state"]
    with pytest.raises(PermissionDenied):
        reviews.withdraw(review=review, by=cast.technical)
    assert reviews.withdraw(review=review, by=cast.author).status == "withdrawn"
    assert refused(lambda: builders.approve_stage(cast, review, "technical")) == ["wrong-state"]


def test_those_whose_turn_it_is_are_told(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    assert recipients() == ["technical@example.org"]
    builders.approve_stage(cast, review, "technical")
    assert recipients() == ["business@example.org", "compliance@example.org", "technical@example.org"]
    builders.approve_stage(cast, review, "compliance")
    assert recipients().count("business@example.org") == 1
    reviews.reject(review=review, stage="business", rationale="No.", by=cast.business)
    assert "author@example.org" in recipients()


def test_a_decision_keeps_the_digests_it_was_made_on(cast: Cast) -> None:
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    kept = dict(version.evidence.values_list("part", "digest"))
    evidence = Decision.objects.get().evidence
    assert set(evidence) == {"artifact", "lineage", "configuration", "evaluations"}
    assert all(kept[part] == digest for part, digest in evidence.items())


@pytest.mark.django_db(transaction=True)
class TestInTheSameSecond:
    """Real transactions, real threads."""

    def test_two_reviewers_decide_one_stage_once(self) -> None:
        cast = builders.build_cast()
        second = builders.build_person("second", "technical-reviewer")
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        failures = at_once(
            [lambda by=by: builders.approve_stage(cast, review, "technical", by=by) for by in (cast.technical, second)]
        )
        assert [refusals.codes(failure) for failure in failures] == [["stage-approved"]]
        assert Decision.objects.count() == 1

    def test_a_withdrawn_review_deploys_nothing(self) -> None:
        cast = builders.build_cast()
        version = builders.ready_version(cast, "medium")
        review = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, review, "technical")
        at_once(
            [
                lambda: reviews.withdraw(review=review, by=cast.author),
                lambda: deployments.record(version=version, environment="staging", by=cast.release),
            ]
        )
        done = ["approvals.review.withdrawn", "approvals.deployment.recorded"]
        order = list(Event.objects.filter(kind__in=done).order_by("at", "id").values_list("kind", flat=True))
        assert order in (["approvals.review.withdrawn"], done[::-1])

    def test_one_version_takes_the_place_of_another_once(self) -> None:
        cast = builders.build_cast()
        first = builders.approved_version(cast)
        second = builders.approved_version(cast, model=first.model)
        at_once(
            [
                lambda version=version: deployments.record(version=version, environment="staging", by=cast.release)
                for version in (first, second)
            ]
        )
        assert Deployment.objects.filter(ended_at=None).count() == 1
        assert Deployment.objects.count() == 2


class TestSuperseded:
    def test_a_later_approval_takes_the_place_of_an_earlier_one(self, cast: Cast) -> None:
        version = builders.approved_version(cast, "medium")
        earlier = Review.objects.get(version=version)
        builders.write_card(cast, version, seen_revision=1, intended_use="Something else.")
        later = builders.ask_for_review(cast, version)
        assert Review.objects.get(pk=earlier.pk).status == Review.Status.APPROVED
        builders.approve_stage(cast, later, "business")
        states = dict(Review.objects.filter(version=version).values_list("pk", "status"))
        assert states == {earlier.pk: Review.Status.SUPERSEDED, later.pk: Review.Status.APPROVED}
        technical = facts.of(version).approvals["technical"]
        assert [each.review_id for each in technical] == [earlier.pk], "what was approved in it counts on"

    def test_only_the_one_that_counts_is_suspended(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        earlier = Review.objects.get(version=version)
        builders.attach_evaluation(cast, version)
        builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
        with pytest.raises(ValidationError) as refused:
            stops.suspend(review=earlier, reason="A complaint.", by=cast.compliance)
        assert [error.code for error in refused.value.error_list] == ["wrong-state"]

    def test_one_that_is_not_approved_takes_no_place(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        earlier = Review.objects.get(version=version)
        builders.attach_evaluation(cast, version)
        again = builders.ask_for_review(cast, version)
        reviews.reject(review=again, stage="technical", rationale="No.", by=cast.technical)
        assert Review.objects.get(pk=earlier.pk).status == Review.Status.APPROVED
