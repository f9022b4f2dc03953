"""When the performance of a model in production is looked at next: the periods of its tier's cadence."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from approvals.models import PerformanceReview, Policy
from registry import days
from registry.models import AIModel, Deployment, Environment


@dataclass(frozen=True)
class NextReview:
    """`day` is when it is due, or was; `review` the one that is open then, None before that day."""

    day: datetime.date
    review: int | None

    @property
    def is_due(self) -> bool:
        return self.review is not None


def periods_ended(deployed_at: datetime.datetime, cadence_days: int, now: datetime.datetime) -> int:
    return (now - deployed_at).days // cadence_days


def due_on(deployed_at: datetime.datetime, cadence_days: int, period: int) -> datetime.date:
    """The last day of a period, the first of which is 1, counted from the day of deployment."""
    return days.of(deployed_at) + datetime.timedelta(days=period * cadence_days)


def next_review(model: AIModel, *, now: datetime.datetime | None = None) -> NextReview | None:
    """The open review that is due longest, else the next one to come; None while nothing runs in production.

    One statement.
    """
    is_open = PerformanceReview.objects.open().filter(model=OuterRef("model")).order_by("period", "pk")
    cadence = Policy.objects.current().filter(tier=OuterRef("model__tier"))
    running = Deployment.objects.filter(model=model, environment=Environment.PRODUCTION, ended_at=None)
    found = running.values_list(
        "deployed_at",
        Subquery(cadence.values("review_cadence_days")[:1]),
        Subquery(is_open.values("period")[:1]),
        Subquery(is_open.values("pk")[:1]),
    ).first()
    if found is None:
        return None
    deployed_at, cadence_days, period, review = found
    if review:
        return NextReview(period, review)
    ended = periods_ended(deployed_at, cadence_days, now or timezone.now())
    return NextReview(due_on(deployed_at, cadence_days, ended + 1), None)
