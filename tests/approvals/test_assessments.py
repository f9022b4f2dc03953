"""The risk of a model assessed anew: higher at once, lower by two people and after a day."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals import awaited, duties, gates, reopened
from approvals import facts as version_facts
from approvals.actions import assessments, deployments, reviews
from approvals.models import Review
from audit import refusals
from audit.models import Event, OutboxMessage
from registry import evidence, rules
from registry.actions import people, questionnaires
from registry.models import AIModel, ModelVersion, Part, Person, RiskAssessment
from tests import builders
from tests.approvals.test_approvals_that_count import requirement
from tests.approvals.test_whose_rights import give
from tests.builders import ANSWERS, Cast
from tests.mails import reached
from tests.questionnaires import later, published
from tests.registry.pages import signed_in
from tests.threads import at_once, overtaking

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

WHY = "It reads no data about people any more."
Status = RiskAssessment.Status


def assess(cast: Cast, model: AIModel, tier: str, **changes: Any) -> RiskAssessment:
    given = {"answers": ANSWERS[tier], "reason": WHY, "by": cast.author}
    return assessments.assess(model=model, **given | changes)


def confirm(cast: Cast, proposal: RiskAssessment, by: Person | None = None) -> RiskAssessment:
    return assessments.confirm(assessment=proposal, reason="As said.", by=by or cast.compliance)


def refused(act: Any, *args: Any, **given: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        act(*args, **given)
    return refusals.codes(refusal.value)


def tier_of(model: AIModel) -> str:
    return AIModel.objects.get(pk=model.pk).tier.slug


def codes(version: ModelVersion, environment: str = "production") -> set[str]:
    return {finding.code for finding in gates.ask(version_facts.of(version), environment).findings}


def second_account(cast: Cast, person: Person, role: str) -> Person:
    """Another account of the same person, as administrators have linked them."""
    other = builders.build_person(f"{person.username}-two", role)
    people.link_accounts(person=other, other=person, reason="Same badge.", by=cast.superuser)
    return Person.objects.get(pk=other.pk)


class TestHigher:
    def test_it_counts_at_once_and_says_why(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        assessment = assess(cast, model, "high")
        assert (tier_of(model), assessment.status, assessment.tier.slug) == ("high", "in_force", "high")
        assert "“Yes, about their health, money, freedom or rights”, which takes at least high risk." in (
            assessment.explanation
        )
        event = Event.objects.filter(kind="registry.model.assessed").latest("pk")
        assert (event.actor, event.facts, event.reason) == (cast.author.pk, {"tier": "high"}, WHY)

    def test_what_rested_on_the_answers_is_asked_anew(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, "medium", environment="staging")
        assert codes(version) == set()
        assess(cast, version.model, "high")
        missing = {"business-approval", "compliance-approval", "deployment-approval"}
        assert codes(version) == missing
        assert requirement(version_facts.of(version), "business-approval").state == "stale"
        assert refused(deployments.record, version=version, environment="production", by=cast.release) == sorted(
            missing
        )

    def test_other_answers_for_the_same_tier_make_it_stale_too(self, cast: Cast) -> None:
        version = builders.approved_version(cast, "medium")
        assess(cast, version.model, "medium", answers=ANSWERS["medium"] | {"scale": "most"})
        assert tier_of(version.model) == "medium"
        assert requirement(version_facts.of(version), "business-approval").state == "stale"

    def test_a_review_under_way_asks_for_what_the_higher_tier_asks(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "medium")
        review = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, review, "technical")
        assess(cast, version.model, "high")
        assert awaited.keep(ModelVersion.objects.filter(pk=version.pk)) == 0
        stages = [stage.stage for stage in version_facts.of(version).stages]
        assert stages == ["technical", "business", "compliance", "deployment"]
        for stage in stages[1:]:
            builders.approve_stage(cast, review, stage)
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED

    def test_a_model_without_a_use_case_takes_one_first(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        assert refused(assess, cast, model, "high") == ["use-case-missing"]
        use_case = builders.build_use_case(cast)
        assess(cast, model, "high", use_case=use_case)
        model.refresh_from_db()
        assert (model.tier.slug, model.use_case) == ("high", use_case)

    def test_the_task_is_not_changed_by_the_way(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        assess(cast, model, "low", task="ranking")
        model.refresh_from_db()
        assert model.task == "classification"

    def test_it_does_not_take_an_owner_who_is_still_there(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium", owner=cast.colleague)
        people.deactivate(person=cast.colleague, reason="They left.", by=cast.admin)
        assert assess(cast, model, "high").tier.slug == "high"

    def test_only_its_team_assesses(self, cast: Cast) -> None:
        model = builders.build_model(cast)
        for other in (cast.technical, cast.admin, cast.compliance, cast.stranger):
            with pytest.raises(PermissionDenied):
                assess(cast, model, "low", by=other)


class TestReopening:
    """A raised tier stops nothing that runs; so whoever answers for it is told."""

    def told(self) -> dict[str, str]:
        """The mail about it: to whom, and what it says."""
        mails = [mail.payload for mail in OutboxMessage.objects.filter(sink="mail")]
        return {
            Person.objects.get(pk=mail["person"]).username: " ".join(mail["text"].split())
            for mail in mails
            if "is raised" in mail["subject"]
        }

    def test_who_owns_it_is_told_what_runs_without_which_approvals(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, "low")
        assess(cast, version.model, "high", by=cast.colleague, use_case=builders.build_use_case(cast))
        text = self.told()[cast.author.username]
        assert "it is high risk, and was low risk." in text
        assert "v1 runs in staging and production; it lacks business, compliance and deployment approval." in text
        assert "what runs goes on running" in text
        assert reverse("registry:model_detail", args=[version.model.name]) in text
        event = Event.objects.filter(kind="registry.model.assessed").latest("pk")
        assert event.facts == {"tier": "high", "versions": [1]}

    def test_whoever_raised_it_knows(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium", owner=cast.colleague)
        builders.ask_for_review(cast, builders.ready_version(cast, model=model))
        assess(cast, model, "high")
        assert set(self.told()) == {cast.colleague.username}
        text = self.told()[cast.colleague.username]
        assert (
            "v1 is under review; it lacks technical, business, compliance and deployment approval for production."
            in text
        )
        assert "goes on running" not in text

    def test_whoever_asked_for_the_newest_review_is_told_as_well(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium", owner=cast.colleague)
        builders.deployed_version(cast, model=model, environment="staging")
        assess(cast, model, "high", by=cast.colleague)
        assert set(self.told()) == {cast.author.username}
        assert "compliance and deployment approval for production." in self.told()[cast.author.username]

    @pytest.mark.parametrize("tier", ["medium", "low"])
    def test_nobody_where_it_is_not_raised(self, cast: Cast, tier: str) -> None:
        version = builders.deployed_version(cast, "medium", environment="staging")
        assess(cast, version.model, tier, by=cast.colleague)
        assert self.told() == {}

    def test_the_owner_finds_it_in_their_work(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, "low")
        home = reverse("governance:home")
        assert "Nothing, it is live" in signed_in(cast.author).get(home).content.decode()
        assess(cast, version.model, "high", by=cast.colleague, use_case=builders.build_use_case(cast))
        page = signed_in(cast.author).get(home).content.decode()
        assert "Nothing, it is live" not in page
        assert "Ask for review" in page

    def test_nobody_where_nothing_runs_or_is_asked(self, cast: Cast) -> None:
        version = builders.build_version(cast, "medium")
        assess(cast, version.model, "high", by=cast.colleague)
        assert self.told() == {}
        assert Event.objects.filter(kind="registry.model.assessed").latest("pk").facts == {"tier": "high"}

    def test_what_is_prohibited_is_said(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, "low")
        assess(cast, version.model, "prohibited", by=cast.colleague)
        text = self.told()[cast.author.username]
        assert "It does what is prohibited: nothing of it is approved." in text
        assert "ask for review" not in text

    def test_it_costs_one_statement_however_many_versions_run(self, cast: Cast) -> None:
        version = builders.deployed_version(cast, "low")
        builders.ask_for_review(cast, builders.ready_version(cast, model=version.model))
        assess(cast, version.model, "high", by=cast.colleague, use_case=builders.build_use_case(cast))
        with CaptureQueriesContext(connection) as asked:
            found = reopened.of(version.model)
        assert ([each.number for each in found], len(asked)) == ([1, 2], 1)


class TestLower:
    def test_until_it_is_confirmed_the_old_tier_counts_everywhere(self, cast: Cast) -> None:
        version = builders.approved_version(cast, "medium")
        proposal = assess(cast, version.model, "low")
        assert (proposal.status, tier_of(version.model)) == (Status.PROPOSED, "medium")
        assert requirement(version_facts.of(version), "business-approval").state == "met"
        assert version.model.assessments.in_force().first().tier.slug == "medium"
        assert evidence.parts_whole().fault is None
        event = Event.objects.filter(kind="registry.model.assessed").latest("pk")
        assert event.facts == {"lowering": "proposed", "wanted": "low"}

    def test_a_second_person_confirms_it_after_a_day(self, cast: Cast) -> None:
        version = builders.approved_version(cast, "medium")
        proposal = assess(cast, version.model, "low")
        with later(hours=23, minutes=59):
            assert refused(confirm, cast, proposal) == ["too-early"]
        with later(days=1, seconds=1):
            confirm(cast, proposal)
        proposal.refresh_from_db()
        assert (proposal.status, proposal.decided_by, tier_of(version.model)) == ("in_force", cast.compliance, "low")
        event = Event.objects.filter(kind="approvals.assessment.confirmed").get()
        assert (event.actor, event.facts, event.reason) == (cast.compliance.pk, {"tier": "low"}, "As said.")
        assert evidence.parts_whole().fault is None

    def test_the_refusal_says_from_when(self, cast: Cast) -> None:
        proposal = assess(cast, builders.build_model(cast, "medium"), "low")
        with pytest.raises(ValidationError) as refusal:
            confirm(cast, proposal)
        assert f"from {proposal.assessed_at + datetime.timedelta(days=1):%-d %b %Y %H:%M} UTC on" in str(refusal.value)

    def test_neither_who_proposed_nor_who_answers_for_it(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium", owner=cast.colleague)
        proposal = assess(cast, model, "low")
        for person in (cast.author, cast.colleague):
            give(person, "compliance-reviewer", cast.admin)
        with later(days=2):
            assert refused(confirm, cast, proposal, by=cast.author) == ["own-proposal"]
            assert refused(confirm, cast, proposal, by=cast.colleague) == ["own-model"]
            assert refused(confirm, cast, proposal, by=second_account(cast, cast.author, "compliance-reviewer")) == [
                "own-proposal"
            ]

    def test_nobody_without_the_right(self, cast: Cast) -> None:
        proposal = assess(cast, builders.build_model(cast, "medium"), "low")
        with later(days=2):
            for other in (cast.technical, cast.business, cast.release, cast.auditor, cast.stranger):
                with pytest.raises(PermissionDenied):
                    confirm(cast, proposal, by=other)
            assert refused(confirm, cast, proposal, by=builders.with_token(cast.compliance, "register")) == [
                "person-required"
            ]
            assert confirm(cast, proposal, by=cast.admin).status == Status.IN_FORCE

    def test_a_role_that_the_proposer_alone_gave_does_not_count(self, cast: Cast) -> None:
        give(cast.author, "admin", cast.admin)
        friend = builders.build_person("friend", "")
        give(friend, "compliance-reviewer", cast.author)
        proposal = assess(cast, builders.build_model(cast, "medium"), "low")
        with later(days=2):
            assert refused(confirm, cast, proposal, by=friend) == ["role-from-party"]

    def test_declined_and_withdrawn_the_tier_stays(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        declined = assessments.decline(assessment=assess(cast, model, "low"), reason="No.", by=cast.admin)
        withdrawn = assessments.withdraw(assessment=assess(cast, model, "low"), by=cast.colleague)
        assert (declined.status, withdrawn.status, tier_of(model)) == ("declined", "withdrawn", "medium")
        with later(days=2):
            for over in (declined, withdrawn):
                assert refused(confirm, cast, over) == ["wrong-state"]

    def test_it_takes_a_reason_and_a_person(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        assert refused(assess, cast, model, "low", reason=" ") == ["reason-missing"]
        pipeline = builders.with_token(cast.pipeline, "register")
        assert refused(assess, cast, model, "low", by=pipeline) == ["person-required"]
        assert tier_of(model) == "medium"

    @pytest.mark.parametrize("tier", ["medium", "high"])
    def test_answering_anew_ends_what_was_proposed(self, cast: Cast, tier: str) -> None:
        model = builders.build_model(cast, "medium")
        proposal = assess(cast, model, "low")
        assess(cast, model, tier)
        proposal.refresh_from_db()
        assert (proposal.status, proposal.decided_by) == (Status.WITHDRAWN, cast.author)
        assert Event.objects.filter(kind="approvals.assessment.withdrawn").get().cause
        with later(days=2):
            assert refused(confirm, cast, proposal) == ["wrong-state"]

    def test_a_second_proposal_begins_the_day_anew(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        first = assess(cast, model, "low")
        with later(hours=23):
            second = assess(cast, model, "low", answers=ANSWERS["low"] | {"customers": "indirectly"})
        first.refresh_from_db()
        assert (first.status, second.status) == (Status.WITHDRAWN, Status.PROPOSED)
        with later(hours=25):
            assert refused(confirm, cast, second) == ["too-early"]

    def test_answers_to_questions_that_are_asked_no_more_are_not_confirmed(self, cast: Cast) -> None:
        proposal = assess(cast, builders.build_model(cast, "medium"), "low")
        published(cast)
        with later(days=2):
            assert refused(confirm, cast, proposal) == ["questionnaire-moved-on"]

    def test_a_review_that_asks_for_nothing_more_is_settled(self, cast: Cast) -> None:
        """What the older policy asks is asked still; so this is about the index, which has to say the same."""
        version = builders.ready_version(cast, "high")
        review = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, review, "technical")
        proposal = assess(cast, version.model, "low")
        with later(days=2):
            confirm(cast, proposal)
        assert awaited.keep(ModelVersion.objects.filter(pk=version.pk)) == 0
        review.refresh_from_db()
        assert review.status == Review.Status.IN_REVIEW

    def test_whoever_may_confirm_finds_it_in_their_work(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        proposal = assess(cast, model, "low")
        for person in (cast.compliance, cast.admin):
            found = duties.of(Person.objects.get(pk=person.pk)).lowerings
            assert [(each.id, each.model, each.tier) for each in found] == [(proposal.pk, model.name, "Low risk")]
        for person in (cast.author, cast.technical, cast.business):
            assert duties.of(Person.objects.get(pk=person.pk)).lowerings == []
        page = signed_in(cast.compliance).get(reverse("governance:home")).content.decode()
        assert f"Lower risk tier for {model.name}" in page
        told = {*reached()}
        assert {cast.compliance.email, cast.admin.email} <= told

    def test_mail_and_work_speak_of_it_as_the_buttons_do_and_name_the_moment(self, cast: Cast) -> None:
        proposal = assess(cast, builders.build_model(cast, "medium"), "low")
        opens = proposal.assessed_at + rules.COOLING
        texts = {message.payload["text"] for message in OutboxMessage.objects.filter(sink="mail", sent_at=None)}
        asked = next(text for text in texts if "proposes low risk" in text)
        assert f"The tier can be lowered from {opens:%-d %b %Y %H:%M} UTC on." in asked
        assert "lower or keep the tier here" in asked
        page = signed_in(cast.compliance).get(reverse("governance:home")).content.decode()
        assert "the tier can be lowered from " in page
        assert "confirm" not in asked


class TestProhibited:
    def test_nothing_of_it_is_approved(self, cast: Cast) -> None:
        version = builders.approved_version(cast)
        model = version.model
        assessment = assess(cast, model, "prohibited", use_case=builders.build_use_case(cast))
        assert (assessment.is_prohibited, tier_of(model)) == (True, "high")
        assert "is a practice that may not be approved at all" in assessment.explanation
        for environment in ("staging", "production"):
            assert "prohibited-practice" in codes(version, environment)
            with pytest.raises(ValidationError) as refusal:
                deployments.record(version=version, environment=environment, by=cast.superuser)
            assert "prohibited-practice" in refusals.codes(refusal.value)
        assert "prohibited-practice" in refused(reviews.ask, version=version, by=cast.author)

    def test_a_review_under_way_is_not_approved(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        review = builders.ask_for_review(cast, version)
        assess(cast, version.model, "prohibited")
        given = {"review": review, "stage": "technical", "rationale": "Fine."}
        assert "prohibited-practice" in refused(reviews.approve, **given, by=cast.technical)
        reviews.reject(**given, by=cast.technical)

    def test_taking_it_back_lowers_the_tier(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "high")
        assess(cast, version.model, "prohibited")
        proposal = assess(cast, version.model, "high")
        assert proposal.status == Status.PROPOSED
        assert "prohibited-practice" in codes(version)
        with later(days=2):
            confirm(cast, proposal)
        assert "prohibited-practice" not in codes(version)

    def test_registering_keeps_it_on_record(self, cast: Cast) -> None:
        model = builders.build_model(cast, "prohibited")
        assert (model.is_prohibited, model.tier.slug) == (True, "high")


class TestTheDatabase:
    def test_keeps_one_proposal_of_a_model(self, cast: Cast) -> None:
        model = builders.build_model(cast, "medium")
        assess(cast, model, "low")
        statement = (
            "INSERT INTO registry_riskassessment (model_id, questionnaire_id, answers, tier_id, is_prohibited,"
            " explanation, status, reason, assessed_by_id, assessed_at, decision_reason)"
            " SELECT model_id, questionnaire_id, answers, tier_id, is_prohibited, explanation, status, reason,"
            " assessed_by_id, assessed_at, decision_reason FROM registry_riskassessment WHERE status = 'proposed'"
        )
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_keeps_whoever_proposed_from_being_who_confirmed(self, cast: Cast) -> None:
        proposal = assess(cast, builders.build_model(cast, "medium"), "low")
        statement = (
            "UPDATE registry_riskassessment SET status = 'in_force', decided_by_id = assessed_by_id,"
            " decided_at = assessed_at WHERE id = %s"
        )
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [proposal.pk])


def test_evidence_is_of_the_answers_and_their_revision(cast: Cast) -> None:
    version = builders.build_version(cast, "medium")
    first = evidence.compute(version, Part.RISK)
    published(cast)
    assess(cast, version.model, "medium", answers=ANSWERS["medium"] | {"audited": "yes"})
    second = evidence.compute(version, Part.RISK)
    assert first != second
    assert version.evidence.get(part=Part.RISK).digest == second


def test_answers_to_another_revision_are_refused(cast: Cast) -> None:
    model = builders.build_model(cast)
    published(cast)
    answers = ANSWERS["low"] | {"audited": "yes"}
    assert refused(assess, cast, model, "low", answers=answers, revision=1) == ["questionnaire-changed"]
    assert refused(assess, cast, model, "low") == ["answer-missing"]
    assert assess(cast, model, "low", answers=answers, revision=2).questionnaire.revision == 2


def test_discarding_leaves_what_is_asked(cast: Cast) -> None:
    begun = questionnaires.draft(by=cast.admin)
    questionnaires.discard(draft=begun, by=cast.admin)
    assert assess(cast, builders.build_model(cast), "low").questionnaire.revision == 1


@pytest.mark.django_db(transaction=True)
def test_of_confirming_and_answering_anew_at_once_one_comes_first(cast: Cast) -> None:
    model = builders.build_model(cast, "medium")
    proposal = assess(cast, model, "low")
    with later(days=2):
        at_once(
            [
                lambda: confirm(cast, proposal),
                lambda: assess(cast, model, "high"),
            ]
        )
    proposal.refresh_from_db()
    assert tier_of(model) == "high"
    assert proposal.status in (Status.IN_FORCE, Status.WITHDRAWN)
    newest = model.assessments.in_force().first()
    assert (newest.tier.slug, newest.answers) == ("high", ANSWERS["high"])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_does(cast: Cast) -> None:
    model = builders.build_model(cast, "medium")
    proposal = assess(cast, model, "low")
    with later(days=2):
        failures = at_once([lambda: confirm(cast, proposal), lambda: confirm(cast, proposal, by=cast.admin)])
    assert [refusals.codes(failure) for failure in failures] == [["wrong-state"]]
    assert Event.objects.filter(kind="approvals.assessment.confirmed").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["confirm", "assess"])
def test_whoever_comes_second_waits_and_finds_what_the_first_has_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    model = builders.build_model(cast, "medium")
    with later(days=-2):
        proposal = assess(cast, model, "low")
    acts = {"confirm": lambda: confirm(cast, proposal), "assess": lambda: assess(cast, model, "high")}
    second = next(act for name, act in acts.items() if name != first)
    stops_at = {"confirm": "against_confirming_now", "assess": "against_use_case"}[first]
    failures = overtaking(monkeypatch, (assessments.rules, stops_at), acts[first], second)
    assert [refusals.codes(failure) for failure in failures] == ([["wrong-state"]] if first == "assess" else [])
    assert tier_of(model) == "high"


@pytest.mark.django_db(transaction=True)
def test_a_review_that_is_asked_meanwhile_is_asked_under_the_tier_of_one_or_the_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = builders.ready_version(cast, "medium")
    place = (assessments.rules, "against_use_case")
    failures = overtaking(
        monkeypatch, place, lambda: assess(cast, version.model, "high"), lambda: builders.ask_for_review(cast, version)
    )
    assert failures == []
    assert awaited.keep(ModelVersion.objects.filter(pk=version.pk)) == 0
    stages = {stage.stage for stage in version_facts.of(version).stages}
    assert stages == {"technical", "business", "compliance", "deployment"}
