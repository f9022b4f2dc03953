"""Which models ran at an instant, of the whole portal: found by deployments, told by the ledger, on both engines."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import ran
from approvals.actions import assessments
from approvals.models import Review
from approvals.ran import CLOCKS_DIFFER
from registry.models import AIModel, Deployment
from tests import builders, policies
from tests.approvals.pasts import approved, at, deployed, ended, on, registered
from tests.builders import Cast
from tests.statements import sql_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

INSTANT = datetime.timedelta(microseconds=1)


def running(
    moment: datetime.datetime, environment: str = "production", team: str = "", tier: str = ""
) -> dict[str, int | None]:
    """The version of each model that ran there, None where only the deployments say that one did."""
    found = ran.narrowed(ran.models(AIModel.objects.order_by("name"), environment, moment), team, tier, moment)
    told = ran.told(found, environment, moment)
    return {each.model.name: each.place.running.version if each.is_told else None for each in told}


def live(cast: Cast, day: int, tier: str = "low") -> tuple[AIModel, Deployment]:
    """A model whose first version went to staging on that day and to production an hour later."""
    model = registered(cast, on(1), tier)
    version = approved(cast, model, on(2))
    deployed(cast, version, on(day), "staging")
    return model, deployed(cast, version, on(day, 11))


def test_each_model_that_ran_there_then_and_no_other(cast: Cast) -> None:
    one, deployment = live(cast, 3)
    other, _ = live(cast, 5)
    second = approved(cast, one, on(4))
    deployed(cast, second, on(6), "staging")
    deployed(cast, second, on(7))
    builders.build_model(cast)
    with at(on(9)):
        ended(cast, Deployment.objects.get(version=second, environment="production"), on(9))
    table = {
        on(3): {},
        on(3, 11) - INSTANT: {},
        on(3, 11): {one.name: 1},
        on(5): {one.name: 1},
        on(6): {one.name: 1, other.name: 1},
        on(7): {one.name: 2, other.name: 1},
        on(9) - INSTANT: {one.name: 2, other.name: 1},
        on(9): {other.name: 1},
    }
    assert {moment: running(moment) for moment in table} == table
    assert running(on(6), "staging") == {one.name: 2, other.name: 1}
    assert running(on(10), "staging") == {one.name: 2, other.name: 1}
    assert deployment.version.number == 1


def test_the_ledgers_clock_decides_where_the_rows_show_another(cast: Cast) -> None:
    """A deployment is written a while before its event is: neither hides a model nor shows one too early."""
    model, deployment = live(cast, 3)
    for shift in (-CLOCKS_DIFFER / 2, CLOCKS_DIFFER / 2):
        _moved(deployment, on(3, 11) + shift)
        assert (running(on(3, 11) - INSTANT), running(on(3, 11))) == ({}, {model.name: 1}), shift


def test_what_the_deployments_say_alone_is_said_to_be_so(cast: Cast) -> None:
    model, deployment = live(cast, 3)
    _moved(deployment, on(2))
    assert running(on(2, 12)) == {model.name: None}
    assert running(on(4)) == {model.name: 1}


def _moved(deployment: Deployment, moment: datetime.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_deployment SET deployed_at = %s WHERE id = %s",
            [moment.replace(tzinfo=None) if connection.vendor == "sqlite" else moment, deployment.pk],
        )


def test_by_team_and_by_tier(cast: Cast) -> None:
    low, _ = live(cast, 3)
    high, _ = live(cast, 3, "high")
    assert running(on(4), tier="low") == {low.name: 1}
    assert running(on(4), tier="high") == {high.name: 1}
    assert running(on(4), team=cast.team.slug) == {high.name: 1, low.name: 1}
    assert running(on(4), team="another") == {}


def test_by_the_tier_that_it_had_then(cast: Cast) -> None:
    model, _ = live(cast, 3)
    with at(on(5)):
        use_case = builders.build_use_case(cast)
        assessments.assess(model=model, answers=builders.ANSWERS["high"], use_case=use_case, by=cast.author)
    with at(on(7)):
        given = {"model": model, "answers": builders.NO_RISK, "reason": "It decides about nobody.", "by": cast.author}
        proposal = assessments.assess(**given)
    with at(on(9)):
        assessments.confirm(assessment=proposal, reason="As said.", by=cast.compliance)
    for moment, tier in {on(4): "low", on(5): "high", on(8): "high", on(9): "low"}.items():
        assert running(moment, tier=tier) == {model.name: 1}
        assert running(moment, tier="low" if tier == "high" else "high") == {}
        (found,) = ran.told(ran.models(AIModel.objects.all(), "production", moment), "production", moment)
        assert found.standing.tier == tier


def test_the_policy_is_the_one_that_was_newest_when_the_review_was_opened(cast: Cast) -> None:
    model, _ = live(cast, 3)
    with at(on(5)):
        policies.published_stricter(cast, Review.objects.get().policy.tier.slug)
    second = approved(cast, model, on(6))
    deployed(cast, second, on(7), "staging")
    deployed(cast, second, on(8))
    assert [_policy(day) for day in (6, 9)] == [("low", 1), ("low", 2)]


def _policy(day: int) -> tuple[str, int]:
    (found,) = ran.told(ran.models(AIModel.objects.all(), "production", on(day)), "production", on(day))
    (judgement,) = found.place.judgements
    return judgement.policy.facts["tier"], judgement.policy.facts["revision"]


def test_one_statement_tells_of_all_models(cast: Cast) -> None:
    def cost() -> int:
        models = list(ran.models(AIModel.objects.all(), "production", on(20)))
        with CaptureQueriesContext(connection) as asked:
            assert len(list(ran.told(models, "production", on(20)))) == len(models)
        return len(sql_of(asked))

    live(cast, 3)
    few = cost()
    for _ in range(4):
        live(cast, 4)
    assert (few, cost()) == (1, 1)
