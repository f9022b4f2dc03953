"""How groups compare, as a reviewer reads it: the worst slice marked, gaps beside their bounds, tables that fit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from approvals import facts, gates, presenting
from registry.models import ModelVersion
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db


def by_group(metric: str, group: str, **values: str) -> list[dict[str, Any]]:
    return [
        {"metric": metric, "value": Decimal(value), "group": group, "slice": name, "sample_size": 40}
        for name, value in values.items()
    ]


def overall() -> list[dict[str, Any]]:
    return [{"metric": metric, "value": Decimal(value)} for metric, value in builders.GOOD.items()]


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return builders.ready_version(cast, "high")


def test_the_worst_slice_of_each_metric_is_marked(cast: Cast, version: ModelVersion) -> None:
    rows = by_group("recall", "sex", female="0.8", male="0.9")
    rows += by_group("false_positive_rate", "sex", female="0.1", male="0.12")
    builders.attach_evaluation(cast, version, "production", measurements=overall() + rows)

    (table,) = presenting.fairness(facts.of(version)).groups
    marks = {row.name: {cell.metric: cell.figure.mark for cell in row.cells} for row in table.slices}
    assert marks == {
        "female": {"False positive rate": "", "Recall": "Worst"},
        "male": {"False positive rate": "Worst", "Recall": ""},
    }


def test_a_reviewer_reads_the_mark_in_words(cast: Cast, version: ModelVersion) -> None:
    review = builders.ask_for_review(cast, version)
    page = signed_in(cast.compliance).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
    fairness = page[page.index("Fairness by group") :]
    assert '0.120<span class="table__sub"><span class="chip chip--quiet">' in fairness
    assert "Worst</span>" in fairness
    assert "Worst: sex male, 0.120" in page[: page.index("Fairness by group")]


def test_many_metrics_become_tables_of_few_columns_each(cast: Cast, version: ModelVersion) -> None:
    metrics = ["accuracy", "brier", "f1", "recall", "roc_auc"]
    rows = [row for metric in metrics for row in by_group(metric, "age_band", old="0.5", young="0.6")]
    builders.attach_evaluation(cast, version, "production", measurements=overall() + rows)

    tables = presenting.fairness(facts.of(version)).groups
    assert [len(table.metrics) for table in tables] == [3, 2]
    assert {table.name for table in tables} == {"age band"}
    assert [[len(row.cells) for row in table.slices] for table in tables] == [[3, 3], [2, 2]]


def test_a_missed_gap_comes_first_beside_its_bound(cast: Cast, version: ModelVersion) -> None:
    rows = by_group("recall", "age_band", old="0.8", young="0.9")
    rows += by_group("false_positive_rate", "sex", female="0.05", male="0.3")
    builders.attach_evaluation(cast, version, "production", measurements=overall() + rows)

    first, second = presenting.fairness(facts.of(version)).groups
    (gap,) = first.gaps
    assert (first.name, gap.value, gap.bound, gap.state) == ("sex", Decimal("0.25"), "at most 0.15", "unmet")
    assert (second.name, second.is_missed, second.gaps[0].state) == ("age band", False, "")


def test_one_slice_alone_has_no_gap_and_no_mark(cast: Cast, version: ModelVersion) -> None:
    builders.attach_evaluation(
        cast, version, "production", measurements=overall() + by_group("recall", "sex", female="0.8")
    )
    (table,) = presenting.fairness(facts.of(version)).groups
    assert table.gaps[0].value is None
    assert table.slices[0].cells[0].figure.mark == ""


class TestAGroupThatMissesWhatIsAskedOfAll:
    POINT = "Worst group for production: Recall of age band under 40 is 0.050; of all cases together the policy asks at"

    def attach(self, cast: Cast, version: ModelVersion, **values: str) -> None:
        rows = by_group("recall", "age_band", **{name.replace("_", " "): value for name, value in values.items()})
        rates = by_group("false_positive_rate", "age_band", old="0.1", young="0.1")
        builders.attach_evaluation(cast, version, "production", measurements=overall() + rows + rates)

    def test_is_pointed_out_to_author_and_reviewers_and_holds_nothing_up(
        self, cast: Cast, version: ModelVersion
    ) -> None:
        before = gates.ask(facts.of(version), "production").findings
        self.attach(cast, version, over_40="0.5", under_40="0.05")
        asking = reverse("approvals:review_open", args=[version.model.name, version.number])
        page = signed_in(cast.author).get(asking).content.decode()
        assert "You may submit. Reviewers will see this point:" in page
        assert self.POINT in page
        review = builders.ask_for_review(cast, version)
        page = signed_in(cast.compliance).get(reverse("approvals:review_detail", args=[review.pk])).content.decode()
        assert "1 point to look at" in page
        assert self.POINT in page
        assert "It sets no bound for single groups" in page
        after = gates.ask(facts.of(version), "production").findings
        assert [each.code for each in after] == [each.code for each in before]

    def test_is_not_one_that_keeps_it(self, cast: Cast, version: ModelVersion) -> None:
        self.attach(cast, version, over_40="0.6", under_40="0.9")
        assert presenting.concerns(facts.of(version)) == []

    def test_costs_the_pages_nothing(self, cast: Cast, version: ModelVersion) -> None:
        asking = reverse("approvals:review_open", args=[version.model.name, version.number])
        client = signed_in(cast.author)
        without = statements(client, asking)
        self.attach(cast, version, over_40="0.5", under_40="0.05")
        assert statements(client, asking) == without
