"""The worker: it refuses to start where serving would be unsafe, and one task's trouble is not another's."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from approvals import tasks
from approvals.actions import retirement
from approvals.models import Clearance
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "said"),
    [("weak", "SECRET_KEY is weak"), (secrets.token_urlsafe(64), "no such table")],
    ids=["a weak key", "no tables"],
)
def test_it_does_not_start_where_serving_would_be_unsafe(tmp_path: Path, key: str, said: str) -> None:
    """That it starts where it is safe is proved in tests/proofs/test_worker.py."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "GATEHOUSE_VAR": str(tmp_path),
        "SECRET_KEY": key,
    }
    command = [sys.executable, "-m", "celery", "-A", "governance", "worker", "--pool", "solo"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert said in ended.stderr


def test_a_clearance_that_fails_holds_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing, _ = (
        retirement.ask_clearance(version=builders.build_version(cast), reason="Old.", replacement=None, by=cast.author)
        for _ in range(2)
    )
    dependents_of = retirement.dependents.of

    def fail_for_one(version: Any) -> Any:
        if version == failing.version:
            raise RuntimeError("broken")
        return dependents_of(version)

    monkeypatch.setattr(retirement.dependents, "of", fail_for_one)
    with caplog.at_level(logging.ERROR):
        assert tasks.compute_waiting_clearances() == 1
    assert list(Clearance.objects.waiting()) == [failing]
    assert f"What depends on {failing.version} was not computed" in caplog.text
    monkeypatch.undo()
    assert tasks.compute_waiting_clearances() == 1
