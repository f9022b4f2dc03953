"""The registry's rules, as truth tables written out by hand."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from registry import metrics, rules


def test_figures_are_there_and_not_twice() -> None:
    once = {"metric": "mae", "value": Decimal(1), "group": "sex", "slice": "female"}
    assert rules.against_measurements([once]) == []
    assert [objection.code for objection in rules.against_measurements([])] == ["no-measurement"]
    assert [objection.code for objection in rules.against_measurements([once, once])] == ["measured-twice"]
    assert rules.against_measurements([once, once | {"slice": "male"}]) == []


@pytest.mark.parametrize(
    ("metric", "value", "possible"),
    [
        ("roc_auc", "1", True),
        ("roc_auc", "51", False),
        ("recall", "-0.1", False),
        ("r2", "-12.5", True),
        ("r2", "1.01", False),
        ("mae", "1200", True),
        ("mae", "-1", False),
        ("clinic_score", "-999", True),
    ],
)
def test_a_figure_lies_where_its_metric_can_lie(metric: str, value: str, possible: bool) -> None:
    objections = rules.against_measurements([{"metric": metric, "value": Decimal(value)}])
    assert [objection.code for objection in objections] == ([] if possible else ["impossible-value"])


@pytest.mark.parametrize(
    ("metric", "value", "is_explained"),
    [("r2", "-0.001", True), ("r2", "0", False), ("r2", "0.4", False), ("clinic_score", "-1", False)],
)
def test_what_a_share_below_nothing_means_is_said(metric: str, value: str, is_explained: bool) -> None:
    remark = metrics.metric(metric).remark(Decimal(value))
    assert remark == ("worse than always predicting the average" if is_explained else "")


@pytest.mark.parametrize(
    ("days", "result", "evidence", "fields"),
    [
        (-1, "passed", "https://ci.example.org/1", []),
        (1, "passed", "run 1", ["rollback_tested_on"]),
        (0, "passed", " ", ["rollback_test_evidence"]),
        (0, "", "run 1", ["rollback_test_result"]),
        (None, "passed", "run 1", ["rollback_tested_on"]),
        (None, "", "", []),
    ],
)
def test_a_rollback_test_is_past_whole_and_shown(
    days: int | None, result: str, evidence: str, fields: list[str]
) -> None:
    today = datetime.date(2026, 11, 23)
    tested_on = None if days is None else today + datetime.timedelta(days=days)
    plan = {"rollback_tested_on": tested_on, "rollback_test_result": result, "rollback_test_evidence": evidence}
    assert list(rules.against_release_plan(plan, today)) == fields


@pytest.mark.parametrize("written", ["roc_auc", "ROC AUC", " roc auc ", "Roc-Auc"])
def test_a_metric_is_known_however_it_is_written(written: str) -> None:
    assert metrics.slug_of(written) == "roc_auc"
