"""A portal at work that nobody asks to stop: test_killed.py starts it and kills it, or has it killed at a place.

Each thread writes down, in a file of its own and on the disk, the number of every event that an action has
acknowledged, as a line of its own once the action has returned.
"""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import django
from django.utils.module_loading import import_string

STEPS_AT_ONCE = 3


class Notebook:
    """What was acknowledged."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())
        os.fsync(self._descriptor)


def act(folder: Path, name: str) -> None:
    """One governed row after the other, now and then several in one action."""
    from audit.ledger import Conflict
    from audit.models import Event
    from tests import builders

    notebook, cast, random = Notebook(folder / name), builders.cast_here(), Random(name)
    for number in itertools.count():
        team = _team(cast, f"{name} {number}")
        notebook.write(str(Event.objects.about(team).latest("pk").uid))
        if random.random() < 0.4:
            model = builders.build_model(cast, name=f"model-{name}-{number}", owner=cast.author)
            # Somebody else wrote down the same training data at the same moment, which is said and can be tried again.
            with suppress(Conflict):
                version = builders.build_version(cast, model=model)
                notebook.write(str(Event.objects.about(version).latest("pk").uid))


def _team(cast, name: str):
    from registry.actions import people

    return people.create_team(name=name, by=cast.admin)


def keep() -> None:
    """What the worker does, all the time."""
    from audit import anchoring, checkpoints, tree

    for step in itertools.cycle([tree.integrate, checkpoints.sign_now, anchoring.keep_due]):
        step()


def _until_killed(work: Callable[[], None]) -> None:
    """Whatever breaks ends all of it, so that the test hears of it."""
    try:
        work()
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(3)


#: Where it may have come when it is killed: at each of them other things are done already, and others are not yet.
PLACES = [
    "audit.keys.sign",
    "audit.keys.write",
    "audit.names.keep",
    "audit.ledger.Entry.write",
    "audit.tree._grow",
    "audit.tree._integrate_some",
    "audit.signing.Signer.sign",
    "audit.signing.Signer._remember",
    "audit.checkpoints._publish",
    "audit.anchoring.plan",
    "audit.anchoring._keep",
    "audit.anchors.folder._link",
]


def die_in(place: str, time: int, *, before: bool) -> None:
    """Has the process killed when it has come there for the so-manieth time."""
    module, _, name = place.rpartition(".")
    owner = importlib.import_module(module) if module.rpartition(".")[2].islower() else import_string(module)
    real, times = getattr(owner, name), itertools.count(1)

    def dying(*args: Any, **given: Any) -> Any:
        is_time = next(times) >= time
        if is_time and before:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*args, **given)
        if is_time:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, dying)


def main(folder: Path, place: str = "", time: str = "1", when: str = "before") -> None:
    django.setup()
    if place:
        die_in(place, int(time), before=when == "before")
    writers = [partial(act, folder, f"{os.getpid()}-{each}") for each in range(STEPS_AT_ONCE)]
    for work in [*writers, keep]:
        threading.Thread(target=_until_killed, args=[work]).start()
    (folder / "begun").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
