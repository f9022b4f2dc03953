"""Of what somebody is to be told now: stages that wait for a decision, conditions that are due, and approvals that end
with their days."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from approvals import facts as version_facts
from approvals.facts import ApprovalFacts
from approvals.models import AwaitedStage, Condition, Decision, Policy, ToldOfCondition, ToldOfExpiry
from registry import days
from registry.models import ModelVersion

Told = AwaitedStage.Told
#: So long before a stage is due, those who decide it are reminded.
SOON = datetime.timedelta(days=1)
#: So long before a condition is due, whoever keeps it is reminded.
SOON_KEPT = datetime.timedelta(days=3)
#: So many days before an approval ends, the last time first.
AHEAD = (1, 7, 30)
AT_ONCE = 200


class NothingToTell(Exception):
    """Of what was due a moment ago nobody is to be told any more: it was decided, or another worker was faster."""


def stages() -> QuerySet[AwaitedStage]:
    """The longest overdue first."""
    now = timezone.now()
    overdue = Q(due_at__lte=now) & ~Q(told=Told.OVERDUE)
    soon = Q(due_at__gt=now, due_at__lte=now + SOON, told=Told.NOTHING)
    found = AwaitedStage.objects.filter(overdue | soon).order_by("due_at", "pk")
    return found.select_related("review__version__model__tier", "review__requested_by")


def conditions() -> QuerySet[Condition]:
    """Those that are open, the longest overdue first."""
    today = days.today()
    owed = Condition.objects.open().counting().filter(decision__review__version__retirement=None)
    overdue = Q(due_on__lt=today) & ~_told(overdue=True)
    soon = Q(due_on__range=(today, today + SOON_KEPT)) & ~_told(overdue=False)
    related = ("owner", "decision__decided_by", "decision__review__version__model__owner")
    return owed.filter(overdue | soon).select_related(*related).order_by("due_on", "pk")


def _told(*, overdue: bool) -> Exists:
    return Exists(ToldOfCondition.objects.filter(condition=OuterRef("pk"), overdue=overdue))


def approvals() -> Iterator[ModelVersion]:
    """The versions whose approval ends."""
    keys = sorted(_ending())
    for first in range(0, len(keys), AT_ONCE):
        versions = ModelVersion.objects.filter(pk__in=keys[first : first + AT_ONCE]).order_by()
        for facts in version_facts.load_approvals(versions):
            if days_ahead(facts):
                yield facts.version


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


def days_ahead(facts: ApprovalFacts) -> int | None:
    """The shortest of the times ahead that has come, unless it was said already."""
    until = facts.approved_until
    if until is None or until <= facts.now:
        return None
    come = next((ahead for ahead in AHEAD if until - facts.now <= datetime.timedelta(days=ahead)), None)
    if come is None or ToldOfExpiry.objects.filter(version=facts.version, until=until, days=come).exists():
        return None
    return come
