"""Models in production are looked at again, once in each period of their tier's cadence."""

from __future__ import annotations

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import notices, performance, rules
from approvals.models import PerformanceReview, Policy
from audit import ledger
from registry.models import Deployment, Environment, Person

CLOSE = "approvals.close_performance_review"


def open_due(*, by: Person, now: datetime.datetime | None = None) -> list[PerformanceReview]:
    """Opens a review for each production model whose period has ended. Asking twice opens nothing twice."""
    moment = now or timezone.now()
    cadence = dict(Policy.objects.current().values_list("tier", "review_cadence_days"))
    live = Deployment.objects.filter(environment=Environment.PRODUCTION, ended_at=None).select_related("model")
    due = [(deployment, _period(deployment, cadence[deployment.model.tier_id], moment)) for deployment in live]
    known = set(PerformanceReview.objects.values_list("model", "period"))
    return [
        _open(deployment, period, by=by)
        for deployment, period in due
        if period and (deployment.model_id, period) not in known
    ]


def close(*, performance_review: PerformanceReview, finding: str, summary: str, by: Person) -> PerformanceReview:
    """Records what somebody of the owning team found."""
    version = performance_review.version
    with ledger.entry("approvals.performance_review.closed", by=by, subject=version, reason=summary) as entry:
        performance_review = entry.lock_one(performance_review)
        entry.require(CLOSE, version)
        objections = rules.against_closing(performance_review)
        if objections:
            raise ValidationError(objections)
        performance_review.finding, performance_review.summary = finding, summary
        performance_review.closed_by, performance_review.closed_at = entry.actor, timezone.now()
        performance_review.save()
        entry.facts = {
            "finding": PerformanceReview.Finding(finding).label.lower(),
            "period": performance_review.period.isoformat(),
            "version": version.number,
        }
    return performance_review


def _period(deployment: Deployment, cadence_days: int, now: datetime.datetime) -> datetime.date | None:
    """The day on which the newest ended period fell due, counted from the day of deployment; None before the first."""
    ended = performance.periods_ended(deployment.deployed_at, cadence_days, now)
    return performance.due_on(deployment.deployed_at, cadence_days, ended) if ended else None


def _open(deployment: Deployment, period: datetime.date, *, by: Person) -> PerformanceReview:
    with ledger.entry("approvals.performance_review.opened", by=by, subject=deployment.version) as entry:
        due = PerformanceReview(
            model=deployment.model, version=deployment.version, period=period, opened_at=timezone.now()
        )
        due.save()
        entry.facts = {"period": period.isoformat(), "version": deployment.version.number}
        notices.tell_owner_of_performance_review(entry, due)
    return due
