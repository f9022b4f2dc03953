"""Writing past the actions: rows, histories, events."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core import serializers
from django.db import models
from guardian.shortcuts import assign_perm

from approvals.actions import reviews
from approvals.models import Decision, Review
from audit.models import Event
from registry.models import Person, RiskTier
from tests import builders
from tests.abuse.doors import command, sql
from tests.abuse.grounds import asked
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast
from tests.tampering.scene import plain

GUARD = "a trigger of the database, printed from the workflow's table; its absence is found at every start"
APPEND_ONLY = "append-only triggers of the database; their absence is found at every start"
GOVERNED = "governed rows change only inside an entry of the ledger"


def decided(cast: Cast) -> Decision:
    return Decision.objects.get(review__version=builders.approved_version(cast))


@abuse(
    "Moving a draft to approved",
    who="somebody with the code or the database",
    held_by=GUARD,
    code="refused where it is written",
    database="refused by the database",
)
def status_moved(cast: Cast) -> Attempt:
    draft = reviews.open_draft(version=builders.ready_version(cast), by=cast.author)

    def save() -> None:
        draft.status = Review.Status.APPROVED
        draft.save()

    statement = "UPDATE approvals_review SET status = 'approved' WHERE id = %s"
    return Attempt(draft, "approve", cast.author, {"code": save, "database": sql(statement, draft.pk)})


@abuse(
    "Moving a review to approved without a decision",
    who="somebody with the code or the database",
    held_by="gates ask for decisions, not for the status; " + GOVERNED,
    code="refused where it is written",
    database="found by --deep",
)
def status_without_decision(cast: Cast) -> Attempt:
    review = asked(cast)
    statement = "UPDATE approvals_review SET status = 'approved', closed_at = submitted_at WHERE id = %s"
    return Attempt(
        review,
        "approve",
        cast.author,
        {
            "code": lambda: Review.objects.filter(pk=review.pk).update(status="approved"),
            "database": sql(statement, review.pk),
        },
    )


@abuse(
    "Turning a rejection into an approval",
    who="somebody with the code or the database",
    held_by=GOVERNED,
    code="refused where it is written",
    database="found by --deep",
)
def outcome_turned(cast: Cast) -> Attempt:
    review = asked(cast)
    decision = reviews.reject(review=review, stage="technical", rationale="It is not sound.", by=cast.technical)

    def save() -> None:
        decision.outcome = Decision.Outcome.APPROVED
        decision.save()

    statement = "UPDATE approvals_decision SET outcome = 'approved' WHERE id = %s"
    return Attempt(decision, "change", cast.technical, {"code": save, "database": sql(statement, decision.pk)})


@abuse(
    "Putting a decision there that nobody made",
    who="somebody with the code, a fixture or the database",
    held_by=GOVERNED,
    code="refused where it is written",
    command="refused where it is written",
    database="found by --deep",
)
def decision_forged(cast: Cast) -> Attempt:
    given = decided(cast)
    forged: dict[str, Any] = {
        field.attname: getattr(given, field.attname) for field in given._meta.concrete_fields if not field.primary_key
    }
    forged["review_id"] = asked(cast).pk
    row = Decision(pk=given.pk + 1000, **forged)
    return Attempt(
        given,
        "loaddata",
        cast.technical,
        {
            "code": lambda: Decision.objects.create(**forged),
            "command": lambda: load(row),
            "database": lambda: _insert(row),
        },
    )


def load(row: models.Model) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fixture = Path(folder) / "forged.json"
        fixture.write_text(serializers.serialize("json", [row]))
        command("loaddata", str(fixture), verbosity=0)()


def _insert(row: Decision) -> None:
    plain(Decision).bulk_create([row])


@abuse(
    "Deleting a rejection",
    who="somebody with the code or the database",
    held_by=GOVERNED + "; the event about it stays",
    code="refused where it is written",
    database="found by --deep",
)
def decision_deleted(cast: Cast) -> Attempt:
    decision = reviews.reject(review=asked(cast), stage="technical", rationale="Not sound.", by=cast.technical)
    statement = "DELETE FROM approvals_decision WHERE id = %s"
    return Attempt(
        decision, "delete", cast.technical, {"code": lambda: decision.delete(), "database": sql(statement, decision.pk)}
    )


@abuse(
    "Giving oneself the right to decide in guardian's table",
    who="somebody with the code or the database",
    held_by=GOVERNED + ", guardian's tables as well",
    code="refused where it is written",
    database="found by --deep",
)
def right_forged(cast: Cast) -> Attempt:
    tier = RiskTier.objects.get(slug="low")
    statement = (
        "UPDATE registry_risktieruserobjectpermission SET user_id = "
        "(SELECT id FROM registry_person WHERE username = 'stranger') "
        "WHERE user_id = (SELECT id FROM registry_person WHERE username = 'technical')"
    )
    return Attempt(
        tier,
        "grant",
        cast.auditor,
        {"code": lambda: assign_perm("decide_technical", cast.stranger, tier), "database": sql(statement)},
    )


@abuse(
    "Making oneself a superuser",
    who="somebody with the code, a fixture or the database",
    held_by=GOVERNED,
    command="refused where it is written",
    code="refused where it is written",
    database="found by --deep",
)
def superuser_forged(cast: Cast) -> Attempt:
    raised = Person.objects.get(username="stranger")
    raised.is_superuser = True

    statement = "UPDATE registry_person SET is_superuser = NOT is_superuser WHERE username = 'stranger'"
    return Attempt(
        cast.stranger,
        "promote",
        cast.auditor,
        {"code": raised.save, "command": lambda: load(raised), "database": sql(statement)},
    )


@abuse(
    "Rewriting the history of a decision",
    who="somebody with the database",
    held_by=APPEND_ONLY,
    database="refused by the database",
)
def history_rewritten(cast: Cast) -> Attempt:
    given = decided(cast)
    statement = "UPDATE approvals_historicaldecision SET outcome = 'rejected' WHERE id = %s"
    return Attempt(given, "rewrite", cast.technical, {"database": sql(statement, given.pk)})


@abuse(
    "Deleting an event",
    who="somebody with the code or the database",
    held_by=APPEND_ONLY + "; the tree of the ledger misses it",
    code="refused by the database",
    database="refused by the database",
)
def event_deleted(cast: Cast) -> Attempt:
    given = decided(cast)
    event = Event.objects.filter(kind="approvals.review.approved").latest("pk")
    statement = "DELETE FROM audit_event WHERE id = %s"
    return Attempt(
        given, "forget", cast.technical, {"code": lambda: event.delete(), "database": sql(statement, event.pk)}
    )


@abuse(
    "Changing who an event names",
    who="somebody with the code or the database",
    held_by=APPEND_ONLY + "; the event's MAC does not fit",
    code="refused by the database",
    database="refused by the database",
)
def event_changed(cast: Cast) -> Attempt:
    given = decided(cast)
    event = Event.objects.filter(kind="approvals.review.approved").latest("pk")
    statement = "UPDATE audit_event SET reason = 'Other.' WHERE id = %s"

    def save() -> None:
        Event.objects.filter(pk=event.pk).update(actor=cast.admin.pk)

    return Attempt(given, "rewrite", cast.technical, {"code": save, "database": sql(statement, event.pk)})
