"""The dry run of a policy says exactly what publishing it then does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals import facts as version_facts
from approvals import forecasting, gates, terms
from approvals.actions import policies as actions
from approvals.facts import PolicyTerms, StageFact
from approvals.models import Forecast, ForecastChange, PolicyDraft, Stage
from approvals.tasks import compute_waiting_forecasts
from registry.models import Part
from tests import builders, policies
from tests.builders import Cast
from tests.statements import sql_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

Effect = ForecastChange.Effect


def found(draft: PolicyDraft) -> dict[tuple[str, str], str]:
    """The effect for each version and environment, as the worker has found it."""
    forecast = forecasting.ask(draft)
    assert compute_waiting_forecasts() == 1
    forecast.refresh_from_db()
    assert forecast.finished_at is not None
    assert forecast.done == forecast.total
    changes = forecast.changes.select_related("version__model")
    return {(str(change.version), change.environment): change.effect for change in changes}


def stricter(wanted: PolicyTerms) -> PolicyTerms:
    return replace(wanted, thresholds=tuple(replace(each, limit=Decimal("0.999")) for each in wanted.thresholds))


def with_compliance(wanted: PolicyTerms) -> PolicyTerms:
    return replace(wanted, stages=(*wanted.stages, StageFact(Stage.COMPLIANCE, 2, (Part.CARD,))))


def drafted(cast: Cast, tier: str, change: Callable[[PolicyTerms], PolicyTerms]) -> PolicyDraft:
    draft = policies.begun(cast, tier)
    wanted, seen = change(terms.of_plain(draft.terms)), draft.changed_at.isoformat()
    return actions.revise(draft=draft, wanted=wanted, reason="Asked for.", seen=seen, by=cast.admin)


def test_what_runs_and_could_not_be_deployed_again_comes_first(cast: Cast) -> None:
    approved, running = builders.approved_version(cast), builders.deployed_version(cast)
    effects = found(drafted(cast, "low", stricter))
    assert (effects[str(running), "staging"], effects[str(approved), "staging"]) == (Effect.RUNNING, Effect.CLOSED)
    assert list(effects.values()) == sorted(effects.values(), key=list(Effect).index)


def test_what_is_in_review_is_asked_for_more_and_the_reasons_are_said(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    builders.ask_for_review(cast, version)
    draft = drafted(cast, "medium", with_compliance)
    assert found(draft)[str(version), "production"] == Effect.REVIEW
    (change,) = ForecastChange.objects.filter(version=version, environment="production")
    assert any("Compliance" in why for why in change.why)


def test_versions_that_nobody_asked_about_are_not_spoken_of(cast: Cast) -> None:
    builders.ready_version(cast, "medium")
    assert found(drafted(cast, "medium", stricter)) == {}


def test_other_tiers_stay_as_they_are(cast: Cast) -> None:
    builders.deployed_version(cast)
    assert found(drafted(cast, "high", stricter)) == {}


@pytest.mark.parametrize("change", [stricter, with_compliance])
def test_publishing_does_what_the_dry_run_said(cast: Cast, change: Any) -> None:
    versions = [builders.deployed_version(cast), builders.approved_version(cast)]
    in_review = builders.ready_version(cast)
    builders.ask_for_review(cast, in_review)
    draft = drafted(cast, "low", change)
    said = found(draft)
    wanted = terms.of_plain(draft.terms)
    before = {version.pk: version_facts.of(version) for version in (*versions, in_review)}
    foreseen = {pk: messages(forecasting.under(facts, wanted)) for pk, facts in before.items()}

    actions.propose(draft=draft, seen=policies.seen(draft), by=cast.admin)
    actions.publish(draft=draft, seen=policies.seen(draft), reason="As foreseen.", by=cast.compliance)

    for version in (*versions, in_review):
        assert messages(version_facts.of(version)) == foreseen[version.pk]
        is_changed = messages(before[version.pk]) != foreseen[version.pk]
        assert any(name == str(version) for name, _ in said) is is_changed


def messages(facts: version_facts.VersionFacts) -> dict[str, list[str]]:
    return {
        environment: [finding.message for finding in gates.ask(facts, environment).findings]
        for environment in ("staging", "production")
    }


def test_the_same_is_not_looked_at_twice_at_once(cast: Cast) -> None:
    draft = policies.written(cast)
    assert forecasting.ask(draft) == forecasting.ask(draft)
    assert Forecast.objects.count() == 1


def test_whoever_comes_second_writes_nothing(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    builders.ask_for_review(cast, version)
    forecast = forecasting.ask(drafted(cast, "medium", with_compliance))
    forecasting.compute(forecast)
    written = list(forecast.changes.values_list("pk", flat=True))
    forecasting.compute(forecast)
    assert list(forecast.changes.values_list("pk", flat=True)) == written != []


def test_one_that_fails_is_left_for_the_next_sweep_and_holds_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = forecasting.ask(policies.written(cast)), forecasting.ask(policies.written(cast, "high"))
    compute = forecasting.compute

    def failing(forecast: Forecast) -> bool:
        if forecast == broken:
            raise RuntimeError("The database went away.")
        return compute(forecast)

    monkeypatch.setattr(forecasting, "compute", failing)
    assert compute_waiting_forecasts() == 1
    assert list(Forecast.objects.waiting()) == [broken]
    assert Forecast.objects.get(pk=fine.pk).finished_at <= timezone.now()


def test_of_two_workers_one_computes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    forecast, answers = forecast_of_more(cast), []
    meanwhile(monkeypatch, lambda: answers.append(compute_waiting_forecasts()))
    assert (compute_waiting_forecasts(), answers) == (1, [0])
    assert forecast.changes.exists()


def test_one_that_was_given_up_writes_nothing_beside_the_one_that_was_begun_anew(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast, answers = forecast_of_more(cast), []

    def give_up() -> None:
        Forecast.objects.update(seen_at=timezone.now() - forecasting.PATIENCE)
        answers.append(compute_waiting_forecasts())

    meanwhile(monkeypatch, give_up)
    compute_waiting_forecasts()
    assert answers == [1]
    assert [change.place for change in forecast.changes.all()] == [0]


def forecast_of_more(cast: Cast) -> Forecast:
    """Of a draft that asks more of one version in review, before it goes to production."""
    builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    return forecasting.ask(drafted(cast, "medium", with_compliance))


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Has it done once, while the first worker reads the facts."""
    load = version_facts.load

    def loading(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(version_facts, "load", load)
        act()
        return load(*args, **options)

    monkeypatch.setattr(version_facts, "load", loading)


def test_one_that_failed_waits_for_nobody(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    forecasting.ask(policies.written(cast))
    with monkeypatch.context() as patch:
        patch.setattr(forecasting, "looked_at", lambda tier: 1 / 0)
        assert compute_waiting_forecasts() == 0
    assert compute_waiting_forecasts() == 1


def test_the_statements_grow_with_hundreds_of_versions_only(cast: Cast) -> None:
    counts = []
    for more in (1, 6):
        for _ in range(more):
            builders.ask_for_review(cast, builders.ready_version(cast, "low"))
        draft = drafted(cast, "low", stricter)
        forecast = forecasting.ask(draft)
        with CaptureQueriesContext(connection) as captured:
            forecasting.compute(forecast)
        counts.append(len(sql_of(captured)))
        actions.discard(draft=draft, by=cast.admin)
    assert counts[0] == counts[1]


def test_what_a_version_was_last_reviewed_under_still_counts_beside_the_draft(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    builders.ask_for_review(cast, version)
    draft = drafted(cast, "medium", lambda wanted: replace(wanted, stages=wanted.stages[:1]))
    now = version_facts.of(version)
    assert forecasting.under(now, terms.of_plain(draft.terms)).stages == now.stages
    assert found(draft) == {}
