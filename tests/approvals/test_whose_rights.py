"""Whose right it is to decide: who gave it, since when it counts, and which accounts are one person's."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from approvals import facts as version_facts
from approvals import gates, rights
from approvals.actions import policies as policy_actions
from approvals.actions import reviews
from approvals.models import Decision, Policy, PolicyDraft, Review
from approvals.waiting import awaited_by
from audit.models import Event
from governance.roles import BY_SLUG
from registry.actions import people, use_cases
from registry.models import Person, RiskTierUserObjectPermission
from tests import builders, policies
from tests.approvals.test_approvals_that_count import approve, asking_for, codes, requirement
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

REASON = "Both belong to the same contract of employment."


def give(person: Person, role: str, by: Person) -> Person:
    people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=by)
    return person


def confirm(person: Person, role: str, by: Person) -> None:
    people.confirm_role(person=person, role=role, decides=BY_SLUG[role].decides, by=by)


def refusal(review: Review, stage: str, by: Person) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        approve(review, stage, by)
    return codes(refused)


def second_admin() -> Person:
    return builders.build_person("second-admin", "admin")


def linked(name: str, role: str, to: Person, by: Person) -> Person:
    """A further account of `to`, with a role of its own."""
    person = builders.build_person(name, role)
    people.link_accounts(person=person, other=to, reason=REASON, by=by)
    return Person.objects.get(pk=person.pk)


class TestWhoGaveTheRight:
    def test_somebody_with_a_model_of_their_own_does_not_choose_who_approves_it(self, cast: Cast) -> None:
        puppet = give(builders.build_person("puppet", ""), "technical-reviewer", cast.admin)
        version = builders.ready_version(cast, model=builders.build_model(cast, owner=cast.admin))
        review = builders.ask_for_review(cast, version)
        assert refusal(review, "technical", puppet) == ["right-from-party"]
        assert not awaited_by(puppet, rights.tiers_decided_by(puppet)).exists()

    def test_a_second_administrator_can_stand_behind_it(self, cast: Cast) -> None:
        puppet = give(builders.build_person("puppet", ""), "technical-reviewer", cast.admin)
        version = builders.ready_version(cast, model=builders.build_model(cast, owner=cast.admin))
        review = builders.ask_for_review(cast, version)
        confirm(puppet, "technical-reviewer", second_admin())
        assert awaited_by(puppet, rights.tiers_decided_by(puppet)).exists()
        decision = approve(review, "technical", puppet)
        assert decision.right_given_by is None
        told = Event.objects.get(kind="registry.role.confirmed")
        assert told.facts == {"role": "technical-reviewer", "decides": "technical"}

    def test_for_what_the_giver_has_no_part_in_it_counts_as_it_is(self, cast: Cast) -> None:
        reviewer = give(builders.build_person("reviewer", ""), "technical-reviewer", cast.admin)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        assert approve(review, "technical", reviewer).right_given_by == cast.admin

    def test_whoever_gave_an_approver_the_right_decides_no_other_stage(self, cast: Cast) -> None:
        chooser = give(second_admin(), "business-reviewer", cast.admin)
        chosen = give(builders.build_person("chosen", ""), "technical-reviewer", chooser)
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(review, "technical", chosen)
        assert not awaited_by(chooser, rights.tiers_decided_by(chooser)).exists()
        assert refusal(review, "business", chooser) == ["chose-decider"]
        approve(review, "business", cast.business)

    def test_nor_does_whom_an_approver_gave_the_right(self, cast: Cast) -> None:
        chooser = give(second_admin(), "technical-reviewer", cast.admin)
        chosen = give(builders.build_person("chosen", ""), "business-reviewer", chooser)
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(review, "technical", chooser)
        assert not awaited_by(chosen, rights.tiers_decided_by(chosen)).exists()
        assert refusal(review, "business", chosen) == ["right-from-party"]

    def test_giver_and_given_are_not_two_of_the_people_whom_a_stage_asks_for(self, cast: Cast) -> None:
        chooser = give(second_admin(), "technical-reviewer", cast.admin)
        chosen = give(builders.build_person("chosen", ""), "technical-reviewer", chooser)
        asking_for(cast, 2)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", chooser)
        assert refusal(review, "technical", chosen) == ["right-from-party"]

    def test_nobody_confirms_what_they_gave_what_they_hold_or_what_waits_for_nothing(self, cast: Cast) -> None:
        reviewer = give(builders.build_person("reviewer", ""), "technical-reviewer", cast.admin)
        with pytest.raises(ValidationError) as refused:
            confirm(reviewer, "technical-reviewer", cast.admin)
        assert codes(refused) == ["role-given-by-you"]
        second = give(second_admin(), "technical-reviewer", cast.admin)
        with pytest.raises(ValidationError) as refused:
            confirm(second, "technical-reviewer", second)
        assert codes(refused) == ["own-rights"]
        with pytest.raises(PermissionDenied):
            confirm(reviewer, "technical-reviewer", cast.author)
        confirm(reviewer, "technical-reviewer", second)
        with pytest.raises(ValidationError) as refused:
            confirm(reviewer, "technical-reviewer", second)
        assert codes(refused) == ["role-confirmed"]

    def test_a_right_from_before_this_was_kept_counts(self) -> None:
        assert rights.Right().chooser is None


class TestSinceWhen:
    def test_a_right_that_is_younger_than_the_review_does_not_count_for_it(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        late = give(builders.build_person("late", ""), "technical-reviewer", cast.admin)
        assert refusal(review, "technical", late) == ["right-too-new"]
        assert not awaited_by(late, rights.tiers_decided_by(late)).exists()
        later = builders.ask_for_review(cast, builders.ready_version(cast))
        assert [each.review_id for each in awaited_by(late, rights.tiers_decided_by(late))] == [later.pk]
        approve(later, "technical", late)

    def test_unless_a_second_administrator_confirms_it(self, cast: Cast) -> None:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        late = give(builders.build_person("late", ""), "technical-reviewer", cast.admin)
        confirm(late, "technical-reviewer", second_admin())
        approve(review, "technical", late)

    def test_taken_and_given_again_it_is_a_new_one(self, cast: Cast) -> None:
        reviewer = give(builders.build_person("reviewer", ""), "technical-reviewer", cast.admin)
        confirm(reviewer, "technical-reviewer", second_admin())
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        people.revoke_role(person=reviewer, role="technical-reviewer", decides="technical", by=cast.admin)
        give(reviewer, "technical-reviewer", cast.admin)
        assert refusal(review, "technical", reviewer) == ["right-too-new"]


class TestAccountsOfOnePerson:
    def test_a_second_account_of_the_author_decides_nothing_of_theirs(self, cast: Cast) -> None:
        second = linked("second", "technical-reviewer", cast.author, cast.admin)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        assert refusal(review, "technical", second) == ["own-request"]
        assert not awaited_by(second, rights.tiers_decided_by(second)).exists()

    def test_nor_does_the_first_account_of_what_the_second_made(self, cast: Cast) -> None:
        author = builders.build_person("second-author", "author")
        people.join_team(person=author, team=cast.team, by=Person.objects.system())
        people.link_accounts(person=author, other=cast.technical, reason=REASON, by=cast.admin)
        version = builders.ready_version(cast)
        builders.attach_evaluation(cast, version, by=author)
        review = builders.ask_for_review(cast, version)
        assert refusal(review, "technical", cast.technical) == ["own-work"]

    def test_two_accounts_are_one_of_the_people_whom_a_stage_asks_for(self, cast: Cast) -> None:
        builders.build_person("third", "technical-reviewer")
        asking_for(cast, 2)
        second = linked("second", "technical-reviewer", cast.technical, cast.admin)
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        approve(review, "technical", cast.technical)
        assert refusal(review, "technical", second) == ["approved-by-you"]

    def test_what_two_accounts_approved_is_counted_once_they_are_known_to_be_one(self, cast: Cast) -> None:
        second = builders.build_person("second", "technical-reviewer")
        asking_for(cast, 2)
        version = builders.ready_version(cast)
        review = builders.ask_for_review(cast, version)
        for person in (cast.technical, second):
            approve(review, "technical", person)
        assert gates.ask(version_facts.of(version), "staging").allowed
        people.link_accounts(person=second, other=cast.technical, reason=REASON, by=cast.admin)
        left = requirement(version_facts.of(version), "technical-approval", "staging")
        assert (left.state, left.detail) == ("unmet", "1 of 2 approvals given: Second")

    def test_one_stage_each_is_one_for_both(self, cast: Cast) -> None:
        policies.published(cast, "medium", is_one_stage_each=True)
        second = linked("second", "business-reviewer", cast.technical, cast.admin)
        review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
        approve(review, "technical", cast.technical)
        assert refusal(review, "business", second) == ["one-stage-each"]

    def test_neither_decides_the_use_case_that_the_other_proposed(self, cast: Cast) -> None:
        second = linked("second", "business-reviewer", cast.author, cast.admin)
        use_case = builders.build_use_case(cast, approved=False)
        with pytest.raises(ValidationError) as refused:
            use_cases.approve(use_case=use_case, reason="Good.", by=second)
        assert codes(refused) == ["own-proposal"]

    def test_neither_publishes_the_policy_that_the_other_wrote(self, cast: Cast) -> None:
        second = linked("second", "compliance-reviewer", cast.admin, second_admin())
        draft = policies.proposed(cast, "low", review_cadence_days=11)
        with pytest.raises(ValidationError) as refused:
            policy_actions.publish(draft=draft, reason="Fine.", seen=draft.changed_at.isoformat(), by=second)
        assert codes(refused) == ["own-draft"]
        assert Policy.objects.filter(tier=draft.tier).count() == 1
        assert PolicyDraft.objects.get(pk=draft.pk).status == PolicyDraft.Status.PROPOSED

    def test_nobody_gives_a_role_to_their_other_account(self, cast: Cast) -> None:
        second = linked("second", "", cast.admin, second_admin())
        with pytest.raises(ValidationError) as refused:
            give(second, "technical-reviewer", cast.admin)
        assert codes(refused) == ["own-rights"]

    def test_what_cannot_be_linked(self, cast: Cast) -> None:
        first, second, third = (builders.build_person(name, "") for name in ("first", "second", "third"))

        def against(person: Person, other: Person | None, reason: str = REASON) -> list[str]:
            with pytest.raises(ValidationError) as refused:
                people.link_accounts(person=person, other=other, reason=reason, by=cast.admin)
            return codes(refused)

        assert against(second, None) == ["no-account"]
        assert against(second, second) == ["linked"]
        assert against(second, first, " ") == ["reason-missing"]
        assert against(second, cast.pipeline) == ["service"]
        people.link_accounts(person=second, other=first, reason=REASON, by=cast.admin)
        assert against(second, first) == against(first, second) == ["linked"]
        assert against(second, third) == ["linked-elsewhere"]
        assert against(third, second) == ["not-the-first"]
        assert against(first, third) == ["is-the-first"]

    def test_separating_takes_somebody_else_and_a_reason(self, cast: Cast) -> None:
        other = second_admin()
        second = linked("second", "", cast.admin, other)
        with pytest.raises(ValidationError) as refused:
            people.separate_account(person=second, reason=REASON, by=cast.admin)
        assert codes(refused) == ["own-rights"]
        with pytest.raises(ValidationError) as refused:
            people.separate_account(person=second, reason="", by=other)
        assert codes(refused) == ["reason-missing"]
        people.separate_account(person=second, reason=REASON, by=other)
        assert Person.objects.get(pk=second.pk).identity == second.pk
        told = Event.objects.get(kind="registry.account.separated")
        assert (told.reason, told.facts) == (REASON, {"with": cast.admin.ledger_label()})


def test_the_decision_keeps_who_alone_gave_its_right(cast: Cast) -> None:
    given = RiskTierUserObjectPermission.objects.filter(user=cast.technical)
    assert {right.given_by for right in given} == {Person.objects.system()}
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    assert Decision.objects.get().right_given_by == Person.objects.system()


class TestWhoGaveTheRole:
    def published_by(self, cast: Cast, person: Person) -> list[str]:
        draft = policies.proposed(cast, "low", review_cadence_days=11)
        try:
            policy_actions.publish(draft=draft, reason="Fine.", seen=draft.changed_at.isoformat(), by=person)
        except ValidationError as refusal:
            policy_actions.discard(draft=draft, by=cast.admin)
            return [error.code for error in refusal.error_list]
        return []

    def test_whom_the_author_made_publisher_long_before_publishes(self, cast: Cast) -> None:
        """So that a portal with one administrator is not stuck."""
        reviewer = give(builders.build_person("reviewer", ""), "compliance-reviewer", cast.admin)
        assert self.published_by(cast, reviewer) == []

    def test_whom_they_made_publisher_for_it_does_not_until_it_is_confirmed(self, cast: Cast) -> None:
        draft = policies.proposed(cast, "low", review_cadence_days=11)
        late = give(builders.build_person("late", ""), "compliance-reviewer", cast.admin)
        given = {"draft": draft, "reason": "Fine.", "seen": draft.changed_at.isoformat(), "by": late}
        with pytest.raises(ValidationError) as refused:
            policy_actions.publish(**given)
        assert codes(refused) == ["role-from-party"]
        people.confirm_role(person=late, role="compliance-reviewer", decides="compliance", by=second_admin())
        assert policy_actions.publish(**given).revision == 2

    def test_a_role_that_decides_no_stage_can_be_confirmed_as_well(self, cast: Cast) -> None:
        late = give(builders.build_person("late", ""), "admin", cast.admin)

        def chosen_by() -> set[UUID]:
            return Person.objects.get(pk=late.pk).chosen_alone_by("approvals.publish_policy")

        assert chosen_by() == {cast.admin.pk}
        people.confirm_role(person=late, role="admin", by=second_admin())
        assert chosen_by() == set()
        give(late, "compliance-reviewer", cast.admin)
        assert chosen_by() == set(), "one of two roles is enough"

    def test_who_holds_no_such_role_or_every_right_was_chosen_by_nobody(self, cast: Cast) -> None:
        assert cast.author.chosen_alone_by("approvals.publish_policy") == set()
        assert cast.superuser.chosen_alone_by("approvals.publish_policy") == set()
