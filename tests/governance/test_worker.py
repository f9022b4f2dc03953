"""The worker: it refuses to start where serving would be unsafe, and one task's trouble is not another's."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from celery.signals import worker_init

from approvals import tasks
from approvals.actions import retirement
from approvals.models import Clearance
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db


def test_it_does_not_start_where_serving_would_be_unsafe(settings: Any) -> None:
    worker_init.send(sender=None)
    settings.SECRET_KEY = "weak"
    with pytest.raises(SystemExit, match="SECRET_KEY is weak"):
        worker_init.send(sender=None)


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
