"""What a risk tier asks changes by a draft, and by another person who publishes it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals import duties, gates, terms
from approvals import facts as version_facts
from approvals.actions import policies as actions
from approvals.actions import reviews
from approvals.facts import PolicyTerms, StageFact, ThresholdFact
from approvals.facts.loading import policy_fact
from approvals.models import Policy, PolicyDraft, Stage, Threshold
from approvals.rules import against_terms
from audit import ledger
from audit.models import Event, OutboxMessage, reference
from audit.refusals import codes
from registry.actions import people
from registry.models import AIModel, Part, Person, Purpose, RiskTier
from tests import builders, policies
from tests.builders import Cast
from tests.mails import reached
from tests.registry.pages import signed_in
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def refused(call: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return codes(call.value)


def newest(tier: str = "medium") -> Policy:
    return Policy.objects.current().get(tier__slug=tier)


#: An approval that is asked for at once, beside the first.
BESIDE = StageFact(Stage.COMPLIANCE, 1, (Part.CARD,))


def mails() -> list[tuple[str, str]]:
    """Whom each waiting mail goes to, and its subject."""
    waiting = OutboxMessage.objects.filter(sink="mail").order_by("pk").values_list("payload", flat=True)
    return [(Person.objects.get(pk=each["person"]).email, each["subject"]) for each in waiting]


class TestPublishing:
    def test_a_second_person_makes_it_the_newest_revision(self, cast: Cast) -> None:
        before = policy_fact(newest())
        draft = policies.proposed(cast, review_cadence_days=30, rollback_test_valid_days=60)
        published = actions.publish(draft=draft, seen=policies.seen(draft), reason="As asked.", by=cast.compliance)
        now = policy_fact(newest())
        assert (published.revision, now.review_cadence_days, now.rollback_test_valid_days) == (2, 30, 60)
        assert (now.stages, now.thresholds) == (before.stages, before.thresholds)
        assert policy_fact(Policy.objects.get(tier__slug="medium", revision=1)) == before
        draft.refresh_from_db()
        assert (draft.status, draft.published, draft.closed_by) == ("published", published, cast.compliance)

    def test_the_ledger_says_what_changed_and_why(self, cast: Cast) -> None:
        draft = policies.proposed(cast, review_cadence_days=30)
        published = actions.publish(draft=draft, seen=policies.seen(draft), reason="As asked.", by=cast.compliance)
        event = Event.objects.get(subject=reference(published), kind="approvals.policy.published")
        assert event.reason == "As asked."
        assert event.facts["changes"] == ["Performance is looked at: every 30 days, was every 180 days"]
        kinds = Event.objects.filter(subject=reference(draft)).order_by("pk").values_list("kind", flat=True)
        assert [kind.rpartition(".")[2] for kind in kinds] == ["drafted", "revised", "proposed"]

    @pytest.mark.parametrize("who", ["admin", "superuser"])
    def test_nobody_publishes_what_they_wrote(self, cast: Cast, who: str) -> None:
        writer = getattr(cast, who)
        draft = actions.draft(tier=RiskTier.objects.get(slug="low"), by=writer)
        wanted, seen = policies.wanted(draft, review_cadence_days=30), draft.changed_at.isoformat()
        draft = actions.revise(draft=draft, wanted=wanted, reason="Sooner.", seen=seen, by=writer)
        actions.propose(draft=draft, seen=policies.seen(draft), by=writer)
        with pytest.raises(ValidationError) as call:
            actions.publish(draft=draft, seen=policies.seen(draft), reason="Mine.", by=writer)
        assert refused(call) == ["own-draft"]
        assert newest("low").revision == 1

    def test_whoever_wrote_an_earlier_version_of_it_wrote_in_it(self, cast: Cast) -> None:
        draft = policies.written(cast)
        seen = draft.changed_at.isoformat()
        wanted = policies.wanted(draft, review_cadence_days=20)
        draft = actions.revise(draft=draft, wanted=wanted, reason="Sooner.", seen=seen, by=cast.superuser)
        actions.propose(draft=draft, seen=policies.seen(draft), by=cast.superuser)
        with pytest.raises(ValidationError) as call:
            actions.publish(draft=draft, seen=policies.seen(draft), reason="Mine.", by=cast.admin)
        assert refused(call) == ["own-draft"]

    def test_whoever_hands_it_back_may_publish_it_later(self, cast: Cast) -> None:
        draft = policies.proposed(cast)
        draft = actions.hand_back(
            draft=draft, seen=policies.seen(draft), reason="Say which supervisor.", by=cast.compliance
        )
        draft = actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
        assert (
            actions.publish(draft=draft, seen=policies.seen(draft), reason="Fine now.", by=cast.compliance).revision
            == 2
        )

    @pytest.mark.parametrize("who", ["author", "technical", "business", "release", "auditor", "pipeline"])
    def test_others_neither_write_nor_publish(self, cast: Cast, who: str) -> None:
        person = getattr(cast, who)
        with pytest.raises(PermissionDenied):
            actions.draft(tier=RiskTier.objects.get(slug="low"), by=person)
        draft = policies.proposed(cast)
        with pytest.raises(PermissionDenied):
            actions.publish(draft=draft, seen=policies.seen(draft), reason="Let me.", by=person)

    def test_a_token_publishes_nothing(self, cast: Cast) -> None:
        draft = policies.proposed(cast)
        with pytest.raises(ValidationError):
            actions.publish(
                draft=draft,
                seen=policies.seen(draft),
                reason="By script.",
                by=builders.with_token(cast.compliance, "deploy"),
            )

    def test_a_draft_that_was_overtaken_would_undo_what_changed(self, cast: Cast) -> None:
        draft = policies.proposed(cast)
        with ledger.entry("approvals.policy.published", by=cast.superuser):
            actions.write_revision(draft.tier, 2, policy_fact(draft.based_on), by=cast.superuser)
        with pytest.raises(ValidationError) as call:
            actions.publish(draft=draft, seen=policies.seen(draft), reason="Late.", by=cast.compliance)
        assert refused(call) == ["policy-moved-on"]

    def test_it_counts_at_once_for_what_is_in_review(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "medium")
        builders.ask_for_review(cast, version)
        compliance = StageFact(Stage.COMPLIANCE, 2, (Part.CARD,))
        before = policy_fact(newest())
        draft = policies.proposed(cast, stages=(*before.stages, compliance))
        actions.publish(draft=draft, seen=policies.seen(draft), reason="As asked.", by=cast.compliance)
        assert Stage.COMPLIANCE in [stage.stage for stage in version_facts.of(version).stages]
        codes_of = {finding.code for finding in gates.ask(version_facts.of(version), "production").findings}
        assert gates.stage_code(Stage.COMPLIANCE) in codes_of

    def test_whoever_decides_a_stage_that_it_adds_is_told_as_when_a_stage_opens(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        asked_before = mails()
        policies.published(cast, "low", stages=(*policies.terms_of("low").stages, BESIDE))
        subject = f"Compliance review of {review.version} waits for you"
        assert (cast.compliance.email, subject) in mails()
        assert [each for each in mails() if each[1] == subject] == [(cast.compliance.email, subject)]
        assert all(each in mails() for each in asked_before)
        message = OutboxMessage.objects.get(payload__subject=subject)
        assert message.event == Event.objects.filter(kind="approvals.policy.published").latest("pk").uid
        assert "Author asks for the compliance review" in message.payload["text"]
        assert reverse("approvals:review_detail", args=[review.pk]) in message.payload["text"]

    def test_nobody_is_told_of_what_was_open_before_or_comes_later(self, cast: Cast) -> None:
        builders.ask_for_review(cast, builders.ready_version(cast))
        OutboxMessage.objects.all().delete()
        policies.published(cast, "low", stages=(*policies.terms_of("low").stages, replace(BESIDE, position=2)))
        assert not [subject for _, subject in mails() if "waits for you" in subject and "policy" not in subject]

    def test_whoever_has_not_approved_is_told_of_a_stage_that_asks_for_more(self, cast: Cast) -> None:
        second = builders.build_person("second", "technical-reviewer")
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        builders.approve_stage(cast, review, "technical")
        OutboxMessage.objects.all().delete()
        technical, *others = policies.terms_of("medium").stages
        policies.published(cast, "medium", stages=(replace(technical, quorum=2), *others))
        told = [each for each in mails() if each[1].startswith("Technical review of")]
        assert told == [(second.email, f"Technical review of {review.version} waits for you")]

    def test_nobody_who_has_a_part_in_it_is_told(self, cast: Cast) -> None:
        people.grant_role(person=cast.author, role="compliance-reviewer", decides="compliance", by=cast.admin)
        builders.ask_for_review(cast, builders.ready_version(cast))
        policies.published(cast, "low", stages=(*policies.terms_of("low").stages, BESIDE))
        assert [email for email, subject in mails() if subject.startswith("Compliance review of")] == [
            cast.compliance.email
        ]

    def test_a_draft_and_a_review_of_another_tier_are_left_alone(self, cast: Cast) -> None:
        builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        reviews.open_draft(version=builders.ready_version(cast), by=cast.author)
        policies.published(cast, "low", stages=(*policies.terms_of("low").stages, BESIDE))
        assert not [email for email, subject in mails() if subject.startswith("Compliance review of")]

    def test_telling_costs_the_same_however_many_reviews_are_open(self, cast: Cast) -> None:
        seeded, costs = policies.terms_of("low").stages, []
        for number in (1, 2, 5):
            for _ in range(number):
                builders.ask_for_review(cast, builders.ready_version(cast))
            own = replace(BESIDE, stage=Stage(f"own-{number}"), question="Is it right?", right=Stage.COMPLIANCE)
            draft = policies.proposed(cast, "low", stages=(*seeded, own))
            given = {"draft": draft, "seen": policies.seen(draft), "reason": "As asked.", "by": cast.compliance}
            costs.append(len(counted(partial(actions.publish, **given))))
        assert len([subject for _, subject in mails() if subject.startswith("Own 5 review of")]) == 1 + 2 + 5
        assert costs[1] == costs[2]

    def test_what_is_published_is_what_was_read(self, cast: Cast) -> None:
        """An author who hands their own proposal back and writes in it meanwhile gets nothing published unread."""
        draft = policies.proposed(cast)
        read = policies.seen(draft)
        draft = actions.hand_back(draft=draft, seen=read, reason="Wait.", by=cast.admin)
        wanted = policies.wanted(draft, review_cadence_days=3650, thresholds=())
        draft = actions.revise(draft=draft, wanted=wanted, reason="Less.", seen=policies.seen(draft), by=cast.admin)
        draft = actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
        for act, person in ((actions.publish, cast.compliance), (actions.hand_back, cast.compliance)):
            with pytest.raises(ValidationError) as call:
                act(draft=draft, seen=read, reason="As read.", by=person)
            assert refused(call) == ["stale-form"]
        assert newest().revision == 1

    def test_nobody_proposes_what_somebody_else_wrote_meanwhile(self, cast: Cast) -> None:
        draft = policies.written(cast)
        read = policies.seen(draft)
        wanted = policies.wanted(draft, review_cadence_days=3650)
        actions.revise(draft=draft, wanted=wanted, reason="Less.", seen=read, by=cast.superuser)
        with pytest.raises(ValidationError) as call:
            actions.propose(draft=draft, seen=read, by=cast.admin)
        assert refused(call) == ["stale-form"]

    def test_whoever_only_proposes_it_stands_behind_it_too(self, cast: Cast) -> None:
        draft = policies.written(cast)
        draft = actions.propose(draft=draft, seen=policies.seen(draft), by=cast.superuser)
        with pytest.raises(ValidationError) as call:
            actions.publish(draft=draft, seen=policies.seen(draft), reason="Mine.", by=cast.superuser)
        assert refused(call) == ["own-draft"]

    def test_a_review_of_which_nothing_more_is_asked_is_complete(self, cast: Cast) -> None:
        before = policy_fact(newest("low"))
        compliance = StageFact(Stage.COMPLIANCE, 2, (Part.CARD,))
        review = builders.ask_for_review(cast, builders.ready_version(cast, "low"))
        policies.published(cast, "low", stages=(*before.stages, compliance))
        builders.approve_stage(cast, review, "technical")
        review.refresh_from_db()
        assert review.status == "in_review"
        policies.published(cast, "low", stages=before.stages)
        review.refresh_from_db()
        assert (review.status, review.closed_at is None) == ("approved", False)
        settled = Event.objects.get(kind="approvals.review.settled")
        assert settled.cause == Event.objects.filter(kind="approvals.policy.published").latest("pk").uid

    def test_what_was_asked_under_a_stricter_one_stays_strict_until_it_is_asked_anew(self, cast: Cast) -> None:
        version = builders.ready_version(cast, "medium")
        builders.ask_for_review(cast, version)
        technical = tuple(stage for stage in policy_fact(newest()).stages if stage.stage == Stage.TECHNICAL)
        draft = policies.proposed(cast, stages=technical)
        actions.publish(draft=draft, seen=policies.seen(draft), reason="Less.", by=cast.compliance)
        assert Stage.BUSINESS in [stage.stage for stage in version_facts.of(version).stages]
        fresh = builders.ready_version(cast, "medium")
        assert [stage.stage for stage in version_facts.of(fresh).stages] == [Stage.TECHNICAL]


class TestWriting:
    def test_one_draft_of_a_tier_is_open_at_a_time(self, cast: Cast) -> None:
        policies.begun(cast)
        with pytest.raises(ValidationError) as call:
            policies.begun(cast)
        assert refused(call) == ["draft-open"]
        assert policies.begun(cast, "high").based_on == newest("high")

    def test_what_somebody_else_has_saved_meanwhile_is_not_overwritten(self, cast: Cast) -> None:
        draft = policies.begun(cast)
        seen, wanted = draft.changed_at.isoformat(), policies.wanted(draft, review_cadence_days=10)
        actions.revise(draft=draft, wanted=wanted, reason="", seen=seen, by=cast.superuser)
        with pytest.raises(ValidationError) as call:
            actions.revise(draft=draft, wanted=wanted, reason="", seen=seen, by=cast.admin)
        assert refused(call) == ["stale-form"]

    def test_a_draft_without_change_or_reason_is_not_proposed(self, cast: Cast) -> None:
        draft = policies.begun(cast)
        with pytest.raises(ValidationError) as call:
            actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
        assert refused(call) == ["no-change", "reason-missing"]

    def test_a_draft_that_was_overtaken_is_not_proposed(self, cast: Cast) -> None:
        draft = policies.written(cast)
        with ledger.entry("approvals.policy.published", by=cast.superuser):
            actions.write_revision(draft.tier, 2, policy_fact(draft.based_on), by=cast.superuser)
        with pytest.raises(ValidationError) as call:
            actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
        assert refused(call) == ["policy-moved-on"]

    def test_a_proposed_one_is_not_written_in(self, cast: Cast) -> None:
        draft = policies.proposed(cast)
        with pytest.raises(ValidationError) as call:
            actions.revise(
                draft=draft,
                wanted=policies.wanted(draft),
                reason="",
                seen=draft.changed_at.isoformat(),
                by=cast.admin,
            )
        assert refused(call) == ["wrong-state"]

    def test_a_discarded_one_changes_nothing_and_makes_room(self, cast: Cast) -> None:
        before = policy_fact(newest())
        actions.discard(draft=policies.proposed(cast), by=cast.admin)
        assert policy_fact(newest()) == before
        assert policies.begun(cast).status == PolicyDraft.Status.DRAFT


CLASSIFIER = ThresholdFact(AIModel.Task.CLASSIFICATION, Purpose.STAGING, "accuracy", "", "at_least", Decimal("0.8"))
TECHNICAL = StageFact(Stage.TECHNICAL, 1, (Part.ARTIFACT,))
SOUND = PolicyTerms(review_cadence_days=90, rollback_test_valid_days=90, stages=(TECHNICAL,), thresholds=(CLASSIFIER,))


class TestTerms:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, []),
            ({"stages": ()}, ["stage-missing"]),
            ({"stages": (replace(TECHNICAL, rests_on=()),)}, ["rests-on-nothing"]),
            ({"review_cadence_days": 0}, ["days"]),
            ({"rollback_test_valid_days": 3651}, ["days"]),
            ({"thresholds": (CLASSIFIER, replace(CLASSIFIER, limit=Decimal("0.9")))}, ["threshold-twice"]),
            ({"thresholds": (CLASSIFIER, replace(CLASSIFIER, purpose=Purpose.PRODUCTION))}, []),
            ({"thresholds": (replace(CLASSIFIER, limit=Decimal("1.5")),)}, ["limit-range"]),
            ({"thresholds": (CLASSIFIER, replace(CLASSIFIER, bound="at_most"))}, []),
            (
                {"thresholds": (CLASSIFIER, replace(CLASSIFIER, bound="at_most", limit=Decimal("0.7")))},
                ["thresholds-contradict"],
            ),
        ],
    )
    def test_what_makes_no_policy_is_said(self, changes: dict, said: list[str]) -> None:
        assert [error.code for error in against_terms(replace(SOUND, **changes))] == said

    def test_differences_are_read_as_a_policy_is(self) -> None:
        business = StageFact(Stage.BUSINESS, 2, (Part.CARD, Part.RISK))
        after = replace(
            SOUND,
            stages=(TECHNICAL, business),
            thresholds=(replace(CLASSIFIER, limit=Decimal("0.850")),),
            review_cadence_days=30,
        )
        assert [(each.what, each.before, each.after) for each in terms.differences(SOUND, after)] == [
            ("Business approval", "not asked", "after technical"),
            ("Business approval rests on", "not asked", "model card, risk assessment and use case"),
            ("Accuracy of classification on staging data", "at least 0.8", "at least 0.85"),
            ("Performance is looked at", "every 90 days", "every 30 days"),
        ]
        assert terms.differences(after, after) == []

    def test_what_a_stage_asks_nothing_of_is_said_in_words_that_are_true(self) -> None:
        full = replace(
            TECHNICAL,
            question="Is it sound?",
            right=Stage.BUSINESS,
            deciders=(("", "team:3"),),
            checklist=("Read it.",),
            is_signed=True,
            service_level_days=2,
            fallback="x",
        )
        found = terms.differences(replace(SOUND, stages=(full,)), replace(SOUND, stages=(TECHNICAL,)), {"team:3": "A"})
        assert [(each.what, each.before, each.after) for each in found] == [
            ("Technical reviewers judge", "“Is it sound?”", "what is usual"),
            (
                "Technical approval is given by",
                "those who decide business reviews",
                "those who decide technical reviews",
            ),
            ("Technical approval is given only by", "team A", "everybody with the right"),
            ("Technical checklist", "“Read it.”", "nothing"),
            ("Technical decisions", "are signed", "are not signed"),
            ("Technical approval is due", "2 business days after it opens", "on no day"),
            ("Technical approval, once overdue, is brought to", "person x", "nobody else"),
        ]

    def test_a_stage_that_goes_is_one_line_and_one_that_comes_says_what_it_asks(self) -> None:
        business = StageFact(Stage.BUSINESS, 2, (Part.CARD,), deciders=(("", "team:3"),))
        both = replace(SOUND, stages=(TECHNICAL, business))
        assert [(each.what, each.before, each.after) for each in terms.differences(both, SOUND)] == [
            ("Business approval", "after technical", "not asked")
        ]
        assert [each.what for each in terms.differences(SOUND, both)] == [
            "Business approval",
            "Business approval is given only by",
            "Business approval rests on",
        ]


STAGES = st.builds(
    StageFact,
    stage=st.sampled_from([*Stage.KNOWN, Stage("GDPR"), Stage("clinical-safety")]),
    position=st.integers(1, 9),
    rests_on=st.lists(st.sampled_from(Part), unique=True).map(tuple),
    question=st.sampled_from(["", "Is it safe for patients?"]),
    right=st.sampled_from(["", *Stage.KNOWN]),
    deciders=st.lists(st.tuples(st.sampled_from(["", "7"]), st.sampled_from(["team:3", "person:x"])), unique=True).map(
        tuple
    ),
)
BOUNDS = st.builds(
    ThresholdFact,
    task=st.sampled_from(AIModel.Task),
    purpose=st.sampled_from(Purpose),
    metric=st.sampled_from(["accuracy", "mae", "time_to_answer"]),
    group=st.sampled_from(["", "*", "sex"]),
    bound=st.sampled_from(Threshold.Bound),
    limit=st.decimals(-1000, 1000, places=6),
)
TERMS = st.builds(
    PolicyTerms,
    review_cadence_days=st.integers(1, 3650),
    rollback_test_valid_days=st.integers(1, 3650),
    stages=st.lists(STAGES, max_size=4, unique_by=lambda stage: stage.stage).map(tuple),
    thresholds=st.lists(BOUNDS, max_size=5).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(TERMS)
def test_what_a_draft_keeps_is_what_was_meant(wanted: PolicyTerms) -> None:
    assert terms.of_plain(terms.plain(wanted)) == wanted
    assert terms.differences(wanted, terms.of_plain(terms.plain(wanted))) == []


def test_a_review_that_is_begun_while_a_draft_is_open_is_asked_against_what_is_in_force(cast: Cast) -> None:
    policies.proposed(cast)
    review = reviews.ask(version=builders.ready_version(cast, "medium"), by=cast.author)
    assert review.policy == newest()


class TestWhoIsTold:
    def told(self) -> list[str]:
        found = reached()
        OutboxMessage.objects.all().delete()
        return found

    def test_a_proposed_change_waits_for_those_who_may_publish_it(self, cast: Cast) -> None:
        draft = policies.proposed(cast, "low")
        assert self.told() == ["compliance@example.org", "superuser@example.org"]
        assert [each.id for each in duties.of(cast.compliance).policies] == [draft.pk]
        assert duties.of(cast.admin).policies == duties.of(cast.author).policies == [], "whoever wrote in it does not"
        page = signed_in(cast.compliance).get("/").content.decode()
        assert "Change of the policy for low risk" in page
        assert "1 change of a policy waits for you" in page

    def test_whoever_wrote_it_is_told_the_answer_and_why(self, cast: Cast) -> None:
        draft = policies.proposed(cast, "low")
        self.told()
        draft = actions.hand_back(draft=draft, reason="Say why.", seen=policies.seen(draft), by=cast.compliance)
        message = OutboxMessage.objects.get()
        assert reached() == ["admin@example.org"]
        assert "Compliance has handed back your change" in message.payload["text"]
        assert "Say why." in message.payload["text"]
        assert duties.of(cast.compliance).policies == []
        self.told()
        draft = actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
        self.told()
        actions.publish(draft=draft, reason="Fine.", seen=policies.seen(draft), by=cast.compliance)
        assert self.told() == ["admin@example.org"]
