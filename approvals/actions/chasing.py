"""What waits for a decision, and what was promised, is chased: those who owe it are told before it is due, and once it
is overdue somebody else as well. Nothing is ever approved by waiting."""

from __future__ import annotations

from approvals import due, notices
from approvals import facts as version_facts
from approvals.models import AwaitedStage, Condition, ToldOfCondition
from audit import ledger
from registry import days
from registry.models import Person


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
    except due.NothingToTell:
        return False
    return True


def chase_condition(condition: Condition, *, by: Person) -> bool:
    """Tells who keeps it that it is due, and once it is overdue who asked for it and who owns the model as well. False
    as above."""
    version = condition.decision.review.version
    try:
        with ledger.entry("approvals.condition.chased", by=by, subject=version) as entry:
            entry.lock_one(version)
            condition = due.conditions().filter(pk=condition.pk).first()
            if condition is None:
                raise due.NothingToTell
            is_overdue = condition.due_on < days.today()
            ToldOfCondition.objects.create(condition=condition, overdue=is_overdue)
            entry.facts = {
                "condition": str(condition),
                "due": condition.due_on.isoformat(),
                "overdue": is_overdue,
                "told": notices.tell_of_condition(entry, condition, is_overdue=is_overdue),
            }
    except due.NothingToTell:
        return False
    return True


def _still_to_tell(awaited: AwaitedStage) -> AwaitedStage:
    """The row as it stands now, noted as told."""
    found = due.stages().filter(pk=awaited.pk).first()
    if found is None:
        raise due.NothingToTell
    found.told = AwaitedStage.Told.OVERDUE if found.is_overdue else AwaitedStage.Told.SOON
    found.save(update_fields=["told"])
    return found
