"""Approvals that end with their days: who answers for the version is told 30, 7 and 1 day before."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.utils import timezone

from approvals import facts as version_facts
from approvals import notices
from approvals.actions.stops import running_in
from approvals.facts import ApprovalFacts
from approvals.models import Decision, Policy, ToldOfExpiry
from audit import ledger
from registry.models import ModelVersion, Person

#: So many days before the end, the last one first.
AHEAD = (1, 7, 30)
AT_ONCE = 200


def due() -> Iterator[ModelVersion]:
    """Every version of which somebody is to be told now that its approval ends."""
    keys = sorted(_ending())
    for first in range(0, len(keys), AT_ONCE):
        versions = ModelVersion.objects.filter(pk__in=keys[first : first + AT_ONCE]).order_by()
        for facts in version_facts.load_approvals(versions):
            if _days_ahead(facts):
                yield facts.version


def remind(version: ModelVersion, *, by: Person) -> bool:
    """False when there is nothing to tell any more, or another worker was faster."""
    try:
        with ledger.entry("approvals.review.ending", by=by, subject=version) as entry:
            version = entry.lock_one(version)
            facts = version_facts.of(version)
            ahead = _days_ahead(facts)
            if ahead is None:
                raise _NothingToTell
            ToldOfExpiry.objects.create(version=version, until=facts.approved_until, days=ahead)
            entry.facts = {"version": version.number, "until": facts.approved_until.isoformat(), "days": ahead}
            notices.tell_of_ending(entry, facts, running_in(version))
    except _NothingToTell:
        return False
    return True


class _NothingToTell(Exception):
    pass


def _ending() -> set[int]:
    """Versions with an approval that ends within the longest time ahead, by some policy."""
    now, found = timezone.now(), set()
    for valid in set(Policy.objects.exclude(approval_valid_days=None).values_list("approval_valid_days", flat=True)):
        ended = now - datetime.timedelta(days=valid)
        approvals = Decision.objects.filter(
            outcome__in=Decision.APPROVING,
            decided_at__range=(ended, ended + datetime.timedelta(days=AHEAD[-1])),
            review__version__retirement=None,
        )
        found |= set(approvals.values_list("review__version", flat=True))
    return found


def _days_ahead(facts: ApprovalFacts) -> int | None:
    """The shortest of the times ahead that has come, unless it was said already."""
    until = facts.approved_until
    if until is None or until <= facts.now:
        return None
    come = next((days for days in AHEAD if until - facts.now <= datetime.timedelta(days=days)), None)
    if come is None or ToldOfExpiry.objects.filter(version=facts.version, until=until, days=come).exists():
        return None
    return come
