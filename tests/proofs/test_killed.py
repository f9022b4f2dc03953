"""kill -9 in the middle of work: what was acknowledged is there, nothing is half there, and work goes on."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as shared
from django.db import connection

from audit import anchoring, checkpoints, halts, tree, verify
from audit.models import Anchoring, Event, WaitingEvent
from registry.actions import people
from tests import builders
from tests.builders import Cast
from tests.proofs import busy
from tests.proofs.test_whole_logs import restore
from tests.proofs.test_worker import environment
from tests.snapshots import Baseline
from tests.tampering.scene import Scene, put_back, set_stage, state_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]

START, LONGEST = 30, 0.6
#: Rounds before the next log is begun, which is read faster.
ON_ONE_LOG = 8


@pytest.fixture
def stage(signer_of_its_own: Path, settings: Any, tmp_path: Path) -> Scene:
    return set_stage(settings, signer_of_its_own, tmp_path / "copies")


@dataclass(frozen=True)
class Death:
    """After so many seconds at work, or at a place of the code that it has come to so many times."""

    seconds: float
    place: str = ""
    time: int = 1
    when: str = "before"

    @classmethod
    def drawn(cls, random: Random) -> Death:
        if random.random() < 0.4:
            return cls(random.uniform(0, LONGEST))
        return cls(START, random.choice(busy.PLACES), random.randint(1, 6), random.choice(["before", "after"]))


def killed_at_work(stage: Scene, notes: Path, death: Death) -> str:
    """What it complained of besides."""
    variables = environment() | {"GATEHOUSE_KEYS": str(stage.keys), "GATEHOUSE_ANCHORS": str(stage.copies)}
    command = [sys.executable, "-m", busy.__name__, str(notes), death.place, str(death.time), death.when]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, cwd=shared.BASE_DIR) as process:
        _wait_for(notes / "begun", process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(death.seconds)
        has_ended = process.poll() is not None
        process.kill()
        said = process.stderr.read().decode()
    return "" if process.returncode == -signal.SIGKILL and has_ended == bool(death.place) else f"{death}: {said}"


def _wait_for(path: Path, process: subprocess.Popen) -> None:
    end = time.monotonic() + START
    while not path.exists() and process.poll() is None:
        assert time.monotonic() < end, "It has not begun."
        time.sleep(0.005)


def acknowledged(notes: Path) -> set[UUID]:
    """Of whole lines; what was being written when it ended was told to nobody."""
    lines = [line for path in notes.glob("*-*") for line in path.read_text().split("\n")[:-1]]
    return set(map(UUID, lines))


def test_a_portal_that_is_killed_has_lost_nothing_and_goes_on(
    stage: Scene, tmp_path: Path, seeds: Iterator[int]
) -> None:
    cast = builders.build_cast()
    first, files = Baseline.now(), state_of(stage.folders)
    told: set[UUID] = set()
    for seed in seeds:
        if seed % ON_ONE_LOG == 0:
            assert told or seed == 0, "Nothing was ever acknowledged."
            told.clear()
            restore(first)
            put_back(stage.folders, files)
        notes = tmp_path / f"notes-{seed}"
        notes.mkdir()
        death = Death.drawn(Random(seed))
        complaint = killed_at_work(stage, notes, death)
        assert not complaint, complaint
        told |= acknowledged(notes)
        connection.close()

        assert told <= set(Event.objects.values_list("uid", flat=True)), (seed, death)
        assert verify.rows_as_recorded().fault is None, (seed, death)
        assert verify.events_whole().fault is None, (seed, death)
        _go_on(cast, f"{seed} {death}")


def _go_on(cast: Cast, round_: str) -> None:
    people.create_team(name=f"After {round_}", by=cast.admin)
    tree.integrate(wait=True)
    signed = checkpoints.sign_now()
    assert signed is not None and signed.size == Event.objects.count(), round_
    assert not WaitingEvent.objects.exists(), round_
    # A copy that was claimed by the one who was killed is kept once the claim has ended.
    Anchoring.objects.filter(kept_at=None).update(due_at=signed.signed_at)
    while anchoring.keep_due():
        pass
    assert not Anchoring.objects.filter(kept_at=None).exists(), round_
    assert halts.current() is None, round_
    assert verify.events_whole() == verify.Proof(Event.objects.count()), round_
