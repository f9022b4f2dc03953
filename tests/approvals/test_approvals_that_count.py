"""Which approvals count: as many as a stage asks for, each by another person, and for as long as the policy says."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from approvals import facts as version_facts
from approvals import forecasting, gates, presenting, tasks
from approvals.actions import reviews
from approvals.facts import ApprovalFacts, VersionFacts
from approvals.models import AwaitedStage, Decision, Policy, Review
from audit.models import Event, OutboxMessage
from registry.actions import people
from registry.models import ModelVersion, Person, RiskTier
from tests import builders, policies
from tests.builders import Cast
from tests.mails import reached
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db


def asking_for(cast: Cast, number: int, tier: str = "low") -> Policy:
    """The first stage of the tier asks for so many people from now on."""
    first, *others = policies.terms_of(tier).stages
    return policies.published(cast, tier, stages=(replace(first, quorum=number), *others))


def second_technical(name: str = "Second") -> Person:
    return builders.build_person(name.lower(), "technical-reviewer")


def decides(person: Person, *stages: str) -> Person:
    """Gives a person the right for further stages of every tier."""
    for stage in stages:
        role = {"technical": "technical-reviewer", "deployment": "release-manager"}.get(stage, f"{stage}-reviewer")
        people.grant_role(person=person, role=role, decides=stage, by=Person.objects.system())
    return person


def approve(review: Review, stage: str, by: Person) -> Decision:
    return reviews.approve(review=review, stage=stage, rationale="It is sound.", by=by)


def facts_of(review: Review, *, in_days: int = 0) -> VersionFacts:
    version = ModelVersion.objects.filter(pk=review.version_id)
    return version_facts.load(version, now=review.opened_at + datetime.timedelta(days=in_days, hours=1))[0]


def codes(refused: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [error.code for error in refused.value.error_list]


def requirement(facts: VersionFacts, code: str, environment: str = "production") -> gates.Requirement:
    return next(each for each in gates.ask(facts, environment).requirements if each.code == code)


class TestQuorum:
    @pytest.mark.engines
    def test_a_stage_that_asks_for_two_is_approved_once_two_have_approved(self, cast: Cast) -> None:
        second = second_technical()
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        review.refresh_from_db()
        assert review.status == Review.Status.IN_REVIEW
        lacking = requirement(facts_of(review), "technical-approval")
        assert (lacking.state, lacking.detail) == ("waiting", "1 of 2 approvals given: Technical")
        approve(review, "technical", second)
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED
        given = requirement(facts_of(review), "technical-approval")
        assert (given.state, given.by) == ("met", "Technical and Second")

    def test_nobody_gives_both_approvals(self, cast: Cast) -> None:
        second_technical()
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        with pytest.raises(ValidationError) as refused:
            approve(review, "technical", cast.technical)
        assert codes(refused) == ["approved-by-you"]
        assert Decision.objects.count() == 1

    def test_who_has_approved_may_still_say_no(self, cast: Cast) -> None:
        second_technical()
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        reviews.request_changes(review=review, stage="technical", rationale="On second thoughts.", by=cast.technical)
        assert facts_of(review).approvals["technical"] == ()

    def test_a_no_takes_back_what_others_approved_before(self, cast: Cast) -> None:
        """Nobody hides it by asking for one more approval: the stage begins anew."""
        second, third = second_technical(), second_technical("Third")
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=second)
        reviews.submit(review=review, by=cast.author, unchanged=True)
        approve(review, "technical", third)
        assert [each.by.name for each in facts_of(review).approvals["technical"]] == ["Third"]
        approve(review, "technical", cast.technical)
        assert facts_of(review).is_approved("technical")

    def test_an_approval_of_other_evidence_is_none_of_the_two(self, cast: Cast) -> None:
        second = second_technical()
        asking_for(cast, 2, "medium")
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(review, "technical", cast.technical)
        builders.attach_evaluation(cast, review.version)
        approve(review, "technical", second)
        facts = facts_of(review)
        assert not facts.is_approved("technical")
        assert [each.by.name for each in facts.lapsed("technical")] == ["Technical"]
        assert [each.decision.by.name for each in presenting.stale_approvals(facts, review)] == ["Technical"]
        approve(review, "technical", cast.technical)
        assert facts_of(review).is_approved("technical")

    def test_a_policy_that_asks_for_more_opens_what_fewer_had_approved(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        assert gates.ask(version_facts.of(version), "staging").allowed
        second = second_technical()
        asking_for(cast, 2)
        lacking = requirement(version_facts.of(version), "technical-approval", "staging")
        assert (lacking.state, lacking.remedy) == ("unmet", "Ask for review.")
        review = builders.ask_for_review(cast, version)
        approve(review, "technical", second)
        assert gates.ask(version_facts.of(version), "staging").allowed

    def test_the_dry_run_says_so_before(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        draft = policies.begun(cast, "low")
        wanted = policies.wanted(draft)
        twice = replace(wanted, stages=tuple(replace(stage, quorum=2) for stage in wanted.stages))
        found = {change.environment: change for change in forecasting.changes_of(version_facts.of(version), twice)}
        assert found["staging"].effect == "closed"
        assert found["staging"].why == ("Technical approval: 1 of 2 approvals given: Technical",)

    def test_only_those_are_told_whose_approval_is_still_asked(self, cast: Cast) -> None:
        second_technical()
        asking_for(cast, 2)
        version = builders.ready_version(cast)
        OutboxMessage.objects.all().delete()
        review = builders.ask_for_review(cast, version)
        told = reached()
        assert sorted(told) == ["second@example.org", "technical@example.org"]
        OutboxMessage.objects.all().delete()
        approve(review, "technical", cast.technical)
        assert not OutboxMessage.objects.exists()

    def test_the_page_says_who_has_approved_and_that_another_is_asked(self, cast: Cast) -> None:
        second_technical()
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        address = reverse("approvals:review_detail", args=[review.pk])
        own = signed_in(cast.technical).get(address).content.decode()
        assert "It also asks for somebody else’s approval." in own
        other = signed_in(Person.objects.get(username="second")).get(address).content.decode()
        assert "1 of 2 approvals: Technical. You decide" in other
        assert "Change your decision" not in other

    def test_whoever_asks_reads_whether_enough_people_are_there_and_whom_to_ask(self, cast: Cast) -> None:
        second = second_technical()
        asking_for(cast, 2)
        lost = {"person": second, "role": "technical-reviewer", "decides": "technical", "by": cast.admin}
        people.revoke_role(**lost)
        version = builders.ready_version(cast)
        address = reverse("approvals:review_open", args=[version.model.name, version.number])
        page = signed_in(cast.author).get(address).content.decode()
        assert "Too few may decide this yet. Ask Admin to give somebody the right." in page
        people.grant_role(**lost)
        page = signed_in(cast.author).get(address).content.decode()
        assert "Second, Technical; 2 of them approve" in page
        assert "Too few" not in page

    def test_the_card_has_a_line_for_each_signature(self, cast: Cast) -> None:
        second_technical()
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        assert [(each.stage, each.name) for each in presenting.signatures(facts_of(review))] == [
            ("Technical", "Technical"),
            ("Technical", ""),
        ]


class TestOneStageEach:
    @pytest.fixture
    def review(self, cast: Cast) -> Review:
        policies.published(cast, "medium", is_one_stage_each=True)
        decides(cast.technical, "business")
        return builders.ask_for_review(cast, builders.ready_version(cast, "medium"))

    @pytest.mark.engines
    def test_who_approved_one_stage_decides_no_other(self, cast: Cast, review: Review) -> None:
        approve(review, "technical", cast.technical)
        for say in (approve, lambda *a: reviews.reject(review=a[0], stage=a[1], rationale="No.", by=a[2])):
            with pytest.raises(ValidationError) as refused:
                say(review, "business", cast.technical)
            assert codes(refused) == ["one-stage-each"]
        approve(review, "business", cast.business)
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED

    def test_without_the_term_the_same_person_may(self, cast: Cast) -> None:
        decides(cast.technical, "business")
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(review, "technical", cast.technical)
        approve(review, "business", cast.technical)
        assert facts_of(review).is_approved("business")

    def test_what_one_person_had_approved_twice_counts_for_the_earlier_stage(self, cast: Cast) -> None:
        decides(cast.technical, "business")
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(review, "technical", cast.technical)
        approve(review, "business", cast.technical)
        policies.published(cast, "medium", is_one_stage_each=True)
        lacking = requirement(facts_of(review), "business-approval")
        assert lacking.state == "stale"
        assert lacking.detail == "Technical approved another stage as well, and each stage asks for somebody else"
        assert requirement(facts_of(review), "technical-approval").is_met
        again = builders.ask_for_review(cast, review.version)
        approve(again, "business", cast.business)
        assert requirement(facts_of(review), "business-approval").is_met

    def test_the_page_of_who_decides_says_why(self, cast: Cast, review: Review) -> None:
        approve(review, "technical", cast.technical)
        version = review.version
        page = signed_in(cast.auditor).get(
            reverse("governance:decider_list", args=[version.model.name, version.number])
        )
        told = page.content.decode()
        assert "Approved another stage of this version." in told
        assert "Each stage asks for another person" in told


class TestValidity:
    @pytest.fixture
    def review(self, cast: Cast) -> Review:
        policies.published(cast, "low", approval_valid_days=30)
        return Review.objects.get(version=builders.approved_version(cast))

    def test_an_approval_counts_for_its_days_and_no_longer(self, cast: Cast, review: Review) -> None:
        assert requirement(facts_of(review, in_days=29), "technical-approval").is_met
        expired = requirement(facts_of(review, in_days=31), "technical-approval")
        on = facts_of(review).approvals["technical"][0].at
        assert expired.state == "stale"
        assert expired.detail == f"Technical approved on {on:%-d %b %Y}, and approvals count for 30 days"
        assert expired.remedy == "Ask for this approval again."

    def test_it_is_asked_again_and_given_again(
        self, cast: Cast, review: Review, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = review.opened_at + datetime.timedelta(days=40)
        monkeypatch.setattr("django.utils.timezone.now", lambda: later)
        version = ModelVersion.objects.get(pk=review.version_id)
        assert not version_facts.of(version).is_approved("technical")
        again = builders.ask_for_review(cast, version)
        approve(again, "technical", cast.technical)
        assert version_facts.of(version).is_approved("technical")

    @pytest.mark.engines
    def test_owner_and_asker_are_told_thirty_seven_and_one_day_before(
        self, cast: Cast, review: Review, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends = facts_of(review).approved_until
        OutboxMessage.objects.all().delete()
        told = []
        for before in (40, 29, 28, 6.9, 6, 0.9, 0.5, -1):
            moment = ends - datetime.timedelta(days=before)
            monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
            told.append((before, tasks.remind_of_what_ends()))
        assert told == [(40, 0), (29, 1), (28, 0), (6.9, 1), (6, 0), (0.9, 1), (0.5, 0), (-1, 0)]
        assert reached() == ["author@example.org"] * 3
        assert [event.facts["days"] for event in Event.objects.filter(kind="approvals.review.ending")] == [1, 7, 30]

    def test_nobody_is_told_of_what_is_not_approved_any_more(
        self, cast: Cast, review: Review, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends = facts_of(review).approved_until
        builders.attach_evaluation(cast, review.version)
        monkeypatch.setattr("django.utils.timezone.now", lambda: ends - datetime.timedelta(days=3))
        assert tasks.remind_of_what_ends() == 0

    def test_the_worker_finds_nothing_wrong_in_what_has_ended(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policies.published(cast, "medium", approval_valid_days=30)
        asked = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(asked, "technical", cast.technical)
        later = asked.opened_at + datetime.timedelta(days=31)
        monkeypatch.setattr("django.utils.timezone.now", lambda: later)
        assert tasks.keep_awaited() == 0
        assert [row.stage for row in AwaitedStage.objects.all()] == ["technical"]

    def test_the_gate_says_until_when(self, cast: Cast, review: Review) -> None:
        facts = facts_of(review)
        until = facts.approved_until
        assert requirement(facts, "technical-approval").detail == (
            f"Current until {until:%-d %b %Y}: what it rests on is unchanged"
        )

    def test_the_stricter_of_two_policies_counts(self, cast: Cast, review: Review) -> None:
        policies.published(cast, "low", approval_valid_days=300)
        assert facts_of(review).approval_valid_days == 30

    def test_the_card_says_that_it_expired(self, cast: Cast, review: Review) -> None:
        [signature] = presenting.signatures(facts_of(review, in_days=31))
        assert signature.lapsed.startswith("It expired on ")


@pytest.mark.parametrize(
    ("own", "code"), [({"approval_valid_days": 0}, "days"), ({"approval_valid_days": 5000}, "days")]
)
def test_an_approval_that_counts_no_day_is_no_policy(cast: Cast, own: dict[str, int], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        policies.written(cast, "low", **own)
    assert codes(refused) == [code]


def test_a_draft_from_before_the_terms_asks_nothing_by_them(cast: Cast) -> None:
    draft = policies.begun(cast, "low")
    draft.terms = {
        name: [{key: value for key, value in each.items() if key != "quorum"} for each in said]
        if name == "stages"
        else said
        for name, said in draft.terms.items()
        if name not in ("approval_valid_days", "is_one_stage_each")
    }
    assert policies.wanted(draft) == replace(policies.wanted(draft), approval_valid_days=None, is_one_stage_each=False)
    assert [stage.quorum for stage in policies.wanted(draft).stages] == [1]


def test_deciding_reads_the_same_terms_as_the_gate(cast: Cast) -> None:
    policies.published(cast, "low", approval_valid_days=30, is_one_stage_each=True)
    builders.approved_version(cast)
    tier = RiskTier.objects.get(slug="low")
    versions = ModelVersion.objects.filter(model__tier=tier).order_by()
    whole: ApprovalFacts = version_facts.load(versions)[0]
    light = version_facts.load_approvals(versions)[0]
    assert (light.approval_valid_days, light.is_one_stage_each) == (30, True) == (whole.approval_valid_days, True)
    assert light.approvals == whole.approvals
