"""Conditions of an approval are fulfilled by their owner."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import rules
from approvals.models import Condition
from audit import ledger
from registry.models import Person


def fulfil(*, condition: Condition, fulfilment: str, by: Person) -> Condition:
    """Records how the condition was kept."""
    version = condition.decision.review.version
    with ledger.entry("approvals.condition.fulfilled", by=by, subject=version, reason=fulfilment) as entry:
        condition = entry.lock_one(condition)
        objections = rules.against_fulfilling(condition, by=entry.actor)
        if objections:
            raise ValidationError(objections)
        condition.fulfilment, condition.fulfilled_by, condition.fulfilled_at = fulfilment, entry.actor, timezone.now()
        condition.save()
        entry.facts = {
            "condition": condition.text,
            "decision": str(condition.decision),
            "version": version.number,
        }
    return condition
