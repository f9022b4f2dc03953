"""A policy defines approvals of its own, and says who of those with the right decides: people, teams, for one model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from approvals import awaited, deciders, gates, naming, rights, terms
from approvals import facts as version_facts
from approvals.actions import policies as actions
from approvals.actions import reviews
from approvals.facts import Lapse, StageFact, person_named, team_named
from approvals.models import AwaitedStage, Policy, PolicyDraft, PolicyStage, Review, Stage
from approvals.waiting import awaited_by
from audit.models import Event, OutboxMessage
from registry.actions import people
from registry.models import ModelVersion, Part, Person
from tests import builders, policies
from tests.approvals.test_approvals_that_count import codes
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

SAFETY = Stage("clinical-safety")
QUESTION = "Is it safe for the patients?"
OWN = StageFact(SAFETY, 2, (Part.CARD, Part.EVALUATIONS), question=QUESTION, right=Stage.COMPLIANCE)


def with_stage(cast: Cast, *added: StageFact, tier: str = "low") -> Policy:
    return policies.published(cast, tier, stages=(*policies.terms_of(tier).stages, *added))


def naming_deciders(*named: tuple[str, str], **changes: object) -> tuple[StageFact, ...]:
    """The stages of low risk, of which the technical one is decided by those who are named."""
    return tuple(
        replace(each, deciders=named, **changes) if each.stage == Stage.TECHNICAL else each
        for each in policies.terms_of("low").stages
    )


def with_deciders(cast: Cast, *named: tuple[str, str], **changes: object) -> Policy:
    return policies.published(cast, "low", stages=naming_deciders(*named, **changes))


def lose_technical(cast: Cast, person: Person) -> None:
    people.revoke_role(person=person, role="technical-reviewer", decides=Stage.TECHNICAL, by=cast.admin)


def second_technical(name: str = "second") -> Person:
    return builders.build_person(name, "technical-reviewer")


def able(version: ModelVersion, stage: str = Stage.TECHNICAL) -> list[str]:
    facts = version_facts.of(version)
    holders = rights.active_holders(version.model.tier)
    return [person.username for person in deciders.able(facts, facts.stage(stage), holders)]


def waits_for(person: Person) -> list[str]:
    return [each.stage for each in awaited_by(person, rights.tiers_decided_by(person))]


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "slug", "label", "words"),
        [
            ("Clinical safety", "clinical-safety", "Clinical safety", "clinical safety"),
            ("GDPR", "GDPR", "GDPR", "GDPR"),
            ("  Ethics   Committee ", "ethics-committee", "Ethics committee", "ethics committee"),
            ("third-party", "third-party", "Third party", "third party"),
        ],
    )
    def test_a_stage_is_called_as_it_is_typed(self, typed: str, slug: str, label: str, words: str) -> None:
        stage = Stage.called(typed)
        assert (stage, stage.label, stage.words) == (slug, label, words)

    @pytest.mark.parametrize("name", ["", "1st", "a/b", "<b>", "x" * 21, "größe", "a--b", "-a", "a\n"])
    def test_what_would_not_stand_in_an_address_is_no_name(self, cast: Cast, name: str) -> None:
        with pytest.raises(ValidationError) as refused:
            policies.written(cast, "low", stages=(*policies.terms_of("low").stages, replace(OWN, stage=Stage(name))))
        assert "stage-name" in codes(refused)

    def test_stages_of_one_turn_stand_in_their_usual_order_and_then_by_name(self) -> None:
        asked = [Stage("zeta"), Stage.COMPLIANCE, Stage("alpha"), Stage.TECHNICAL]
        assert sorted(asked, key=lambda stage: stage.place) == ["technical", "compliance", "alpha", "zeta"]


class TestOwnStages:
    def test_it_is_asked_decided_and_shown_like_any_other(self, cast: Cast) -> None:
        with_stage(cast, OWN)
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        assert "clinical-safety-approval" in findings(version)
        reviews.approve(review=review, stage=Stage.TECHNICAL, rationale="Sound.", by=cast.technical)
        assert waits_for(cast.compliance) == [SAFETY]
        told = OutboxMessage.objects.filter(payload__subject__startswith="Clinical safety review of")
        assert [message.payload["person"] for message in told] == [str(cast.compliance.pk)]
        assert QUESTION in page_of(cast.compliance, review)
        sent = {
            "stage": SAFETY,
            "rationale": "Harmless.",
            "conditions-TOTAL_FORMS": "0",
            "conditions-INITIAL_FORMS": "0",
        }
        answer = signed_in(cast.compliance).post(reverse("approvals:review_approve", args=[review.pk]), sent)
        assert answer.status_code == 302
        review.refresh_from_db()
        assert review.status == Review.Status.APPROVED
        assert "Clinical safety" in page_of(cast.auditor, review)
        assert gates.ask(version_facts.of(version), "staging").allowed

    def test_who_holds_another_right_does_not_decide_it(self, cast: Cast) -> None:
        with_stage(cast, replace(OWN, position=1))
        review = reviews.ask(version=builders.ready_version(cast), by=cast.author)
        with pytest.raises(ValidationError, match="compliance reviews") as refused:
            reviews.approve(review=review, stage=SAFETY, rationale="Mine.", by=cast.technical)
        assert codes(refused) == ["no-right"]

    def test_a_stage_that_nobody_asks_for_is_decided_by_nobody(self, cast: Cast) -> None:
        review = reviews.ask(version=builders.ready_version(cast), by=cast.author)
        with pytest.raises(ValidationError) as refused:
            reviews.approve(review=review, stage=SAFETY, rationale="Mine.", by=cast.compliance)
        assert "stage-not-asked" in codes(refused)

    def test_a_known_stage_can_be_decided_by_the_right_of_another(self, cast: Cast) -> None:
        with_deciders(cast, right=Stage.COMPLIANCE)
        version = builders.ready_version(cast)
        reviews.ask(version=version, by=cast.author)
        assert able(version) == ["compliance"]
        assert waits_for(cast.technical) == []
        assert waits_for(cast.compliance) == [Stage.TECHNICAL]

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"right": ""}, "stage-right"),
            ({"right": "ethics"}, "stage-right"),
            ({"question": ""}, "stage-question"),
            ({"rests_on": ()}, "rests-on-nothing"),
        ],
    )
    def test_says_what_it_asks_and_whose_right_it_takes(self, cast: Cast, wrong: dict[str, object], code: str) -> None:
        with pytest.raises(ValidationError) as refused:
            policies.written(cast, "low", stages=(*policies.terms_of("low").stages, replace(OWN, **wrong)))
        assert codes(refused) == [code]

    def test_two_of_one_name_are_refused_however_they_are_written(self, cast: Cast) -> None:
        twice = (OWN, replace(OWN, stage=Stage("Clinical-Safety")))
        with pytest.raises(ValidationError) as refused:
            policies.written(cast, "low", stages=(*policies.terms_of("low").stages, *twice))
        assert codes(refused) == ["stage-twice"]

    def test_a_name_that_asks_something_else_is_approved_anew(self, cast: Cast) -> None:
        with_stage(cast, replace(OWN, position=1, question="Is the logo right?", right=Stage.TECHNICAL))
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        for stage in (SAFETY, Stage.TECHNICAL):
            reviews.approve(review=review, stage=stage, rationale="It is.", by=cast.technical)
        assert findings(version) == ["staging-passed"]
        kept = tuple(each for each in policies.terms_of("low").stages if each.stage != SAFETY)
        policies.published(cast, "low", stages=kept)
        policies.published(cast, "low", stages=(*kept, OWN))
        assert findings(version) == ["clinical-safety-approval", "staging-passed"]
        facts = version_facts.of(version)
        assert facts.lapse(facts.lapsed(SAFETY)[0]) == Lapse.OTHERWISE
        page = signed_in(cast.author).get(
            reverse("governance:version_detail", args=[version.model.name, version.number])
        )
        assert "the policy asks something else by this name since" in page.content.decode()

    @pytest.mark.parametrize("name", ["BUSINESS", "Technical", "DEPLOYMENT"])
    def test_nothing_is_called_nearly_as_what_gatehouse_comes_with(self, cast: Cast, name: str) -> None:
        with pytest.raises(ValidationError) as refused:
            with_stage(cast, replace(OWN, stage=Stage(name)))
        assert "stage-name" in codes(refused)

    def test_the_database_knows_no_other_right(self, cast: Cast) -> None:
        policy = PolicyStage.objects.get(policy__tier__slug="low").policy
        row = {"policy_id": policy.pk, "stage": "legal", "position": 1, "rests_on": "[]", "quorum": 1}
        row |= {"checklist": "[]", "is_signed": False, "fallback": "", "question": "", "deciders": "[]"}
        row |= {"right": "ethics"}
        columns, places = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
        with pytest.raises(IntegrityError, match="stage_is_decided_by_a_right"), transaction.atomic():
            connection.cursor().execute(
                f"INSERT INTO approvals_policystage ({columns}) VALUES ({places})", [*row.values()]
            )


class TestWhoIsNamed:
    def test_of_those_with_the_right_only_who_is_named_decides(self, cast: Cast) -> None:
        second = second_technical()
        with_deciders(cast, ("", person_named(second.pk)))
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        assert able(version) == ["second"]
        assert (waits_for(cast.technical), waits_for(second)) == ([], [Stage.TECHNICAL])
        with pytest.raises(ValidationError) as refused:
            reviews.approve(review=review, stage=Stage.TECHNICAL, rationale="Mine.", by=cast.technical)
        assert codes(refused) == ["not-named"]
        assert "not among those whom the policy names" in who_may(cast.author, version)
        reviews.approve(review=review, stage=Stage.TECHNICAL, rationale="Sound.", by=second)

    def test_naming_gives_no_right(self, cast: Cast) -> None:
        second = second_technical()
        with_deciders(cast, ("", person_named(cast.business.pk)), ("", person_named(second.pk)))
        lose_technical(cast, second)
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        assert able(version) == []
        with pytest.raises(ValidationError) as refused:
            reviews.approve(review=review, stage=Stage.TECHNICAL, rationale="Mine.", by=cast.business)
        assert codes(refused) == ["no-right"]

    def test_a_team_decides_with_those_who_are_in_it_now(self, cast: Cast) -> None:
        first, second = second_technical("first"), second_technical()
        validators = people.create_team(name="Validation", by=cast.admin)
        people.join_team(person=first, team=validators, by=cast.admin)
        with_deciders(cast, ("", team_named(validators.pk)))
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        assert (able(version), waits_for(second)) == (["first"], [])
        people.join_team(person=second, team=validators, by=cast.admin)
        second = Person.objects.get(pk=second.pk)
        assert (able(version), waits_for(second)) == (["first", "second"], [Stage.TECHNICAL])
        people.leave_team(person=second, team=validators, by=cast.admin)
        with pytest.raises(ValidationError) as refused:
            reviews.approve(review=review, stage=Stage.TECHNICAL, rationale="Still?", by=second)
        assert codes(refused) == ["not-named"]

    def test_who_is_named_for_a_model_decides_it_in_place_of_the_others(self, cast: Cast) -> None:
        second = second_technical()
        here, elsewhere = builders.ready_version(cast), builders.ready_version(cast)
        named = (str(here.model_id), person_named(second.pk)), ("", person_named(cast.technical.pk))
        with_deciders(cast, *named)
        assert (able(here), able(elsewhere)) == (["second"], ["technical"])
        reviews.ask(version=here, by=cast.author)
        reviews.ask(version=elsewhere, by=cast.author)
        assert {row.review.version_id for row in AwaitedStage.objects.filter(named__contains=second.pk)} == {here.pk}
        assert len(waits_for(second)) == len(waits_for(cast.technical)) == 1

    def test_where_only_a_model_is_named_everybody_decides_the_others(self, cast: Cast) -> None:
        second = second_technical()
        here, elsewhere = builders.ready_version(cast), builders.ready_version(cast)
        with_deciders(cast, (str(here.model_id), person_named(second.pk)))
        assert (able(here), able(elsewhere)) == (["second"], ["second", "technical"])

    def test_a_list_that_is_shorter_than_the_approvals_it_takes_is_refused(self, cast: Cast) -> None:
        with pytest.raises(ValidationError) as refused:
            with_deciders(cast, ("", person_named(cast.technical.pk)), quorum=2)
        assert codes(refused) == ["too-few-named"]

    @pytest.mark.parametrize("model", ["", "of a model"])
    def test_a_policy_whose_names_hold_no_right_is_neither_proposed_nor_published(self, cast: Cast, model: str) -> None:
        second = second_technical()
        key = str(builders.ready_version(cast).model_id) if model else ""
        with pytest.raises(ValidationError) as refused:
            with_deciders(cast, (key, person_named(cast.business.pk)))
        assert codes(refused) == ["named-in-vain"]
        actions.discard(draft=PolicyDraft.objects.open().get(), by=cast.admin)
        draft = policies.proposed(cast, "low", stages=naming_deciders((key, person_named(second.pk))))
        lose_technical(cast, second)
        with pytest.raises(ValidationError) as refused:
            actions.publish(draft=draft, reason="Now.", seen=policies.seen(draft), by=cast.compliance)
        assert codes(refused) == ["named-in-vain"]
        page = signed_in(cast.compliance).get(reverse("approvals:policy_draft_detail", args=[draft.pk]))
        assert "too few hold the right to decide technical reviews here" in page.content.decode()

    def test_a_review_under_way_keeps_who_decides_it(self, cast: Cast) -> None:
        """Exchanging the judges while they judge would be a way around them."""
        second = second_technical()
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        with_deciders(cast, ("", person_named(second.pk)))
        assert able(version) == ["second", "technical"]
        assert waits_for(cast.technical) == [Stage.TECHNICAL]
        reviews.withdraw(review=review, by=cast.author)
        assert able(version) == ["second"]
        reviews.ask(version=version, by=cast.author)
        assert waits_for(cast.technical) == []

    def test_its_question_and_its_right_stay_as_well(self, cast: Cast) -> None:
        second_technical()
        with_stage(cast, replace(OWN, position=1, quorum=2, question="Is the logo right?", right=Stage.TECHNICAL))
        version = builders.ready_version(cast)
        review = reviews.ask(version=version, by=cast.author)
        reviews.approve(review=review, stage=SAFETY, rationale="It is.", by=cast.technical)
        before = policies.terms_of("low").stages
        otherwise = tuple(replace(OWN, position=1) if each.stage == SAFETY else each for each in before)
        policies.published(cast, "low", stages=otherwise)
        asked = version_facts.of(version).stage(SAFETY)
        assert (asked.question, asked.right) == ("Is the logo right?", Stage.TECHNICAL)

    def test_a_draft_of_a_review_keeps_nothing(self, cast: Cast) -> None:
        """Nobody was asked yet: an old draft would be a way around every policy since."""
        second, version = second_technical(), builders.ready_version(cast)
        review = reviews.open_draft(version=version, by=cast.author)
        with_deciders(cast, ("", person_named(second.pk)))
        assert able(version) == ["second"]
        reviews.submit(review=review, by=cast.author)
        with pytest.raises(ValidationError) as refused:
            reviews.approve(review=review, stage=Stage.TECHNICAL, rationale="Mine.", by=cast.technical)
        assert codes(refused) == ["not-named"]
        review.refresh_from_db()
        assert review.policy == Policy.objects.current().get(tier__slug="low")

    def test_a_team_s_list_is_not_that_of_a_team_with_a_longer_number(self, cast: Cast) -> None:
        member, team = second_technical("member"), people.create_team(name="Validation", by=cast.admin)
        people.join_team(person=member, team=team, by=cast.admin)
        with_deciders(cast, ("", team_named(team.pk)))
        reviews.ask(version=builders.ready_version(cast), by=cast.author)
        member = Person.objects.get(pk=member.pk)
        assert waits_for(member) == [Stage.TECHNICAL]
        AwaitedStage.objects.update(named=f" {team_named(team.pk)}7 ")
        assert waits_for(member) == []

    def test_two_accounts_of_one_person_are_one_among_those_who_are_named(self, cast: Cast) -> None:
        second = second_technical()
        people.link_accounts(person=second, other=cast.technical, reason="One contract.", by=cast.admin)
        with pytest.raises(ValidationError) as refused:
            with_deciders(cast, ("", person_named(cast.technical.pk)), ("", person_named(second.pk)), quorum=2)
        assert codes(refused) == ["named-in-vain"]

    def test_that_nobody_is_named_any_more_is_said_in_the_ledger_and_on_the_page(self, cast: Cast) -> None:
        with_deciders(cast, ("", person_named(cast.technical.pk)))
        with_deciders(cast)
        changes = Event.objects.filter(kind="approvals.policy.published").latest("pk").facts["changes"]
        was = f"person {str(cast.technical.pk)[:8]}"
        assert changes == [f"Technical approval is given only by: everybody with the right, was {was}"]
        page = signed_in(cast.auditor).get(
            reverse("approvals:policy_draft_detail", args=[PolicyDraft.objects.first().pk])
        )
        assert "<ins>everybody with the right</ins>" in page.content.decode()
        assert "not asked" not in page.content.decode()

    def test_nobody_publishes_that_they_decide(self, cast: Cast) -> None:
        stages = (*policies.terms_of("low").stages, replace(OWN, deciders=(("", person_named(cast.compliance.pk)),)))
        draft = policies.proposed(cast, "low", stages=stages)
        with pytest.raises(ValidationError) as refused:
            actions.publish(draft=draft, reason="Fine.", seen=policies.seen(draft), by=cast.compliance)
        assert codes(refused) == ["own-naming"]
        actions.publish(draft=draft, reason="Fine.", seen=policies.seen(draft), by=cast.superuser)

    def test_the_index_says_what_the_rules_say(self, cast: Cast) -> None:
        second = second_technical()
        with_deciders(cast, ("", person_named(second.pk)), ("", team_named(cast.team.pk)))
        with_stage(cast, replace(OWN, position=1))
        reviews.ask(version=builders.ready_version(cast), by=cast.author)
        kept = list(AwaitedStage.objects.order_by("stage").values_list("stage", "right", "named"))
        named = " ".join(sorted((person_named(second.pk), team_named(cast.team.pk))))
        assert kept == [(SAFETY, Stage.COMPLIANCE, ""), (Stage.TECHNICAL, Stage.TECHNICAL, f" {named} ")]
        assert awaited.keep_all() == 0


class TestTheForm:
    def revised(self, cast: Cast, draft: PolicyDraft, **changes: object) -> Client:
        body = policies.body_of(draft, **changes)
        return signed_in(cast.admin).post(reverse("approvals:policy_revise", args=[draft.pk]), body)

    def test_a_new_approval_and_who_decides_it_are_typed_saved_and_typed_again(self, cast: Cast) -> None:
        model = builders.ready_version(cast).model
        draft = policies.begun(cast, "low")
        row = "stages-not-yet-named-approval"
        answer = self.revised(
            cast,
            draft,
            **{
                f"{row}-name": "Clinical safety",
                f"{row}-question": QUESTION,
                f"{row}-right": "compliance",
                f"{row}-rests_on": ["card"],
                f"{row}-position": "2",
                "deciders-0-stage": "technical",
                "deciders-0-who": person_named(cast.technical.pk),
                "deciders-0-model": model.name,
                "deciders-1-stage": "technical",
                "deciders-1-who": team_named(cast.team.pk),
            },
        )
        assert answer.status_code == 302
        draft.refresh_from_db()
        said = terms.of_plain(draft.terms)
        assert [stage.stage for stage in said.stages] == [Stage.TECHNICAL, SAFETY]
        named = ("", team_named(cast.team.pk)), (str(model.pk), person_named(cast.technical.pk))
        assert said.stages[0].deciders == named
        shown = signed_in(cast.admin).get(reverse("approvals:policy_draft_detail", args=[draft.pk])).content.decode()
        assert f"for {model.name}: {cast.technical.name}" in shown
        assert QUESTION in shown
        again = self.revised(cast, draft)
        assert again.status_code == 302
        draft.refresh_from_db()
        assert terms.of_plain(draft.terms) == said
        without = self.revised(cast, draft, **{"stages-clinical-safety-asked": None, "deciders-0-who": ""})
        assert without.status_code == 302
        draft.refresh_from_db()
        assert [stage.stage for stage in terms.of_plain(draft.terms).stages] == [Stage.TECHNICAL]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"deciders-0-who": "person:nobody"}, "Select a valid choice"),
            ({"deciders-0-who": "", "deciders-0-model": "m"}, "Choose one."),
            ({"deciders-0-model": "no-such-model"}, "No model has this name"),
            ({"stages-not-yet-named-approval-question": "Why?"}, "Fill this in."),
            ({"stages-not-yet-named-approval-name": "a/b"}, "letters, digits and spaces"),
        ],
    )
    def test_what_is_wrong_is_said_in_its_place(self, cast: Cast, changes: dict[str, str], said: str) -> None:
        draft = policies.begun(cast, "low")
        right = {"deciders-0-stage": "technical", "deciders-0-who": team_named(cast.team.pk)}
        answer = self.revised(cast, draft, **right | changes)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        draft.refresh_from_db()
        assert draft.authors == []

    def test_more_rows_of_deciders_are_asked_for_by_themselves(self, cast: Cast) -> None:
        answer = self.revised(cast, policies.begun(cast, "low"), more_rows="deciders")
        forms = answer.context["forms"]
        assert (len(forms.deciders.forms), len(forms.thresholds.forms)) == (6, 9)

    def test_who_was_named_and_lost_the_right_still_stands_there(self, cast: Cast) -> None:
        second = second_technical()
        with_deciders(cast, ("", person_named(second.pk)))
        people.revoke_role(person=second, role="technical-reviewer", decides="technical", by=cast.admin)
        found = naming.nameable(*tier_and_terms("low"))
        assert found.people[person_named(second.pk)] == f"{second.name} (holds no right here)"
        draft = policies.begun(cast, "low")
        assert self.revised(cast, draft).status_code == 302


class TestTooFewHold:
    """A policy cannot ask for more people than there are, whoever is named."""

    @pytest.mark.parametrize(
        ("quorum", "said"),
        [(2, "asks for 2 people, and only one person holds"), (3, "asks for 3 people, and only one person holds")],
    )
    def test_it_is_not_proposed(self, cast: Cast, quorum: int, said: str) -> None:
        draft = policies.written(cast, "low", stages=naming_deciders(quorum=quorum))
        with pytest.raises(ValidationError, match=said) as refused:
            actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
        assert codes(refused) == ["too-few-hold"]
        page = signed_in(cast.admin).get(reverse("approvals:policy_draft_detail", args=[draft.pk])).content.decode()
        assert f"{said} the right to decide technical reviews here" in page
        assert "have an administrator give the right to more people first" in page
        second_technical()
        if quorum == 2:
            actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)

    def test_it_is_not_published_once_somebody_has_lost_the_right(self, cast: Cast) -> None:
        second = second_technical()
        draft = policies.proposed(cast, "low", stages=naming_deciders(quorum=2))
        people.deactivate(person=second, reason="Left.", by=cast.admin)
        with pytest.raises(ValidationError) as refused:
            actions.publish(draft=draft, reason="Now.", seen=policies.seen(draft), by=cast.compliance)
        assert codes(refused) == ["too-few-hold"]
        assert Policy.objects.current().get(tier__slug="low").revision == 1

    def test_two_accounts_of_one_person_are_one(self, cast: Cast) -> None:
        second = second_technical()
        people.link_accounts(person=second, other=cast.technical, reason="One contract.", by=cast.admin)
        with pytest.raises(ValidationError) as refused:
            with_deciders(cast, quorum=2)
        assert codes(refused) == ["too-few-hold"]

    def test_a_superuser_holds_no_right_to_decide(self, cast: Cast) -> None:
        lose_technical(cast, cast.technical)
        draft = policies.written(cast, "low")
        with pytest.raises(ValidationError, match="asks for one person, and nobody holds") as refused:
            actions.propose(draft=draft, seen=policies.seen(draft), by=cast.superuser)
        assert codes(refused) == ["too-few-hold"]

    def test_the_right_is_that_which_the_stage_takes(self, cast: Cast) -> None:
        second_technical()
        with pytest.raises(ValidationError, match="The clinical safety approval asks for 2 people") as refused:
            with_stage(cast, replace(OWN, quorum=2))
        assert codes(refused) == ["too-few-hold"]

    def test_who_is_named_for_one_model_leaves_the_others_to_everybody(self, cast: Cast) -> None:
        """The names are asked about by themselves, and so are those who decide what nobody is named for."""
        second = second_technical()
        people.link_accounts(person=second, other=cast.technical, reason="One contract.", by=cast.admin)
        key = str(builders.ready_version(cast).model_id)
        named = (key, person_named(cast.technical.pk)), (key, person_named(second.pk))
        with pytest.raises(ValidationError) as refused:
            with_deciders(cast, *named, quorum=2)
        assert codes(refused) == ["too-few-hold", "named-in-vain"]

    def test_what_gatehouse_comes_with_asks_before_anybody_is_there(self) -> None:
        assert not Person.objects.exclude(kind=Person.Kind.SYSTEM).exists()
        assert Policy.objects.current().count() == 3


def test_everybody_with_the_right_decides_as_before_where_nobody_is_named(cast: Cast) -> None:
    second_technical()
    assert able(builders.ready_version(cast)) == ["second", "technical"]


def test_publishing_writes_every_term_of_a_stage(cast: Cast) -> None:
    second = builders.build_person("second", "compliance-reviewer")
    named = (("", person_named(second.pk)),)
    with_stage(cast, replace(OWN, deciders=named))
    row = PolicyStage.objects.get(stage=SAFETY)
    assert (row.stage.label, row.question, row.right) == ("Clinical safety", QUESTION, Stage.COMPLIANCE)
    assert row.deciders == [list(each) for each in named]
    assert replace(policies.terms_of("low").stages[-1], deciders=()) == OWN


def findings(version: ModelVersion) -> list[str]:
    return [finding.code for finding in gates.ask(version_facts.of(version), "production").findings]


def tier_and_terms(slug: str) -> tuple[object, object]:
    policy = Policy.objects.current().get(tier__slug=slug)
    return policy.tier, policies.terms_of(slug)


def page_of(person: Person, review: Review) -> str:
    return signed_in(person).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()


def who_may(person: Person, version: ModelVersion) -> str:
    address = reverse("governance:decider_list", args=[version.model.name, version.number])
    return signed_in(person).get(address).content.decode()
