"""Wake-ups for work that is rows: each finds by itself what is due, so a lost message loses nothing."""

import logging
from collections.abc import Callable

from celery import shared_task

from approvals import awaited, due, forecasting
from approvals.actions import chasing, expiring, performance_reviews, retirement
from approvals.models import AwaitedStage, Clearance, Condition, Forecast
from registry.models import ModelVersion, Person

log = logging.getLogger(__name__)


@shared_task
def open_due_performance_reviews() -> int:
    return len(performance_reviews.open_due(by=Person.objects.system()))


@shared_task
def chase_what_is_due() -> int:
    stages = sum(_chased(chasing.chase, awaited) for awaited in due.stages())
    return stages + sum(_chased(chasing.chase_condition, condition) for condition in due.conditions())


def _chased(chase: Callable[..., bool], owed: AwaitedStage | Condition) -> bool:
    """One that fails is due at the next sweep as well, and holds up no other."""
    try:
        return chase(owed, by=Person.objects.system())
    except Exception:
        log.exception("Nobody was reminded of %s.", owed)
        return False


@shared_task
def remind_of_what_ends() -> int:
    return sum(_remind(version) for version in due.approvals())


def _remind(version: ModelVersion) -> bool:
    """One that fails is due at the next sweep as well, and holds up no other."""
    try:
        return expiring.remind(version, by=Person.objects.system())
    except Exception:
        log.exception("Nobody was reminded that the approval of %s ends.", version)
        return False


@shared_task
def compute_waiting_clearances() -> int:
    return sum(_compute(clearance) for clearance in Clearance.objects.waiting().select_related("version__model"))


def _compute(clearance: Clearance) -> bool:
    """One that fails stays waiting for the next sweep, and holds up no other."""
    try:
        retirement.compute_clearance(clearance=clearance, by=Person.objects.system())
    except Exception:
        log.exception("What depends on %s was not computed.", clearance.version)
        return False
    return True


@shared_task
def compute_waiting_forecasts() -> int:
    return sum(_forecast(each) for each in Forecast.objects.waiting().select_related("draft__tier").order_by("pk"))


def _forecast(forecast: Forecast) -> bool:
    """One that fails stays waiting for the next sweep, and holds up no other."""
    try:
        return forecasting.compute(forecast)
    except Exception:
        log.exception("What %s would change was not computed.", forecast.draft)
        return False


@shared_task
def keep_awaited() -> int:
    """Says so when the index was wrong: nothing should ever have to be mended."""
    mended = awaited.keep_all()
    if mended:
        log.error("What awaits a decision was not as the rules say in %s places. It is now.", mended)
    return mended
