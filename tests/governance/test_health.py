"""What machines ask: is it set up, can it work now."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import halts, ledger
from audit.models import Heartbeat
from governance.views import health
from registry.models import Person

pytestmark = pytest.mark.django_db


def beat(seconds_ago: int) -> None:
    at = timezone.now() - datetime.timedelta(seconds=seconds_ago)
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": at})


def test_healthy_when_migrated(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_the_demo_is_healthy_only_once_it_is_loaded(client: Client, settings) -> None:
    settings.DEMO = True
    assert client.get("/healthz").status_code == 503
    with ledger.entry("governance.demo.loaded", by=Person.objects.system()):
        pass
    assert client.get("/healthz").status_code == 200


def test_not_healthy_while_migrations_wait(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(health, "is_migrated", lambda connection: False)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert b"not migrated" in answer.content


@pytest.mark.parametrize(("path", "part"), [("/healthz", "is_migrated"), ("/readyz", "guards")])
def test_a_silent_database_is_said_without_details(client: Client, monkeypatch, path: str, part: str) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError("password=secret host=db")

    target = (health.guards, "missing") if part == "guards" else (health, part)
    monkeypatch.setattr(*target, fail)
    answer = client.get(path)
    assert answer.status_code == 503
    assert b"database does not answer" in answer.content
    assert b"secret" not in answer.content


def test_ready_with_a_fresh_heartbeat(client: Client) -> None:
    beat(seconds_ago=5)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, [])
    assert "no-store" in answer["Cache-Control"]


def test_a_portal_that_is_read_only_is_sent_readers_and_says_so(client: Client) -> None:
    beat(seconds_ago=5)
    halts.begin("The ledger holds 3 events, and 5 were signed for")
    answer = client.get("/readyz")
    said = (
        "The portal is read-only: pages are read, nothing is saved. The ledger holds 3 events, and 5 were signed for."
    )
    assert (answer.status_code, answer.json()) == (200, [said])


def test_not_ready_without_a_worker(client: Client) -> None:
    beat(seconds_ago=91)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == ["No background worker has been seen for 90 seconds."]


@pytest.mark.engines
def test_not_ready_when_a_guard_is_gone(client: Client) -> None:
    beat(seconds_ago=1)
    is_postgresql = connection.vendor == "postgresql"
    trigger = "keep_audit_event_row ON audit_event" if is_postgresql else "keep_audit_event_update"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "audit_event" in answer.json()[0]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_few_statements_and_only_reading(client: Client, path: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    assert len(captured) <= 4
    assert client.post(path).status_code == 405
