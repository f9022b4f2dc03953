"""The conditions of a decision, as the person who reads them sees them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from approvals.models import Condition, Decision
from registry import days
from registry.models import Person


@dataclass(frozen=True)
class ConditionItem:
    """A condition as the component shows it."""

    id: int
    text: str
    owner: str
    due: datetime.date
    state: str
    fulfilment: str
    is_mine: bool
    consequence: str = ""


def condition_items(decision: Decision, reader: Person) -> list[ConditionItem]:
    return [_condition_item(condition, reader) for condition in decision.conditions.all()]


def _condition_item(condition: Condition, reader: Person) -> ConditionItem:
    overdue = condition.due_on < days.today()
    return ConditionItem(
        id=condition.pk,
        text=condition.text,
        owner=condition.owner.name,
        due=condition.due_on,
        state="met" if condition.fulfilled_at else ("overdue" if overdue else "open"),
        fulfilment=condition.fulfilment,
        is_mine=condition.owner_id == reader.pk and not condition.fulfilled_at,
        consequence="" if condition.fulfilled_at else condition.get_consequence_display(),
    )
