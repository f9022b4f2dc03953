"""What deciding costs: the same for little evidence and much."""

from __future__ import annotations

import pytest

from approvals.actions import reviews
from approvals.models import Review
from registry.models import ModelVersion
from tests import builders
from tests.builders import Cast
from tests.statements import counted

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

MOST = 24


def deciding(cast: Cast, review: Review, verb: str) -> list[str]:
    act = {"approve": reviews.approve, "reject": reviews.reject, "request_changes": reviews.request_changes}[verb]
    return counted(lambda: act(review=review, stage="technical", rationale="Seen.", by=cast.technical))


def version_with(cast: Cast, evaluations: int) -> ModelVersion:
    version = builders.ready_version(cast, "high")
    for _ in range(evaluations - 1):
        builders.attach_evaluation(cast, version)
    return version


@pytest.mark.parametrize("verb", ["approve", "request_changes", "reject"])
def test_a_decision_costs_the_same_for_one_row_of_evidence_and_for_fifty(cast: Cast, verb: str) -> None:
    little, much = (builders.ask_for_review(cast, version_with(cast, number)) for number in (1, 50))
    deciding(cast, builders.ask_for_review(cast, builders.ready_version(cast, "high")), verb)
    costs = [deciding(cast, review, verb) for review in (little, much)]
    assert len(costs[0]) == len(costs[1]) <= MOST, "\n".join(costs[1])


def test_the_decision_that_completes_a_review_costs_no_more_than_a_page(cast: Cast) -> None:
    deciding(cast, builders.ask_for_review(cast, builders.ready_version(cast)), "approve")
    cost = deciding(cast, builders.ask_for_review(cast, builders.ready_version(cast)), "approve")
    assert len(cost) <= MOST, "\n".join(cost)
