"""Use cases: proposed by anyone who builds, decided by the business role."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit import ledger
from registry import rules
from registry.lifecycle import use_case_verb
from registry.models import Person, UseCase


def propose(
    *,
    slug: str,
    title: str,
    problem: str,
    requirement: str,
    acceptance_criteria: str,
    affected_people: str,
    sponsor: Person,
    is_regulated: bool,
    by: Person,
) -> UseCase:
    verb = use_case_verb("propose")
    with ledger.entry(verb.event, by=by) as entry:
        entry.require(verb.permission)
        use_case = UseCase(
            slug=slug,
            title=title,
            problem=problem,
            requirement=requirement,
            acceptance_criteria=acceptance_criteria,
            affected_people=affected_people,
            sponsor=sponsor,
            is_regulated=is_regulated,
            status=verb.target,
            proposed_by=entry.actor,
            proposed_at=timezone.now(),
        )
        use_case.save()
        entry.subject = use_case
    return use_case


def approve(*, use_case: UseCase, reason: str, by: Person) -> UseCase:
    return _decide("approve", use_case, reason, by)


def reject(*, use_case: UseCase, reason: str, by: Person) -> UseCase:
    return _decide("reject", use_case, reason, by)


def _decide(name: str, use_case: UseCase, reason: str, by: Person) -> UseCase:
    verb = use_case_verb(name)
    with ledger.entry(verb.event, by=by, subject=use_case, reason=reason) as entry:
        use_case = entry.lock_one(use_case)
        entry.require(verb.permission)
        objections = rules.against_deciding_use_case(use_case, by=entry.actor)
        if objections:
            raise ValidationError(objections)
        use_case.status = verb.target
        use_case.decided_by, use_case.decided_at, use_case.decision_reason = entry.actor, timezone.now(), reason
        use_case.save()
    return use_case
