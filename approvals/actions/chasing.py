"""What waits for a decision is chased: those who decide are told before it is due, and once it is overdue somebody else
as well. Nothing is ever approved by waiting."""

from __future__ import annotations

import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from approvals import facts as version_facts
from approvals import notices
from approvals.models import AwaitedStage
from audit import ledger
from registry.models import Person

Told = AwaitedStage.Told
#: So long before a stage is due, those who decide it are reminded.
SOON = datetime.timedelta(days=1)


def due() -> QuerySet[AwaitedStage]:
    """Every stage of which somebody is to be told now, the longest overdue first."""
    now = timezone.now()
    overdue = Q(due_at__lte=now) & ~Q(told=Told.OVERDUE)
    soon = Q(due_at__gt=now, due_at__lte=now + SOON, told=Told.NOTHING)
    found = AwaitedStage.objects.filter(overdue | soon).order_by("due_at", "pk")
    return found.select_related("review__version__model__tier", "review__requested_by")


def chase(awaited: AwaitedStage, *, by: Person) -> bool:
    """Tells them, once for each of the two. False when nobody waits any more, or another worker was faster."""
    version = awaited.review.version
    try:
        with ledger.entry("approvals.review.chased", by=by, subject=version) as entry:
            entry.lock_one(version)
            awaited = _still_to_tell(awaited)
            facts = version_facts.of(version)
            stage = next(each for each in facts.stages if each.stage == awaited.stage)
            entry.facts = {
                "review": str(awaited.review),
                "stage": awaited.stage,
                "due": awaited.due_at.isoformat(),
                "overdue": awaited.is_overdue,
                "told": notices.tell_of_due(entry, awaited, facts, stage),
            }
    except _NothingToTell:
        return False
    return True


def _still_to_tell(awaited: AwaitedStage) -> AwaitedStage:
    """The row as it stands now, noted as told."""
    found = due().filter(pk=awaited.pk).first()
    if found is None:
        raise _NothingToTell
    found.told = Told.OVERDUE if found.is_overdue else Told.SOON
    found.save(update_fields=["told"])
    return found


class _NothingToTell(Exception):
    pass
