"""A version is retired when nothing depends on it: a task computes what does, the action computes it again."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import dependents, notices, rules
from approvals import facts as version_facts
from approvals.models import Clearance
from audit import ledger, wakeups
from registry.models import ModelVersion, Person, Retirement

RETIRE = "approvals.retire_version"
COMPUTE = "approvals.tasks.compute_waiting_clearances"


def ask_clearance(*, version: ModelVersion, reason: str, by: Person, replacement: ModelVersion | None) -> Clearance:
    """Asks what still depends on `version`. Without `replacement` the asker states that there is none."""
    with ledger.entry("approvals.clearance.asked", by=by, subject=version, reason=reason) as entry:
        version = entry.lock_one(version)
        entry.require(RETIRE, version)
        objections = rules.against_retiring(version_facts.of(version), [])
        objections += _against_replacement(version, replacement)
        if objections:
            raise ValidationError(objections)
        clearance = Clearance(
            version=version,
            reason=reason,
            replacement=replacement,
            has_no_replacement=replacement is None,
            asked_by=entry.actor,
            asked_at=timezone.now(),
        )
        clearance.save()
        entry.facts = {"version": version.number, "replacement": str(replacement) if replacement else None}
        wakeups.wake(COMPUTE)
    return clearance


def compute_clearance(*, clearance: Clearance, by: Person) -> Clearance:
    """Writes down what depends on the version now. Called by the task, as Gatehouse."""
    version = clearance.version
    asker = clearance.asked_by
    with ledger.entry("approvals.clearance.computed", by=by, subject=version, on_behalf_of=asker) as entry:
        clearance = entry.lock_one(clearance)
        if clearance.computed_at is None:
            clearance.dependents = dependents.of(version)
            clearance.computed_at = timezone.now()
            clearance.save()
            notices.tell_asker_of_clearance(entry, clearance)
        entry.facts = {"dependents": len(clearance.dependents), "version": version.number}
    return clearance


def retire(*, clearance: Clearance, by: Person) -> Retirement:
    """Retires the cleared version. Under its lock, what depends on it is computed again and refuses with a list."""
    version = clearance.version
    with ledger.entry("approvals.version.retired", by=by, subject=version, reason=clearance.reason) as entry:
        version = entry.lock_one(version)
        entry.require(RETIRE, version)
        found = dependents.of(version)
        objections = rules.against_clearance(clearance) + rules.against_retiring(version_facts.of(version), found)
        objections += _against_replacement(version, clearance.replacement)
        if objections:
            raise ValidationError(objections)
        retirement = Retirement(
            version=version,
            reason=clearance.reason,
            replacement=clearance.replacement,
            has_no_replacement=clearance.has_no_replacement,
            retired_by=entry.actor,
            retired_at=timezone.now(),
        )
        retirement.save()
        entry.facts = {
            "version": version.number,
            "replacement": str(clearance.replacement) if clearance.replacement else None,
        }
    return retirement


def _against_replacement(version: ModelVersion, replacement: ModelVersion | None) -> list[ValidationError]:
    is_retired = Retirement.objects.filter(version=replacement).exists() if replacement else False
    return rules.against_replacement(version, replacement, is_retired=is_retired)
