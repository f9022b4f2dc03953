"""Taking evidence out of the ledger is written into it."""

from __future__ import annotations

from collections.abc import Mapping

from audit import ledger
from audit.actors import Actor
from audit.models import Event

READ = "audit.view_ledger"
EVERYTHING = "everything"


def export(*, conditions: Mapping[str, str], by: Actor) -> int:
    """Records that `by` takes out the events that meet these conditions; returns the number of the newest of them.

    What is handed out ends there: its own event and what comes later are not in it.
    """
    with ledger.entry("audit.ledger.exported", by=by) as entry:
        entry.require(READ)
        newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        stated = ", ".join(f"{name} {value}" for name, value in conditions.items())
        entry.facts = {"conditions": stated or EVERYTHING, "newest": newest}
    return newest
