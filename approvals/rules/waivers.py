"""The rules of waivers: what can be waived, and who stands behind it."""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from approvals.facts import VersionFacts
from approvals.gates import Answer
from approvals.models import CheckMode, Waiver
from approvals.rules.versions import against_own_work
from approvals.workflow import waiver_verb
from registry.rules import against_chosen, against_token

if TYPE_CHECKING:
    from registry.models import Person

LONGEST = datetime.timedelta(days=366)


def against_asking_waiver(
    facts: VersionFacts, answer: Answer, check: str, *, ends_on: datetime.date
) -> list[ValidationError]:
    """`answer` is what the gates say of the environment that it is asked for."""
    objections = []
    if facts.is_retired:
        objections.append(_no("This version is retired. Register a new one.", "retired"))
    if facts.mode(check) == CheckMode.STRICT:
        objections.append(_no("The policy requires this check and lets nobody waive it.", "waiver-not-allowed"))
    elif not any(each.check == check and each.stands_in_the_way for each in answer.requirements):
        objections.append(_no("This check holds nothing up there, so there is nothing to waive.", "nothing-to-waive"))
    of_it = [each for each in facts.waivers if (each.check, each.environment) == (check, answer.environment)]
    if not all(map(facts.is_spent, of_it)):
        objections.append(
            _no("A waiver of this check is asked for or granted already. End it to ask anew.", "waiver-open")
        )
    if not facts.today <= ends_on <= facts.today + LONGEST:
        objections.append(_no(f"Choose a last day from today on, within {LONGEST.days} days.", "waiver-end"))
    return objections


def against_deciding_waiver(
    waiver: Waiver, facts: VersionFacts, *, by: Person, choosers: set[uuid.UUID]
) -> list[ValidationError]:
    """Holds for superusers as for everybody: a second person grants it, who has no part in the version, and whom nobody
    alone chose who has. `choosers` are `Person.chosen_alone_by`."""
    objections = against_token(by) + against_moving_waiver(waiver, "grant")
    if by.identity == waiver.asked_by.identity:
        return [*objections, _no("You asked for this waiver, so somebody else decides.", "own-waiver")]
    own = against_own_work(facts, by)
    return objections + (own or against_chosen(choosers, facts.barred | {waiver.asked_by.identity}))


def against_ending_waiver(waiver: Waiver, *, by: Person, may_grant: bool) -> list[ValidationError]:
    """Whoever asked for it takes it back; whoever may grant waivers ends it."""
    objections = against_token(by) + against_moving_waiver(waiver, "end")
    if not may_grant and by.identity != waiver.asked_by.identity:
        objections.append(
            _no(f"{waiver.asked_by.name} can take it back, and those who grant waivers can end it.", "not-yours")
        )
    return objections


def against_moving_waiver(waiver: Waiver, verb_name: str) -> list[ValidationError]:
    if waiver_verb(verb_name).starts_from(waiver.status):
        return []
    return [_no(f"The waiver is {waiver.get_status_display().lower()}, so this is not possible now.", "wrong-state")]


def _no(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code)
