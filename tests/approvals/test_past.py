"""What ran at an instant, by stories told through real actions, on both engines; nothing but events is asked."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals import past
from approvals.actions import conditions, reviews, stops
from approvals.models import Condition
from approvals.past import Happened, Past
from audit.ledger import entry
from audit.models import Event
from registry.models import AIModel, Deployment, ModelVersion
from tests import builders, policies
from tests.approvals.pasts import approved, at, deployed, ended, on, registered, retired
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.statements import sql_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

INSTANT = datetime.timedelta(microseconds=1)


def running(model: AIModel, moment: datetime.datetime) -> tuple[int | None, int | None]:
    """The versions in production and in staging."""
    production, staging = past.of(model, moment).places
    return tuple(place.running.version if place.running else None for place in (production, staging))


def counted(model: AIModel, moment: datetime.datetime) -> list[tuple[str, str]]:
    """The decisions about what ran in production."""
    return [(each.stage, each.outcome) for each in past.of(model, moment).places[0].judgements]


def test_replaced_and_rolled_back_to_the_version_before(cast: Cast) -> None:
    model = registered(cast, on(1))
    first = approved(cast, model, on(2))
    deployed(cast, first, on(3), "staging")
    deployed(cast, first, on(4), reference="change 7")
    second = approved(cast, model, on(5))
    deployed(cast, second, on(6), "staging")
    deployed(cast, second, on(7))
    deployed(cast, first, on(8))
    table = {
        on(2): (None, None),
        on(3): (None, 1),
        on(4) - INSTANT: (None, 1),
        on(4): (1, 1),
        on(5): (1, 1),
        on(6): (1, 2),
        on(7): (2, 2),
        on(8) - INSTANT: (2, 2),
        on(8): (1, 2),
        on(30): (1, 2),
    }
    assert {moment: running(model, moment) for moment in table} == table
    then = past.of(model, on(7))
    deed = then.places[0].running
    assert (deed.actor, deed.at, deed.facts["replaced"]) == (cast.release.pk, on(7), 1)
    assert deed.facts["artifact_sha256"] == second.artifact_sha256
    assert Event.objects.get(uid=deed.uid).kind == "approvals.deployment.recorded"
    again = past.of(model, on(9)).places[0].running
    assert (again.at, again.facts["replaced"]) == (on(8), 2)


def test_an_end_leaves_nothing_and_says_what_had_run(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    staged = deployed(cast, version, on(3), "staging")
    live = deployed(cast, version, on(4))
    ended(cast, live, on(5))
    assert running(model, on(5) - INSTANT) == (1, 1)
    assert running(model, on(5)) == (None, 1)
    production = past.of(model, on(6)).places[0]
    assert (production.ended.version, production.ended.at, production.judgements) == (1, on(5), ())
    ended(cast, staged, on(7))
    assert running(model, on(7)) == (None, None)
    deployed(cast, version, on(8), "staging")
    assert (running(model, on(8)), past.of(model, on(8)).places[1].ended) == ((None, 1), None)


def test_a_retired_version_is_said_to_be(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    ended(cast, deployed(cast, version, on(3), "staging"), on(4))
    retired(cast, version, on(5))
    assert past.of(model, on(5) - INSTANT).retired == ()
    assert [(each.version, each.actor) for each in past.of(model, on(5)).retired] == [(1, cast.author.pk)]
    assert past.of(model, on(5) - INSTANT).later == on(5)


def test_retirement_ends_what_runs_whatever_the_rules_of_the_day_let_through() -> None:
    """Today nothing is retired that runs. The past does not depend on that."""
    events = [
        happened(1, "registry.model.registered", 1, tier="low"),
        happened(2, "approvals.deployment.recorded", 2, version=1, environment="production"),
        happened(3, "approvals.deployment.recorded", 3, version=2, environment="staging"),
        happened(4, "approvals.version.retired", 4, version=1),
    ]
    production, staging = past.told(events, on(4)).places
    assert (production.running, production.ended) == (None, events[3])
    assert staging.running == events[2]


def happened(pk: int, kind: str, day: int, **facts: Any) -> Happened:
    return Happened(pk, uuid.uuid4(), kind, uuid.uuid4(), on(day), facts)


def test_the_ledgers_order_tells_and_its_clock_says_what_is_before() -> None:
    """Two events of one moment are told in the order of their numbers; a clock that was set back hides nothing else."""
    events = [
        happened(1, "registry.model.registered", 1, tier="low"),
        happened(2, "approvals.deployment.recorded", 5, version=1, environment="production"),
        happened(3, "approvals.deployment.recorded", 5, version=2, environment="production"),
        happened(4, "approvals.deployment.recorded", 4, version=3, environment="production"),
    ]
    assert past.told(events, on(5)).places[0].running == events[3]
    assert past.told(events, on(4)).places[0].running == events[3]
    assert past.told(events[:3], on(5)).places[0].running == events[2]
    assert past.told(events[:3], on(5) - INSTANT).places[0].running is None


def test_what_happened_within_one_second_is_told_apart(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    moments = [on(3, second=0.25), on(3, second=0.5), on(3, second=0.75)]
    live = deployed(cast, version, moments[0], "staging")
    ended(cast, live, moments[1])
    deployed(cast, version, moments[2], "staging")
    found = [running(model, moment)[1] for moment in (on(3), *moments, on(3, second=1))]
    assert found == [None, 1, None, 1, 1]
    between = past.of(model, moments[1])
    assert (between.earlier, between.later) == (moments[0], moments[2])


def test_before_its_first_event_there_is_no_model(cast: Cast) -> None:
    model = registered(cast, on(2))
    before = past.of(model, on(2) - INSTANT)
    assert (before.registered, before.tier, before.running, before.places) == (None, "", [], ())
    assert (before.earlier, before.later) == (None, on(2))
    then = past.of(model, on(2))
    assert (then.registered.actor, then.tier, then.running) == (cast.author.pk, "low", [])
    assert (then.earlier, then.later) == (None, None)


def test_each_stage_with_its_evidence_as_it_was_decided_on(cast: Cast) -> None:
    model = registered(cast, on(1), "high")
    with at(on(2)):
        version = builders.ready_version(cast, model=model)
        review = builders.ask_for_review(cast, version)
        due = timezone.localdate() + datetime.timedelta(days=30)
        builders.approve_stage(
            cast,
            review,
            "technical",
            rationale="The figures hold.",
            conditions=[{"text": text, "owner": cast.author, "due_on": due} for text in ("Watch it.", "Ask again.")],
        )
        for stage in ("business", "compliance", "deployment"):
            builders.approve_stage(cast, review, stage)
    deployed(cast, version, on(3), "staging")
    deployed(cast, version, on(4))
    with at(on(5)):
        kept = Condition.objects.get(text="Ask again.")
        conditions.fulfil(condition=kept, fulfilment="Asked.", by=cast.author)
        builders.write_card(cast, version, seen_revision=1, overview="Something else.")
    technical, *others = past.of(model, on(4)).places[0].judgements
    assert [each.stage for each in (technical, *others)] == ["technical", "business", "compliance", "deployment"]
    assert all(each.approves for each in (technical, *others))
    assert [each.event.actor for each in others] == [cast.business.pk, cast.compliance.pk, cast.release.pk]
    assert technical.outcome == "approved_with_conditions"
    assert [(promise.text, promise.kept) for promise in technical.promises] == [
        ("Watch it.", None),
        ("Ask again.", None),
    ]
    decision = review.decisions.get(stage="technical")
    assert technical.evidence == decision.evidence
    assert Event.objects.get(pk=technical.event.pk).reason == "The figures hold."
    technical = past.of(model, on(6)).places[0].judgements[0]
    assert technical.evidence == decision.evidence
    assert [promise.kept and promise.kept.at for promise in technical.promises] == [None, on(5)]


def test_conditions_that_were_kept_before_decisions_were_named_are_found_by_their_words() -> None:
    told = {"version": 1, "stage": "technical", "outcome": "approved_with_conditions", "evidence": {}, "review": "R-1"}
    events = [
        happened(1, "registry.model.registered", 1, tier="low"),
        happened(2, "approvals.review.approved", 2, **told, conditions=["Watch it.", "Watch it."]),
        happened(3, "approvals.deployment.recorded", 3, version=1, environment="production"),
        happened(4, "approvals.condition.fulfilled", 4, version=1, condition="Watch it."),
        happened(5, "approvals.condition.fulfilled", 5, version=1, condition="Watch it."),
        happened(6, "approvals.condition.fulfilled", 6, version=1, condition="Another."),
    ]

    def kept(day: int) -> list[Happened | None]:
        return [promise.kept for promise in past.told(events, on(day)).places[0].judgements[0].promises]

    assert [kept(3), kept(4), kept(6)] == [[None, None], [events[3], None], [events[3], events[4]]]


def test_approvals_stay_when_changes_are_requested_and_go_when_the_review_is_withdrawn(cast: Cast) -> None:
    """As the gates judge: the newest decision of each stage, in whatever review, unless that was withdrawn."""
    model = registered(cast, on(1), "medium")
    with at(on(2)):
        version = builders.ready_version(cast, model=model)
        review = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, review, "technical")
        reviews.request_changes(review=review, stage="business", rationale="Say more.", by=cast.business)
    with at(on(3)):
        review.refresh_from_db()
        reviews.submit(review=review, by=cast.author, unchanged=True)
        builders.approve_stage(cast, review, "business")
    deployed(cast, version, on(4), "staging")
    deployed(cast, version, on(5))
    with at(on(6)):
        builders.write_card(cast, version, seen_revision=1, overview="Something else.")
        second = builders.ask_for_review(cast, version)
        reviews.request_changes(review=second, stage="technical", rationale="Explain.", by=cast.technical)
    with at(on(7)):
        second.refresh_from_db()
        reviews.withdraw(review=second, by=cast.author)
    both = [("technical", "approved"), ("business", "approved")]
    assert counted(model, on(5)) == both
    assert counted(model, on(6)) == [("technical", "changes_requested"), ("business", "approved")]
    assert counted(model, on(7)) == both
    assert [each.event.at for each in past.of(model, on(7)).places[0].judgements] == [on(2), on(3)]


def test_a_rejection_counts_as_long_as_nothing_newer_is_decided(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    deployed(cast, version, on(4))
    with at(on(5)):
        builders.attach_evaluation(cast, version)
        review = builders.ask_for_review(cast, version)
        reviews.reject(review=review, stage="technical", rationale="No longer.", by=cast.technical)
    with at(on(6)):
        builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
    assert [counted(model, on(day)) for day in (4, 5, 6)] == [
        [("technical", "approved")],
        [("technical", "rejected")],
        [("technical", "approved")],
    ]


def test_an_import_has_no_tier_until_it_is_assessed() -> None:
    events = [
        happened(1, "registry.model.imported", 1, source="CSV"),
        happened(2, "registry.model.assessed", 2, tier="high"),
    ]
    assert [past.told(events, on(day)).tier for day in (1, 2)] == ["", "high"]
    assert past.told(events, on(1)).registered == events[0]


def test_earlier_and_later_visit_every_answer_there_was(cast: Cast) -> None:
    model = registered(cast, on(1))
    first = approved(cast, model, on(2))
    live = deployed(cast, first, on(3), "staging")
    approved(cast, model, on(4))
    ended(cast, live, on(5))

    forwards, moment = [], on(1) - INSTANT
    while (moment := past.of(model, moment).later) is not None:
        forwards.append(moment)
    backwards, moment = [], on(30)
    while (moment := past.of(model, moment).earlier) is not None:
        backwards.append(moment)
    assert forwards == [on(1), on(3), on(5)]  # nothing ran when versions were approved
    assert backwards == forwards[::-1]


def test_another_models_events_and_refusals_tell_nothing(cast: Cast) -> None:
    model, other = registered(cast, on(1)), registered(cast, on(1))
    deployed(cast, approved(cast, other, on(2)), on(3), "staging")
    version = builders.ready_version(cast, model=model)
    with pytest.raises(Exception, match="approval"), at(on(3)):
        builders.deploy(cast, version)
    assert Event.objects.in_stream(model).filter(kind__endswith=".refused").exists()
    assert running(model, on(4)) == (None, None)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("approvals.deployment.recorded", lambda version: version.model),
        ("approvals.deployment.ended", lambda version: version.model),
        ("approvals.version.retired", lambda version: version.model),
        ("registry.model.assessed", lambda version: version),
    ],
)
def test_what_is_about_another_subject_than_such_events_are_tells_nothing(
    cast: Cast, kind: str, about: Callable[[ModelVersion], Model]
) -> None:
    version = approved(cast, registered(cast, on(1)), on(2))
    deployed(cast, version, on(3), "staging")

    def told() -> list[int]:
        return [event.pk for event in past.of(version.model, on(5)).events()]

    before = told()
    with at(on(4)), entry(kind, by=cast.release, subject=about(version)) as forged:
        forged.facts = {"version": 1, "environment": "staging", "tier": "high"}
    assert told() == before


def test_a_policy_is_published_by_an_event_about_it_alone(cast: Cast) -> None:
    model = registered(cast, on(1))
    with at(on(2)), entry(past.PUBLISHED, by=cast.release, subject=model.tier) as forged:
        forged.facts = {"tier": "low", "revision": 9}
    deployed(cast, approved(cast, model, on(2)), on(3), "staging")
    (judgement,) = past.of(model, on(3)).places[1].judgements
    assert judgement.policy.facts == {"tier": "low", "revision": 1}


def test_no_row_that_is_changed_behind_the_ledger_changes_the_answer(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    other = builders.build_version(cast, model=model)
    deployed(cast, version, on(3), "staging")
    deployed(cast, version, on(4))

    def told() -> list[Any]:
        found = past.of(model, on(10))
        return [found.tier, found.at, found.earlier, found.later, [each.pk for each in found.events()], *_facts(found)]

    before = told()
    with past_the_guards("approvals_review"), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_deployment SET version_id = %s, deployed_by_id = %s", [other.pk, _key(cast)])
        cursor.execute("UPDATE registry_modelversion SET artifact_sha256 = %s", ["f" * 64])
        cursor.execute("UPDATE approvals_decision SET outcome = 'rejected', decided_by_id = %s", [_key(cast)])
        cursor.execute("UPDATE approvals_review SET status = 'withdrawn'")
        cursor.execute("UPDATE registry_aimodel SET tier_id = (SELECT MAX(id) FROM registry_risktier)")
    assert Deployment.objects.filter(version=other).count() == 2
    assert told() == before
    assert before[0] == "low"


def _key(cast: Cast) -> Any:
    return cast.stranger.pk.hex if connection.vendor == "sqlite" else cast.stranger.pk


def _facts(found: Past) -> list[Any]:
    return [event.facts for event in found.events()] + [event.actor for event in found.events()]


def test_one_statement_however_much_happened(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            past.of(model, on(20))
        return len(sql_of(asked))

    few = cost()
    for hour in range(12):
        ended(cast, deployed(cast, version, on(3, hour), "staging"), on(3, hour, 30))
    assert (few, cost()) == (1, 1)


def test_an_approval_that_was_suspended_is_said_to_be_until_it_is_reinstated(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    review = version.reviews.get()
    with at(on(4)):
        stops.suspend(review=review, reason="A complaint.", by=cast.compliance)
    with at(on(5)):
        stops.reinstate(review=review, reason="About another one.", by=cast.compliance)
    stopped = {day: past.of(model, on(day)).places[1].stopped for day in (3, 4, 5)}
    assert {day: each and each.kind for day, each in stopped.items()} == {
        3: None,
        4: "approvals.review.suspended",
        5: None,
    }
    assert past.of(model, on(3)).later == on(4)


def test_what_was_revoked_counts_no_more_and_a_new_decision_begins_anew(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    with at(on(4)):
        stops.revoke(review=version.reviews.get(), reason="Stolen data.", by=cast.compliance)
    before, after = (past.of(model, moment).places[1] for moment in (on(4) - INSTANT, on(4)))
    assert ([each.stage for each in before.judgements], before.stopped) == (["technical"], None)
    assert (after.judgements, after.stopped.kind) == ((), "approvals.review.revoked")
    with at(on(5)):
        builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
    again = past.of(model, on(5)).places[1]
    assert ([each.stage for each in again.judgements], again.stopped) == (["technical"], None)


def test_every_approval_that_a_stage_asks_for_is_told(cast: Cast) -> None:
    second = builders.build_person("second", "technical-reviewer")
    with at(on(1)):
        first, *others = policies.terms_of("low").stages
        policies.published(cast, "low", stages=(replace(first, quorum=2), *others))
    model = registered(cast, on(1))
    with at(on(2)):
        version = builders.ready_version(cast, model=model)
        review = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, review, "technical")
        builders.approve_stage(cast, review, "technical", by=second)
    deployed(cast, version, on(3), "staging")
    told = past.of(model, on(3)).places[1].judgements
    assert [each.event.actor for each in told] == [cast.technical.pk, second.pk]
