"""Who may decide, as the page says it, is who the action lets decide: for each of the cast, in each state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from approvals import deciders, facts, presenting, rights, rules
from approvals.actions import reviews
from approvals.deciders import StageDeciders
from approvals.models import Review, Stage
from governance.roles import BY_SLUG
from registry.actions import people
from registry.models import ModelVersion, Person
from tests import builders
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def give(person: Person, role: str) -> None:
    people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=Person.objects.system())


def asked(cast: Cast, tier: str, *stages: str) -> Review:
    """In review, with these stages approved."""
    review = builders.ask_for_review(cast, builders.ready_version(cast, tier))
    for stage in stages:
        builders.approve_stage(cast, review, stage)
    return review


def draft(cast: Cast) -> Review:
    return reviews.open_draft(version=builders.ready_version(cast), by=cast.author)


def stale(cast: Cast) -> Review:
    review = asked(cast, "high", "technical", "business")
    builders.write_card(cast, review.version, seen_revision=1, intended_use="Something else.")
    return review


def handed_back(cast: Cast) -> Review:
    review = asked(cast, "medium", "technical")
    reviews.request_changes(review=review, stage="business", rationale="Say more.", by=cast.business)
    return review


def handed_back_by_compliance(cast: Cast) -> Review:
    review = asked(cast, "high", "technical")
    reviews.request_changes(review=review, stage="compliance", rationale="Say more.", by=cast.compliance)
    return review


def rejected(cast: Cast) -> Review:
    review = asked(cast, "medium")
    reviews.reject(review=review, stage="technical", rationale="It guesses.", by=cast.technical)
    return review


def withdrawn(cast: Cast) -> Review:
    return reviews.withdraw(review=asked(cast, "medium", "technical"), by=cast.author)


def use_case_undecided(cast: Cast) -> Review:
    model = builders.build_model(cast, "medium", use_case=builders.build_use_case(cast, approved=False))
    review = builders.ask_for_review(cast, builders.ready_version(cast, model=model))
    builders.approve_stage(cast, review, "technical")
    return review


def owned_by_the_reviewer(cast: Cast) -> Review:
    model = builders.build_model(cast, owner=cast.technical)
    return builders.ask_for_review(cast, builders.ready_version(cast, model=model))


STATES: dict[str, Callable[[Cast], Review]] = {
    "draft": draft,
    "low, approved": lambda cast: asked(cast, "low", "technical"),
    "medium, asked": lambda cast: asked(cast, "medium"),
    "medium, technical approved": lambda cast: asked(cast, "medium", "technical"),
    "high, two approved": lambda cast: asked(cast, "high", "technical", "business"),
    "high, stale": stale,
    "changes requested": handed_back,
    "changes requested side by side": handed_back_by_compliance,
    "rejected": rejected,
    "withdrawn": withdrawn,
    "use case undecided": use_case_undecided,
    "owned by the reviewer": owned_by_the_reviewer,
}


def everybody(cast: Cast) -> list[Person]:
    """Who decides, and everybody whose right to decide, or lack of it, is a case of its own."""
    for role in ("technical-reviewer", "business-reviewer", "compliance-reviewer", "release-manager"):
        give(cast.author, role)
    give(cast.colleague, "technical-reviewer")
    gone = builders.build_person("gone", "technical-reviewer")
    people.deactivate(person=gone, reason="Left.", by=cast.admin)
    former = builders.build_person("former", "technical-reviewer")
    people.revoke_role(person=former, role="technical-reviewer", decides="technical", by=cast.admin)
    return list(Person.objects.known().exclude(username__in=["auditor", "stranger"]))


def does(verb: Callable[..., Any], **given: Any) -> bool:
    """Whether the action lets it happen. Nothing of it stays."""
    before = transaction.savepoint()
    try:
        verb(rationale="The evidence holds.", **given)
    except (ValidationError, PermissionDenied):
        return False
    finally:
        transaction.savepoint_rollback(before)
    return True


def said_of(version: ModelVersion) -> dict[str, StageDeciders]:
    found = facts.of(version)
    return {each.stage.stage: each for each in deciders.of(found, rights.holders(version.model.tier))}


@pytest.mark.parametrize("state", ["draft", "high, two approved"])
def test_the_answer_is_what_the_action_does_for_everybody_and_every_stage(cast: Cast, state: str) -> None:
    """In two states; tests/proofs/test_deciders.py asks in all of them."""
    compare_with_the_action(cast, STATES[state])


def compare_with_the_action(cast: Cast, build: Callable[[Cast], Review]) -> None:
    """Who may decide is there before the review is: a right that is younger is a case of its own."""
    askers, review = everybody(cast), build(cast)
    said, table, done = said_of(review.version), {}, {}
    for person in askers:
        for stage in Stage.KNOWN:
            key, given = (person.username, stage), {"review": review, "stage": stage, "by": person}
            answer = said.get(stage)
            table[key] = (answer.may_decide(person), answer.may_approve(person)) if answer else (False, False)
            may = does(reviews.request_changes, **given)
            done[key] = may, (may or table[key][1]) and does(reviews.approve, **given)
    assert table == done
    is_in_review = Review.objects.get(pk=review.pk).status == Review.Status.IN_REVIEW
    assert any(may for may, _ in table.values()) == is_in_review


def test_a_token_of_somebody_who_may_decide_decides_nothing(cast: Cast) -> None:
    review = asked(cast, "low")
    assert said_of(review.version)["technical"].may_approve(cast.technical)
    with_token = builders.with_token(cast.technical, "read", "deploy")
    assert not does(reviews.approve, review=review, stage="technical", by=with_token)


def test_without_a_review_nobody_decides_and_those_who_will_are_named(cast: Cast) -> None:
    said = said_of(builders.ready_version(cast))["technical"]
    assert [error.code for error in said.against_now] == ["not-asked"]
    assert [person.username for person in said.able] == ["technical"]
    assert not said.may_decide(cast.technical)


def reason(version: ModelVersion, stage: str, person: Person) -> str:
    found = facts.of(version)
    barred = {each.person.pk: each for each in said_of(version)[stage].barred}
    return presenting.barred_because(found, barred[person.pk])


def test_everything_that_bars_somebody_is_said(cast: Cast) -> None:
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    everybody(cast)
    assert reason(version, "technical", cast.author) == (
        "asked for its review, registered this version, owns the model and "
        "last changed the evaluation results, the model card and the release plan"
    )
    gone = Person.objects.get(username="gone")
    assert reason(version, "technical", gone) == "the account is deactivated"
    builders.attach_evaluation(cast, version, by=cast.colleague)
    assert reason(version, "technical", cast.colleague) == "last changed the evaluation results"


def test_whoever_asked_or_owns_is_barred_for_that_alone(cast: Cast) -> None:
    model = builders.build_model(cast, owner=cast.business)
    version = builders.ready_version(cast, model=model)
    reviews.ask(version=version, by=cast.colleague)
    give(cast.business, "technical-reviewer")
    give(cast.colleague, "technical-reviewer")
    assert reason(version, "technical", cast.business) == "owns the model"
    assert reason(version, "technical", cast.colleague) == "asked for its review"


def test_every_no_of_the_rule_about_a_person_has_words(cast: Cast) -> None:
    """A code that the rule learns has to be said on the page as well."""
    review = asked(cast, "low")
    found = facts.of(review.version)
    nobody = builders.build_person("robot", "pipeline")
    pipeline = rules.against_decider(found, "technical", by=nobody, right=rights.Right())
    own = rules.against_decider(found, "technical", by=cast.author, right=None)
    for objections, person in ((pipeline, nobody), (own, cast.author)):
        for code in (error.code for error in objections):
            assert presenting.barred_because(found, deciders.Barred(person, (code,))), code


STATE_WORDS = {
    "draft": {"technical": ("Draft", "R-{} is a draft. Opens when Author submits it.")},
    "medium, asked": {
        "technical": ("Open now", "Technical decides."),
        "business": ("Not open yet", "Opens after technical."),
    },
    "high, two approved": {
        "technical": ("Approved", "Technical approved it on "),
        "compliance": ("Open now", "Compliance decides."),
        "deployment": ("Not open yet", "Opens after compliance."),
    },
    "high, stale": {"deployment": ("Not open yet", "Opens after business and compliance.")},
    "changes requested": {
        "business": ("Changes requested", "Business requested changes. Opens again when Author submits R-{} again.")
    },
    "changes requested side by side": {
        "compliance": ("Changes requested", "Compliance requested changes."),
        "business": ("Waits", "The compliance stage requested changes. Opens again when Author submits R-{} again."),
        "deployment": ("Not open yet", "Opens after business and compliance."),
    },
    "rejected": {"technical": ("Not asked", "Opens when somebody of Clinical ML asks for review.")},
    "withdrawn": {"business": ("Not open yet", "Opens after technical.")},
}


@pytest.mark.parametrize("state", STATE_WORDS)
def test_each_stage_says_where_it_stands_and_what_it_waits_for(cast: Cast, state: str) -> None:
    review = STATES[state](cast)
    found, said = facts.of(review.version), said_of(review.version)
    for stage, (word, sentence) in STATE_WORDS[state].items():
        answer = presenting.stage_answer(found, said[stage])
        assert answer.state == word
        assert sentence.format(review.pk) in answer.sentence


def test_an_approval_that_went_stale_after_the_review_is_asked_again(cast: Cast) -> None:
    review = asked(cast, "low", "technical")
    builders.attach_evaluation(cast, review.version)
    answer = presenting.stage_answer(facts.of(review.version), said_of(review.version)["technical"])
    assert answer.state == "Stale"
    assert answer.sentence.startswith("Evaluation results changed on")


def summaries(*versions: ModelVersion) -> Iterable[str]:
    for version in versions:
        found = facts.of(version)
        yield presenting.summary([presenting.stage_answer(found, each) for each in said_of(version).values()])


def test_the_page_opens_with_the_answer(cast: Cast) -> None:
    waiting, done, idle = asked(cast, "low"), asked(cast, "low", "technical"), builders.ready_version(cast)
    assert [*summaries(waiting.version, done.version, idle)] == [
        "The technical stage is open: Technical decides.",
        "Every stage that this version needs is approved.",
        "Nothing is to be decided now. Below stands who decides once it is.",
    ]
    people.revoke_role(person=cast.technical, role="technical-reviewer", decides="technical", by=cast.admin)
    assert [*summaries(waiting.version)] == ["The technical stage is open: nobody may decide it yet."]
