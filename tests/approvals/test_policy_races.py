"""A policy is published while others ask for a review, or decide in one: each waits for the other, and the index of
what awaits a decision says what the rules say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from approvals import notices
from approvals.actions import policies as actions
from approvals.actions import reviews
from approvals.facts import StageFact
from approvals.facts.loading import policy_fact
from approvals.models import Policy, PolicyDraft, Stage
from audit.refusals import codes
from registry.models import Part
from tests import builders, policies
from tests.approvals.test_awaited import by_the_rules, index
from tests.builders import Cast
from tests.threads import overtaking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]
Call = Callable[[], Any]
Place = tuple[Any, str]
#: What each of them does last in its transaction.
PUBLISHING, SUBMITTING, DECIDING = (reviews, "settle_complete"), (notices, "tell_deciders"), (reviews, "_settle")


@pytest.fixture
def draft(cast: Cast) -> PolicyDraft:
    """One that asks for one approval more, beside the first."""
    asked = policy_fact(Policy.objects.current().get(tier__slug="low")).stages
    compliance = StageFact(Stage.COMPLIANCE, asked[0].position, (Part.CARD,))
    return policies.proposed(cast, "low", stages=(*asked, compliance))


@pytest.fixture
def publish(cast: Cast, draft: PolicyDraft) -> Call:
    seen = policies.seen(draft)
    return lambda: actions.publish(draft=draft, seen=seen, reason="As asked.", by=cast.compliance)


@pytest.fixture
def submit(cast: Cast) -> Call:
    review = reviews.open_draft(version=builders.ready_version(cast), by=cast.author)
    return lambda: reviews.submit(review=review, by=cast.author)


@pytest.fixture
def decide(cast: Cast) -> Call:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    return lambda: builders.approve_stage(cast, review, "technical")


@pytest.mark.parametrize(("other", "place"), [("submit", SUBMITTING), ("decide", DECIDING)])
@pytest.mark.parametrize("is_published_first", [True, False])
def test_whoever_comes_second_knows_what_the_first_has_done(
    publish: Call,
    other: str,
    place: Place,
    is_published_first: bool,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meanwhile = request.getfixturevalue(other)
    order = (PUBLISHING, publish, meanwhile) if is_published_first else (place, meanwhile, publish)
    assert overtaking(monkeypatch, *order) == []
    assert index() == by_the_rules()


def test_of_two_verbs_about_a_draft_the_second_is_refused(
    cast: Cast, draft: PolicyDraft, publish: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    (refusal,) = overtaking(monkeypatch, PUBLISHING, publish, lambda: actions.discard(draft=draft, by=cast.admin))
    assert codes(refusal) == ["wrong-state"]
    draft.refresh_from_db()
    assert draft.status == PolicyDraft.Status.PUBLISHED
