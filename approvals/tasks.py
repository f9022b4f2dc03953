"""Wake-ups for work that is rows: each finds by itself what is due, so a lost message loses nothing."""

from celery import shared_task

from approvals.actions import performance_reviews, retirement
from approvals.models import Clearance
from registry.models import Person


@shared_task
def open_due_performance_reviews() -> int:
    return len(performance_reviews.open_due(by=Person.objects.system()))


@shared_task
def compute_waiting_clearances() -> int:
    waiting = list(Clearance.objects.waiting().select_related("version__model"))
    for clearance in waiting:
        retirement.compute_clearance(clearance=clearance, by=Person.objects.system())
    return len(waiting)
