"""The portfolio that benchmarks measure with is made of what the actions write, and its pages open."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import Client, TestCase

from approvals.models import Review
from audit import verify
from benchmarks import portfolio, sample, visits
from benchmarks.names import ModelNames
from registry.models import AIModel, ModelVersion, Person

MODELS = 3 * sample.MODELS
pytestmark = pytest.mark.engines


def states(copy: int) -> list[tuple[str, str, str]]:
    """Of each model of one copy, or of the sample itself for 0: tier, status of the newest version, its last review."""
    found = []
    for number in range(copy * sample.MODELS, (copy + 1) * sample.MODELS):
        model = AIModel.objects.select_related("tier").get(name=ModelNames.of(number).name)
        version = ModelVersion.objects.with_status().filter(model=model).first()
        review = Review.objects.filter(version=version).first()
        tier = model.tier.slug if model.tier else "unassessed"
        found.append((tier, version.status if version else "", review.status if review else ""))
    return found


class TestPortfolio(TestCase):
    """Written once for all: telling the sample takes seconds."""

    @classmethod
    def setUpTestData(cls) -> None:
        portfolio.write(MODELS)

    def test_every_copy_is_what_the_actions_made_of_the_sample(self) -> None:
        told = states(0)
        assert states(1) == states(2) == told
        assert AIModel.objects.count() == MODELS
        assert {"low", "medium", "high", "unassessed"} == {tier for tier, _, _ in told}
        assert {"development", "staging", "production", ""} == {status for _, status, _ in told}
        assert {"", "in_review", "changes_requested", "approved", "rejected"} == {review for _, _, review in told}

    def test_the_ledger_proves_every_event_row_and_history_of_it(self) -> None:
        assert verify.events_whole().fault is None
        proof = verify.rows_as_recorded()
        assert (proof.fault, proof.count > 20 * MODELS) == (None, True)

    def test_models_are_spread_over_people_and_time(self) -> None:
        owners = Counter(AIModel.objects.values_list("owner", flat=True))
        assert len(owners) == 3 * len(sample.TEAMS)
        assert Person.objects.known().count() == portfolio.FEWEST_SETS * len(sample.PEOPLE)
        moments = list(AIModel.objects.order_by("pk").values_list("registered_at", flat=True))
        assert moments == sorted(moments)
        assert moments[-1] - moments[0] > portfolio.PAST / 2

    def test_every_page_that_is_measured_opens(self) -> None:
        measured = list(visits.visits())
        headers = {who: visits.headers_of(who) for who in {visit.who for visit in measured}}
        answers = {
            (visit.name, visit.who): Client(headers=headers[visit.who]).get(visit.address).status_code
            for visit in measured
        }
        assert {visit: status for visit, status in answers.items() if status != 200} == {}


def test_a_number_of_models_that_is_no_multiple_of_the_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 20"):
        portfolio.write(sample.MODELS + 1)
