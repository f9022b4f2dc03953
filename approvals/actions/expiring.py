"""Approvals that end with their days: who answers for the version is told 30, 7 and 1 day before."""

from __future__ import annotations

from approvals import due, notices
from approvals import facts as version_facts
from approvals.dependents import running_in
from approvals.models import ToldOfExpiry
from audit import ledger
from registry.models import ModelVersion, Person


def remind(version: ModelVersion, *, by: Person) -> bool:
    """False when there is nothing to tell any more, or another worker was faster."""
    try:
        with ledger.entry("approvals.review.ending", by=by, subject=version) as entry:
            version = entry.lock_one(version)
            facts = version_facts.of(version)
            ahead = due.days_ahead(facts)
            if ahead is None:
                raise due.NothingToTell
            ToldOfExpiry.objects.create(version=version, until=facts.approved_until, days=ahead)
            entry.facts = {"version": version.number, "until": facts.approved_until.isoformat(), "days": ahead}
            notices.tell_of_ending(entry, facts, running_in(version))
    except due.NothingToTell:
        return False
    return True
