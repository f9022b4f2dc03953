"""The broker and the cache go away: pages, decisions and signing in go on, and nobody waits long for what is gone."""

from __future__ import annotations

import contextlib
import logging
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as configured
from django.core.cache import cache, caches
from django.test import Client
from django.urls import reverse

from approvals import tasks
from approvals.actions import retirement
from approvals.models import Clearance
from audit import outbox, wakeups
from audit.models import OutboxMessage
from audit.silence import Silence
from governance import celery_app
from governance.caching import SteadyRedisCache
from registry.actions import people
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a-long-and-quiet-river"
TRIES = 5
#: One wait of a second for the broker, one for the cache, and the request itself on a busy machine.
PATIENCE_SECONDS = 5


class Redis:
    """A server of this test's own, that can be stopped in its tracks, killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(redis.ConnectionError):
            return self.client().ping()
        return False

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """It takes connections, as the kernel does for it, and answers nothing: worse than one that is gone."""
        self._process.send_signal(signal.SIGSTOP)


@pytest.fixture(autouse=True)
def _no_silence_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "_silence", Silence())
    monkeypatch.setattr(SteadyRedisCache, "silence", Silence())
    SteadyRedisCache("", {}).meanwhile.clear()


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """Broker and cache of this test are a Redis of its own."""
    if not shutil.which("redis-server"):
        pytest.skip("There is no redis-server to start")
    started = Redis(tmp_path)
    patient = {"BACKEND": "governance.caching.SteadyRedisCache", "OPTIONS": configured.REDIS_PATIENCE}
    settings.REDIS_URL = started.url
    settings.CACHES = {"default": patient | {"LOCATION": started.url}}
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", started.url)
    monkeypatch.setitem(celery_app.conf, "broker_transport_options", configured.REDIS_PATIENCE | {"max_retries": 0})
    monkeypatch.setattr(celery_app.amqp, "_producer_pool", None)
    yield started
    caches["default"].close()
    started.kill()


@pytest.fixture(params=["kill", "freeze"])
def gone(request: pytest.FixtureRequest, server: Redis) -> Redis:
    """It was there, connections to it are open, and now it is gone or frozen."""
    cache.set("before", 1)
    celery_app.send_task(outbox.DELIVER)
    getattr(server, request.param)()
    return server


@pytest.fixture
def author(cast: Cast) -> Cast:
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    return cast


def ask_clearance(cast: Cast) -> Clearance:
    version = builders.build_version(cast)
    return retirement.ask_clearance(version=version, reason="Old.", replacement=None, by=cast.author)


def sign_in(password: str = PASSWORD) -> Any:
    return Client().post(reverse("account_login"), {"login": "author", "password": password})


@contextlib.contextmanager
def soon() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < PATIENCE_SECONDS


def test_while_it_is_there_it_wakes_the_worker_and_counts_for_all(server: Redis, author: Cast) -> None:
    ask_clearance(author)
    assert server.client().llen("celery") == 1
    sign_in("wrong")
    assert any(b"login_failed" in key for key in server.client().scan_iter())


def test_what_was_done_stays_done_and_the_sweep_finds_it(
    gone: Redis, author: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), soon():
        clearance = ask_clearance(author)
    assert "The worker was not woken for approvals.tasks.compute_waiting_clearances" in caplog.text
    assert tasks.compute_waiting_clearances() == 1
    assert Clearance.objects.get(pk=clearance.pk).computed_at
    assert outbox.deliver_due() == OutboxMessage.objects.count() > 0


def test_only_the_first_waits_for_it(gone: Redis, author: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ask_clearance(author)
        ask_clearance(author)
    assert caplog.text.count("was not woken") == 1


def test_pages_are_read_and_forms_are_sent(gone: Redis, author: Cast) -> None:
    client = Client()
    client.force_login(author.author, backend="governance.roles.SignInBackend")
    with soon():
        assert client.get(reverse("registry:model_list")).status_code == 200
    review = builders.ask_for_review(author, builders.ready_version(author))
    with soon():
        answer = client.post(reverse("approvals:review_withdraw", args=[review.pk]))
    assert answer.status_code == 302
    review.refresh_from_db()
    assert review.status == "withdrawn"


def test_one_signs_in_and_is_still_stopped_from_guessing(gone: Redis, author: Cast) -> None:
    with soon():
        assert "sessionid" in sign_in().cookies
    for _ in range(TRIES):
        assert sign_in("wrong").status_code == 200
    answer = sign_in()
    assert "sessionid" not in answer.cookies
    assert answer.status_code in (200, 429)


def test_readiness_names_what_is_missing(gone: Redis) -> None:
    with soon():
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()[0].startswith("The broker does not answer.")


def test_when_it_is_back_it_is_used_again(server: Redis, author: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    server.kill()
    ask_clearance(author)
    cache.set("meanwhile", 1)
    server.start()
    assert cache.get("meanwhile") == 1
    monkeypatch.setattr("audit.silence.SECONDS", 0)
    SteadyRedisCache.silence.begin()
    wakeups._silence.begin()
    ask_clearance(author)
    cache.set("afterwards", 1)
    assert server.client().llen("celery") == 1
    assert server.client().keys("*afterwards")


class TestFolderOfMessages:
    @pytest.fixture(autouse=True)
    def _in_the_way(self, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A file where the folder should be: not even root can write there."""
        if settings.REDIS_URL:
            settings.REDIS_URL = ""
        obstacle = tmp_path / "queue"
        obstacle.touch()
        folders = {"data_folder_in": str(obstacle), "data_folder_out": str(obstacle)}
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = folders
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "folder://localhost")
        monkeypatch.setitem(celery_app.conf, "broker_transport_options", folders)
        monkeypatch.setattr(celery_app.amqp, "_producer_pool", None)

    def test_what_was_done_stays_done(self, author: Cast, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            clearance = ask_clearance(author)
        assert "The worker was not woken" in caplog.text
        assert tasks.compute_waiting_clearances() == 1
        assert Clearance.objects.get(pk=clearance.pk).computed_at

    def test_readiness_names_it(self) -> None:
        assert Client().get("/readyz").json()[0].startswith("The broker does not answer.")
