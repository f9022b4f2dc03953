"""Facts come with one statement, whatever there is to read, and are the same on every engine."""

from __future__ import annotations

import datetime
import sys
from decimal import Decimal
from typing import Any

import pytest
from django.db.models.sql import Query

from approvals import facts, gates
from approvals.actions import reviews
from approvals.facts.loading import JSONRows, _everything, _of_all
from registry.models import ModelVersion
from tests import builders
from tests.builders import Cast
from tests.threads import answers_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def test_everything_comes_with_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    version = builders.deployed_version(cast, "high")
    with django_assert_num_queries(1):
        gates.ask(facts.of(version), "production")


def test_many_versions_come_with_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    for tier in ("low", "medium", "high", "low"):
        builders.ready_version(cast, tier)
    with django_assert_num_queries(1):
        found = facts.load(ModelVersion.objects.order_by("pk"))
        [gates.ask(each, "production") for each in found]
    assert [len(each.stages) for each in found] == [1, 2, 4, 1]


def test_a_part_of_a_list_comes_in_its_order_with_two_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        builders.build_version(cast)
    listed = ModelVersion.objects.order_by("-pk")
    with django_assert_num_queries(2):
        found = facts.load(listed[1:3])
    assert [each.version for each in found] == list(listed[1:3])
    with django_assert_num_queries(1):
        assert facts.load(listed[3:4]) == []


@pytest.mark.django_db(transaction=True)
def test_threads_that_ask_first_write_a_copy_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a subquery says is put together by changing it, and threads share it."""
    written: list[Query] = []
    write = JSONRows.as_sql
    monkeypatch.setattr(
        JSONRows, "as_sql", lambda rows, *said, **how: (written.append(rows.query), write(rows, *said, **how))[1]
    )
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    _of_all.cache_clear()
    asked = _of_all(_everything)
    try:
        said = answers_at_once([lambda: str(asked.filter(pk=1).query)] * 4)
    finally:
        sys.setswitchinterval(switching)
    assert len({id(query) for query in written}) == len(written) > 0
    assert len(said) == 4
    assert len(set(said)) == 1


def test_figures_and_times_are_exact(cast: Cast) -> None:
    version = builders.build_version(cast)
    evaluation = builders.attach_evaluation(cast, version, figures={"accuracy": "0.123456", "mae": "123456789.123456"})
    known = facts.of(version).evaluations["staging"]
    values = {figure.metric: figure.value for figure in known.measurements if not figure.group}
    assert values == {"accuracy": Decimal("0.123456"), "mae": Decimal("123456789.123456")}
    assert known.at == evaluation.attached_at
    assert known.at.tzinfo == datetime.UTC


def test_only_the_newest_evaluation_of_a_purpose_counts(cast: Cast) -> None:
    version = builders.build_version(cast)
    builders.attach_evaluation(cast, version, figures={"accuracy": "0.5"})
    newest = builders.attach_evaluation(cast, version, figures={"accuracy": "0.9"})
    assert facts.of(version).evaluations["staging"].id == newest.pk


def test_the_decisions_of_a_withdrawn_review_count_no_more(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    assert facts.of(version).is_approved("technical")
    reviews.withdraw(review=review, by=cast.author)
    assert not facts.of(version).is_approved("technical")


def test_a_stage_opens_when_those_before_it_are_approved(cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    review = builders.ask_for_review(cast, version)

    def open_stages() -> list[str]:
        known = facts.of(version)
        return [s.stage for s in known.stages if known.is_open(s) and not known.is_approved(s.stage)]

    assert open_stages() == ["technical"]
    builders.approve_stage(cast, review, "technical")
    assert open_stages() == ["business", "compliance"]
    builders.approve_stage(cast, review, "compliance")
    assert open_stages() == ["business"]
    builders.approve_stage(cast, review, "business")
    assert open_stages() == ["deployment"]
