"""The database lets a state change only as the workflow tables say, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from approvals import workflow
from approvals.actions import assessments, reviews, stops, waivers
from approvals.actions import policies as policy_actions
from approvals.models import Review
from audit import guards
from audit.verbs import Verb
from registry import lifecycle
from registry.actions import questionnaires as questionnaire_actions
from registry.actions import use_cases
from registry.models import UseCase
from tests import builders, policies, questionnaires
from tests.builders import Cast
from tests.permissions.story import asked_waiver

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def asked(cast: Cast) -> Review:
    return builders.ask_for_review(cast, builders.ready_version(cast))


def approved(cast: Cast) -> Review:
    return Review.objects.get(version=builders.approved_version(cast))


def superseded(cast: Cast) -> Review:
    earlier = approved(cast)
    builders.attach_evaluation(cast, earlier.version)
    builders.approve_stage(cast, builders.ask_for_review(cast, earlier.version), "technical")
    return earlier


def by_technical(cast: Cast, act: Callable[..., Any]) -> Review:
    review = asked(cast)
    act(review=review, stage="technical", rationale="No.", by=cast.technical)
    return review


def draft(cast: Cast) -> Review:
    return reviews.open_draft(version=builders.ready_version(cast), by=cast.author)


def decided(cast: Cast, act: Callable[..., Any]) -> UseCase:
    return act(use_case=builders.build_use_case(cast, approved=False), reason="So it is.", by=cast.business)


#: What stands in each state, brought there by the actions.
ROWS: dict[str, Callable[[Cast], models.Model]] = {
    "review draft": draft,
    "review in_review": asked,
    "review changes_requested": lambda cast: by_technical(cast, reviews.request_changes),
    "review rejected": lambda cast: by_technical(cast, reviews.reject),
    "review withdrawn": lambda cast: reviews.withdraw(review=asked(cast), by=cast.author),
    "review discarded": lambda cast: reviews.discard(review=draft(cast), by=cast.author),
    "review approved": approved,
    "review suspended": lambda cast: stops.suspend(review=approved(cast), reason="No.", by=cast.compliance),
    "review revoked": lambda cast: stops.revoke(review=approved(cast), reason="No.", by=cast.compliance),
    "review superseded": superseded,
    "policy draft": policies.begun,
    "policy proposed": policies.proposed,
    "policy discarded": lambda cast: policy_actions.discard(draft=policies.begun(cast), by=cast.admin),
    "policy published": lambda cast: policies.published(cast).published_from,
    "use-case proposed": lambda cast: builders.build_use_case(cast, approved=False),
    "use-case approved": lambda cast: decided(cast, use_cases.approve),
    "use-case rejected": lambda cast: decided(cast, use_cases.reject),
    "waiver asked": asked_waiver,
    "waiver granted": lambda cast: waivers.grant(waiver=asked_waiver(cast), reason="Fine.", by=cast.compliance),
    "waiver declined": lambda cast: waivers.decline(waiver=asked_waiver(cast), reason="No.", by=cast.compliance),
    "waiver ended": lambda cast: waivers.end(waiver=asked_waiver(cast), reason="Set up.", by=cast.author),
    "questionnaire draft": questionnaires.begun,
    "questionnaire published": questionnaires.published,
    "questionnaire discarded": lambda cast: questionnaire_actions.discard(
        draft=questionnaires.begun(cast), by=cast.admin
    ),
    "assessment in_force": lambda cast: builders.build_model(cast).assessments.get(),
    "assessment proposed": questionnaires.proposed_lower,
    "assessment declined": lambda cast: assessments.decline(
        assessment=questionnaires.proposed_lower(cast), reason="No.", by=cast.admin
    ),
    "assessment withdrawn": lambda cast: assessments.withdraw(
        assessment=questionnaires.proposed_lower(cast), by=cast.author
    ),
}
TABLES = {
    "review": workflow.REVIEW,
    "policy": workflow.POLICY,
    "use-case": lifecycle.USE_CASE,
    "waiver": workflow.WAIVER,
    "questionnaire": lifecycle.QUESTIONNAIRE,
    "assessment": workflow.ASSESSMENT,
}


@pytest.mark.parametrize("stands", ROWS)
def test_only_a_move_of_the_table_gets_past_the_database(cast: Cast, stands: str) -> None:
    noun, source = stands.split()
    row = ROWS[stands](cast)
    row.refresh_from_db()
    assert row.status == source
    others = [value for value in type(row).Status.values if value != source]
    refused = {target for target in others if "no such move" in said_to(row, target)}
    assert refused == {target for target in others if not allows(TABLES[noun], source, target)}


def allows(verbs: tuple[Verb, ...], source: str, target: str) -> bool:
    return any((source, target) in verb.moves for verb in verbs)


def said_to(row: models.Model, target: str) -> str:
    """What the database says to whoever writes this state past all actions; "" when it takes it."""
    table = row._meta.db_table
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET status = %s WHERE id = %s", [target, row.pk])
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error)
    return ""


def test_every_state_of_every_table_is_tried() -> None:
    states = {f"{noun} {state}" for noun, verbs in TABLES.items() for state in states_of(verbs)}
    assert states == set(ROWS)


def states_of(verbs: tuple[Verb, ...]) -> set[str]:
    return {state for verb in verbs for move in verb.moves for state in move if state}


@pytest.mark.parametrize("model", [Review, UseCase])
def test_a_table_without_this_guard_counts_as_unguarded(model: type[models.Model]) -> None:
    table = model._meta.db_table
    drop = {"postgresql": f"DROP TRIGGER keep_{table}_moves ON {table}", "sqlite": f"DROP TRIGGER keep_{table}_moves"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(drop[connection.vendor])
        assert guards.missing(connection) == [table]
        guards.install(connection)
        assert guards.missing(connection) == []
        transaction.set_rollback(True)
