"""What Prometheus reads: what each process counted, and how things stand in the database at that moment.

Web server and worker are processes of their own. With PROMETHEUS_MULTIPROC_DIR, which `serve` sets, each counts into
files of that folder, and whoever is asked adds up all of them. No label takes its values from what people write.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models import Case, Count, F, Min, OuterRef, Q, Subquery, When
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from approvals.models import Review
from audit.models import Event, Heartbeat, OutboxMessage

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Histogram(
    "gatehouse_request_seconds",
    "Time to answer, by route and class of status",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
DATABASE_ERRORS = Counter("gatehouse_database_errors", "Statements that the database refused or lost", ["error"])


def count_request(method: str | None, route: str, status: int, seconds: float) -> None:
    REQUESTS.labels(method if method in METHODS else "other", route, f"{status // 100}xx").observe(seconds)


def watch_databases() -> None:
    connection_created.connect(_watch, dispatch_uid="governance.database_errors")


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _counting_errors not in connection.execute_wrappers:
        connection.execute_wrappers.append(_counting_errors)


def _counting_errors(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        DATABASE_ERRORS.labels(type(error).__name__).inc()
        raise


class _State(Collector):
    """Gauges that are rows: read when somebody asks, in three statements."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            gauges = [*_outbox(), *_heartbeats(), *_reviews()]
        except DatabaseError:
            gauges = []
        yield GaugeMetricFamily("gatehouse_database_up", "Whether the database answered", 1 if gauges else 0)
        yield from gauges


def _outbox() -> Iterator[GaugeMetricFamily]:
    """What is told later on purpose waits from the moment on when it is due."""
    written = Event.objects.filter(uid=OuterRef("event")).values("at")[:1]
    at_once = Q(together="") | Q(attempts__gt=0)
    waiting = OutboxMessage.objects.filter(at_once | Q(due_at__lte=timezone.now()), sent_at=None)
    waiting = waiting.annotate(written_at=Case(When(at_once, then=Subquery(written)), default=F("due_at")))
    found = waiting.aggregate(count=Count("pk"), oldest=Min("written_at"))
    age = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0
    yield GaugeMetricFamily("gatehouse_outbox_waiting", "Messages not yet told to the world", found["count"])
    yield GaugeMetricFamily("gatehouse_outbox_oldest_seconds", "Age of the oldest message that waits", age)


def _heartbeats() -> Iterator[GaugeMetricFamily]:
    """No sample where no worker has ever been seen: absent() finds that."""
    gauge = GaugeMetricFamily("gatehouse_heartbeat_age_seconds", "Since a process was last seen", labels=["name"])
    for heartbeat in Heartbeat.objects.all():
        gauge.add_metric([heartbeat.name], (timezone.now() - heartbeat.at).total_seconds())
    yield gauge


def _reviews() -> Iterator[GaugeMetricFamily]:
    waiting = Review.objects.filter(status=Review.Status.IN_REVIEW).count()
    yield GaugeMetricFamily("gatehouse_reviews_waiting", "Reviews that wait for a decision", waiting)


def exposition() -> bytes:
    registry = CollectorRegistry()
    if SHARED_FOLDER in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)
    registry.register(_State())
    return generate_latest(registry)
