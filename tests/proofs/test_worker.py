"""A message is only a wake-up: with a real worker, a real broker, and after a kill -9, what was asked for is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from approvals.actions import retirement
from approvals.models import Clearance
from audit.models import Heartbeat, OutboxMessage
from governance import celery_app
from tests import builders

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]

PATIENCE = 60


def environment() -> dict[str, str]:
    """What a worker needs to serve this test's database and files."""
    name = str(connection.settings_dict["NAME"])
    database = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        given = connection.settings_dict
        database = f"postgresql://{given['USER']}@{given['HOST']}:{given['PORT'] or 5432}/{name}"
    return os.environ | {
        "DATABASE_URL": database,
        "GATEHOUSE_VAR": str(settings.VAR),
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "governance.settings",
    }


@contextmanager
def worker() -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "celery", "-A", "governance", "worker", "-B", "--pool", "solo", "-l", "WARNING"]
    with subprocess.Popen(command, env=environment(), start_new_session=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                # What it leaves behind is found by the next one, which is what these tests are about.
                os.killpg(process.pid, signal.SIGKILL)


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.25)
    return False


def ask() -> Clearance:
    cast = builders.build_cast()
    version = builders.build_version(cast)
    return retirement.ask_clearance(version=version, reason="No longer used.", replacement=None, by=cast.author)


def is_computed(clearance: Clearance) -> bool:
    return Clearance.objects.get(pk=clearance.pk).computed_at is not None


def test_a_worker_computes_what_was_asked_and_tells_the_asker_by_mail() -> None:
    with worker():
        clearance = ask()
        assert eventually(lambda: is_computed(clearance))
        assert eventually(lambda: OutboxMessage.objects.filter(sent_at=None).count() == 0)
        assert eventually(Heartbeat.objects.exists)
    mails = [path.read_text() for path in Path(settings.VAR, "mail").glob("*.log")]
    assert any("What depends on" in mail and "author@example.org" in mail for mail in mails)


def test_what_a_killed_worker_left_is_found_by_the_next_one() -> None:
    with worker() as killed:
        assert eventually(Heartbeat.objects.exists)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        clearance = ask()
        celery_app.control.purge()
    with worker():
        assert eventually(lambda: is_computed(clearance))
