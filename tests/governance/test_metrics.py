"""What Prometheus reads: only with its token, what was counted and how things stand, few statements, bounded labels."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from audit.models import Heartbeat, OutboxMessage
from governance import telemetry
from registry.actions import people, sign_in
from tests import builders, callers, stories
from tests.builders import Cast

pytestmark = pytest.mark.django_db

TOKEN = "scraper-4b1f7d"


@pytest.fixture
def scrape(client: Client, settings: Any) -> Any:
    settings.METRICS_TOKEN = TOKEN

    def read(name: str, /, **labels: str) -> float:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        for family in text_string_to_metric_families(answer.content.decode()):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return 0

    return read


class TestWhoMayRead:
    def test_it_is_not_there_without_a_token_of_its_own(self, client: Client, settings: Any) -> None:
        assert settings.METRICS_TOKEN == ""
        for header in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
            assert client.get("/metrics", headers=header).status_code == 404

    @pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"])
    def test_it_wants_exactly_its_token(self, client: Client, settings: Any, given: str) -> None:
        settings.METRICS_TOKEN = TOKEN
        answer = client.get("/metrics", headers={"Authorization": given})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert b"gatehouse_" not in answer.content

    def test_neither_an_api_token_nor_an_administrator_opens_it(
        self, client: Client, cast: Cast, settings: Any
    ) -> None:
        settings.METRICS_TOKEN = TOKEN
        client.force_login(cast.admin, backend="governance.roles.SignInBackend")
        secret = callers.secret_for(cast.author)
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Bearer {secret}"}).status_code == 401

    def test_it_is_read_only_and_never_cached(self, client: Client, settings: Any) -> None:
        settings.METRICS_TOKEN = TOKEN
        header = {"Authorization": f"Bearer {TOKEN}"}
        assert client.post("/metrics", headers=header).status_code == 405
        assert "no-store" in client.get("/metrics", headers=header)["Cache-Control"]


class TestCounted:
    def test_requests_by_route_and_class_of_status(self, client: Client, scrape: Any) -> None:
        labels = {"method": "GET", "route": "governance:healthz", "status": "2xx"}
        before = scrape("gatehouse_request_seconds_count", **labels)
        client.get("/healthz?q=anything")
        assert scrape("gatehouse_request_seconds_count", **labels) == before + 1

    def test_odd_addresses_and_methods_share_one_label(self, client: Client, scrape: Any) -> None:
        labels = {"method": "other", "route": "unknown", "status": "4xx"}
        before = scrape("gatehouse_request_seconds_count", **labels)
        for number in range(3):
            client.generic(f"BREW{number}", f"/nowhere/{number}")
        assert scrape("gatehouse_request_seconds_count", **labels) == before + 3

    def test_events_once_they_are_committed(
        self, scrape: Any, cast: Cast, django_capture_on_commit_callbacks: Any
    ) -> None:
        before = scrape("gatehouse_events_total", kind="registry.person.signed_in")
        with django_capture_on_commit_callbacks(execute=False):
            sign_in.record_sign_in(person=cast.author, ways=["password"])
        assert scrape("gatehouse_events_total", kind="registry.person.signed_in") == before
        with django_capture_on_commit_callbacks(execute=True):
            sign_in.record_sign_in(person=cast.author, ways=["password"])
        assert scrape("gatehouse_events_total", kind="registry.person.signed_in") == before + 1

    def test_refusals_by_kind_and_code_each_time(self, scrape: Any, cast: Cast) -> None:
        labels = {"kind": "registry.person.invited", "code": "permission-denied"}
        before = scrape("gatehouse_refusals_total", **labels)
        for number in range(2):
            with pytest.raises(PermissionDenied):
                people.invite_person(username=f"p{number}", name="P", by=cast.stranger)
        assert scrape("gatehouse_refusals_total", **labels) == before + 2

    def test_answers_of_the_gate_to_a_pipeline(self, scrape: Any, cast: Cast) -> None:
        version = builders.build_version(cast)
        labels = {"environment": "production", "verdict": "refused"}
        before = scrape("gatehouse_gate_answers_total", **labels)
        address = f"/models/{version.model.name}/versions/{version.number}/gate"
        callers.caller(cast.author).get(address, environment="production")
        assert scrape("gatehouse_gate_answers_total", **labels) == before + 1

    def test_statements_that_the_database_refuses(self, scrape: Any) -> None:
        before = scrape("gatehouse_database_errors_total", error="OperationalError")
        before += scrape("gatehouse_database_errors_total", error="ProgrammingError")
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nonsense FROM nowhere")
        if connection.vendor == "postgresql":
            connection.set_rollback(False)
        after = scrape("gatehouse_database_errors_total", error="OperationalError")
        after += scrape("gatehouse_database_errors_total", error="ProgrammingError")
        assert after == before + 1


class TestHowThingsStand:
    def test_the_outbox_and_its_oldest_message(self, scrape: Any, cast: Cast) -> None:
        stories.everything_at_once(cast)
        OutboxMessage.objects.update(due_at=timezone.now() + datetime.timedelta(hours=1))
        waiting = OutboxMessage.objects.filter(sent_at=None).count()
        assert waiting > 0
        assert scrape("gatehouse_outbox_waiting") == waiting
        assert 0 < scrape("gatehouse_outbox_oldest_seconds") < 600
        OutboxMessage.objects.update(sent_at=timezone.now())
        assert scrape("gatehouse_outbox_waiting") == scrape("gatehouse_outbox_oldest_seconds") == 0

    def test_the_age_of_the_workers_heartbeat(self, scrape: Any) -> None:
        Heartbeat.objects.create(name="worker", at=timezone.now() - datetime.timedelta(seconds=100))
        assert 100 <= scrape("gatehouse_heartbeat_age_seconds", name="worker") < 130

    def test_reviews_that_wait(self, scrape: Any, cast: Cast) -> None:
        assert scrape("gatehouse_reviews_waiting") == 0
        builders.ask_for_review(cast, builders.ready_version(cast))
        assert scrape("gatehouse_reviews_waiting") == 1

    def test_a_silent_database_is_said_and_what_was_counted_is_still_told(
        self, scrape: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert scrape("gatehouse_database_up") == 1

        def fail() -> None:
            raise DatabaseError("gone")

        monkeypatch.setattr(telemetry, "_outbox", fail)
        assert scrape("gatehouse_database_up") == 0
        labels = {"method": "GET", "route": "governance:metrics", "status": "2xx"}
        assert scrape("gatehouse_request_seconds_count", **labels) > 0

    def test_few_statements(self, client: Client, cast: Cast, settings: Any) -> None:
        settings.METRICS_TOKEN = TOKEN
        stories.everything_at_once(cast)
        with CaptureQueriesContext(connection) as captured:
            client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert len(captured) == 3


COUNT = "from audit import telemetry; telemetry.EVENTS.labels('registry.model.registered').inc()"
READ = "from governance import telemetry; print(telemetry.exposition().decode())"
SETUP = "import django; django.setup(); "


def test_what_several_processes_counted_is_added_up(tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", telemetry.SHARED_FOLDER: str(tmp_path)}
    for code in (COUNT, COUNT):
        subprocess.run([sys.executable, "-c", SETUP + code], env=environment, check=True)
    read = subprocess.run([sys.executable, "-c", SETUP + READ], env=environment, capture_output=True, text=True)
    assert 'gatehouse_events_total{kind="registry.model.registered"} 2.0' in read.stdout
