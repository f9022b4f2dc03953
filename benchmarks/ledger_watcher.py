"""The watcher of `benchmarks.ledger`: prints for each event how many seconds it waited for its place in the tree."""

from __future__ import annotations

import os
import select
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django.setup()

from audit.models import Leaf  # noqa: E402 - models can be read only once Django is set up

LOOK_SECONDS = 0.02


def main() -> None:
    """Until somebody writes a line to it."""
    next_index, waited = Leaf.objects.count(), []
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
        placed = Leaf.objects.filter(index__gte=next_index).order_by("index").values_list("index", "event__at")
        now = time.time()
        for index, at in placed:
            waited.append(now - at.timestamp())
            next_index = index + 1
    sys.stdout.write("".join(f"{each}\n" for each in waited))


main()
