"""The verbs of a waiver. Each is a row of `approvals/workflow.py`."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import facts as version_facts
from approvals import gates, notices, rules
from approvals.models import Waiver
from approvals.workflow import GRANT, waiver_verb
from audit import ledger
from audit.ledger import Entry
from registry.models import ModelVersion, Person

SPENT = "It counted no more, and another one is asked for."


def ask(
    *, version: ModelVersion, check: str, environment: str, reason: str, ends_on: datetime.date, by: Person
) -> Waiver:
    """Asks that a version may pass although a required check says no, up to the day `ends_on`. An earlier one that
    counts no more is ended with it."""
    verb = waiver_verb("ask")
    with ledger.entry(verb.event, by=by, subject=version, reason=reason) as entry:
        version = entry.lock_one(version)
        entry.require(verb.permission, version)
        facts = version_facts.of(version)
        answer = gates.ask(facts, environment)
        _refuse(rules.against_asking_waiver(facts, answer, check, ends_on=ends_on))
        spent = Waiver.objects.open().filter(version=version, check_name=check, environment=environment)
        for earlier in spent:
            _end_spent(entry, earlier)
        waiver = Waiver(
            version=version,
            check_name=check,
            environment=environment,
            status=verb.target,
            reason=reason,
            ends_on=ends_on,
            evidence=facts.looked_at(check),
            asked_by=entry.actor,
            asked_at=timezone.now(),
        )
        waiver.save()
        entry.facts = _facts_of(waiver)
        notices.tell_of_asked_waiver(entry, waiver, Person.objects.holding(GRANT))
    return waiver


def grant(*, waiver: Waiver, reason: str, by: Person) -> Waiver:
    """Lets the version pass. It counts until its day, and while what the check looked at is as it was when asked."""
    return _decide("grant", waiver, reason, by)


def decline(*, waiver: Waiver, reason: str, by: Person) -> Waiver:
    return _decide("decline", waiver, reason, by)


def end(*, waiver: Waiver, reason: str, by: Person) -> Waiver:
    """Takes it back before it was decided, or ends one that counts: the gate asks again from this moment on."""
    verb = waiver_verb("end")
    with ledger.entry(verb.event, by=by, subject=waiver.version, reason=reason) as entry:
        waiver = _locked(entry, waiver)
        may_grant = entry.actor.has_perm(GRANT)
        _refuse(rules.against_ending_waiver(waiver, by=entry.actor, may_grant=may_grant))
        _end(entry, waiver)
        entry.facts = _facts_of(waiver)
    return waiver


def _end_spent(asking: Entry, waiver: Waiver) -> None:
    with ledger.entry(waiver_verb("end").event, by=asking.actor, subject=waiver.version, reason=SPENT) as entry:
        waiver = entry.lock_one(waiver)
        _end(entry, waiver)
        entry.facts = _facts_of(waiver)


def _end(entry: Entry, waiver: Waiver) -> None:
    waiver.status, waiver.ended_by, waiver.ended_at = waiver_verb("end").target, entry.actor, timezone.now()
    waiver.save()


def _decide(name: str, waiver: Waiver, reason: str, by: Person) -> Waiver:
    verb = waiver_verb(name)
    with ledger.entry(verb.event, by=by, subject=waiver.version, reason=reason) as entry:
        waiver = _locked(entry, waiver)
        entry.require(verb.permission)
        facts, choosers = version_facts.of(waiver.version), entry.actor.chosen_alone_by(GRANT)
        _refuse(rules.against_deciding_waiver(waiver, facts, by=entry.actor, choosers=choosers))
        waiver.status, waiver.answer = verb.target, reason
        waiver.decided_by, waiver.decided_at = entry.actor, timezone.now()
        waiver.save()
        entry.facts = _facts_of(waiver)
        notices.tell_of_decided_waiver(entry, waiver)
    return waiver


def _locked(entry: Entry, waiver: Waiver) -> Waiver:
    """After the version, as deploying locks it, so that evidence stands still meanwhile."""
    entry.lock_one(waiver.version)
    return entry.lock_one(waiver)


def _facts_of(waiver: Waiver) -> dict[str, Any]:
    return {
        "waiver": str(waiver),
        "version": waiver.version.number,
        "check": waiver.get_check_name_display().lower(),
        "environment": str(waiver.environment),
        "ends_on": waiver.ends_on.isoformat(),
    }


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)
