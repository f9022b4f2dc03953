"""What waits for a person: the rules' own answer, found without looking at everything."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import duties, rights
from approvals.actions import reviews
from approvals.waiting import awaited_by
from registry.actions import people
from registry.models import Person
from tests import builders, stories
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

DECIDERS = ("technical", "business", "compliance", "release")


def decisions_of(person: Person) -> list[tuple[int, str]]:
    return [(duty.facts.open_review.id, duty.stage.stage) for duty in duties.of(person).decisions]


def test_duties_are_what_the_rules_say_about_every_review(cast: Cast) -> None:
    """In each state that a review can be in, for each of those who decide."""
    waits = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    half = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    for stage in ("technical", "business"):
        builders.approve_stage(cast, half, stage)
    last = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    for stage in ("technical", "business", "compliance"):
        builders.approve_stage(cast, last, stage)
    stale = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    for stage in ("technical", "business"):
        builders.approve_stage(cast, stale, stage)
    builders.write_card(cast, stale.version, seen_revision=1, intended_use="Something else.")
    handed_back = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    reviews.request_changes(review=handed_back, stage="technical", rationale="Say more.", by=cast.technical)
    withdrawn = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    builders.approve_stage(cast, withdrawn, "technical")
    reviews.withdraw(review=withdrawn, by=cast.author)
    again = reviews.ask(version=withdrawn.version, by=cast.author)

    assert decisions_of(cast.technical) == [(waits.pk, "technical"), (again.pk, "technical")]
    assert decisions_of(cast.business) == [(stale.pk, "business")]
    assert decisions_of(cast.compliance) == [(half.pk, "compliance"), (stale.pk, "compliance")]
    assert decisions_of(cast.release) == [(last.pk, "deployment")]
    for decider in DECIDERS:
        person = getattr(cast, decider)
        found = awaited_by(person, rights.tiers_decided_by(person)).values_list("review", "stage")
        assert sorted(found) == sorted(decisions_of(person))
    assert decisions_of(cast.author) == decisions_of(cast.superuser) == []


def test_use_cases_that_wait_are_found_by_an_index_in_their_order(cast: Cast) -> None:
    """Every page of whoever decides about them counts them, however many were ever proposed."""
    plan = duties.waiting_use_cases().order_by("proposed_at", "pk")[:20].explain()
    assert "use_cases_of_status_by_age" in plan or connection.vendor != "sqlite", plan


def test_what_was_handed_back_says_who_asked_in_which_stage(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    builders.approve_stage(cast, review, "technical")
    reviews.request_changes(review=review, stage="business", rationale="Not yet.", by=cast.business)
    (duty,) = duties.of(cast.author).handed_back
    assert (duty.review, duty.version, duty.stage, duty.by) == (review.pk, str(review.version), "business", "Business")
    assert duties.of(cast.author).count == 1
    assert duties.of(cast.colleague).handed_back == duties.of(cast.business).handed_back == []


def test_what_was_handed_back_twice_says_who_asked_last(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    reviews.request_changes(review=review, stage="technical", rationale="Not yet.", by=cast.technical)
    reviews.submit(review=review, by=cast.author, unchanged=True)
    builders.approve_stage(cast, review, "technical")
    reviews.request_changes(review=review, stage="business", rationale="Not yet.", by=cast.business)
    assert [(duty.stage, duty.by) for duty in duties.of(cast.author).handed_back] == [("business", "Business")]


def test_a_superuser_answers_what_they_asked_for(cast: Cast) -> None:
    review = reviews.ask(version=builders.ready_version(cast), by=cast.superuser)
    reviews.request_changes(review=review, stage="technical", rationale="Not yet.", by=cast.technical)
    assert [duty.review for duty in duties.of(cast.superuser).handed_back] == [review.pk]


def test_a_stage_is_due_again_after_second_thoughts(cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "high"))
    for stage in ("technical", "business"):
        builders.approve_stage(cast, review, stage)
    reviews.request_changes(review=review, stage="business", rationale="Not for this clinic.", by=cast.business)
    reviews.submit(review=review, by=cast.author, unchanged=True)
    assert decisions_of(cast.business) == [(review.pk, "business")]
    assert decisions_of(cast.technical) == []


def test_nobody_finds_their_own_work_among_their_duties(cast: Cast) -> None:
    people.grant_role(person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system())
    builders.ask_for_review(cast, builders.ready_version(cast))
    assert decisions_of(cast.author) == []
    assert len(decisions_of(cast.technical)) == 1


def test_every_kind_of_duty_is_counted(cast: Cast) -> None:
    stories.everything_at_once(cast)
    author = duties.of(Person.objects.get(pk=cast.author.pk))
    assert ([duty.text for duty in author.conditions], len(author.performance_reviews)) == (["Watch it."], 1)
    assert (author.count, author.counted) == (2, "2")
    business = duties.of(cast.business)
    assert ([len(business.use_cases), business.count], business.decisions) == ([1, 1], [])
    assert duties.of(cast.stranger).counted == ""


def test_a_count_that_is_cut_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "MOST", 2)
    for _ in range(3):
        builders.ask_for_review(cast, builders.ready_version(cast))
    found = duties.of(cast.technical)
    assert (len(found.decisions), found.counted) == (2, "2+")


def test_counting_duties_costs_two_statements_and_one_for_those_who_decide_nothing(cast: Cast) -> None:
    """Showing what is to decide takes one more."""
    builders.ask_for_review(cast, builders.ready_version(cast))
    stories.everything_at_once(cast)
    for person, expected in ((cast.technical, 2), (cast.author, 1)):
        person.standing  # noqa: B018 - every page has read it
        with CaptureQueriesContext(connection) as captured:
            found = duties.of(person)
            found.counted  # noqa: B018
        assert len(captured) == expected, person
        with CaptureQueriesContext(connection) as captured:
            assert len(found.decisions) == len(found.waiting)
        assert len(captured) == bool(found.waiting)
