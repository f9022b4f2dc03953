"""One writer of `benchmarks.ledger`: acts from a moment on, and prints how many seconds each action took."""

from __future__ import annotations

import argparse
import os
import sys
import time
import uuid
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django.setup()

from audit import keys, tree  # noqa: E402 - models can be read only once Django is set up
from registry.actions import people, sign_in  # noqa: E402
from registry.models import Person  # noqa: E402


def leave_out(way: str) -> None:
    """What the benchmark's way of writing goes without."""
    if way == "bare":
        keys.sign = lambda message: (b"", "none")
        tree.enqueue = lambda event: None
    if way != "placed":
        tree.integrate_overdue = lambda: 0


def create_team() -> None:
    """With a governed row and its history row."""
    people.create_team(name=f"Team {uuid.uuid4()}", by=Person.objects.system())


def signing_in() -> Callable[[], None]:
    """The event alone, of one person over and over."""
    name = f"person-{uuid.uuid4()}"
    person = people.create_person(username=name, name=name, by=Person.objects.system())
    return lambda: sign_in.record_sign_in(person=person, ways=["password"])


ACTIONS: dict[str, Callable[[], Callable[[], None]]] = {"team": lambda: create_team, "sign-in": signing_in}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way")
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("seconds", type=float)
    parser.add_argument("rate", type=float)
    options = parser.parse_args()
    leave_out(options.way)
    act = ACTIONS[options.action]()
    act()
    tree.integrate()  # what was left waiting before, and while the others get ready, is not this round's to pay for
    print("ready", flush=True)
    due = float(sys.stdin.readline())
    end = due + options.seconds
    took = []
    time.sleep(max(0, due - time.time()))
    while time.time() < end:
        started = time.perf_counter()
        act()
        took.append(time.perf_counter() - started)
        if options.rate:
            due += 1 / options.rate
            time.sleep(max(0, due - time.time()))
    sys.stdout.write("".join(f"{each}\n" for each in took))


main()
