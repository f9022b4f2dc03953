"""The whole proof, as it is asked for by commands and every night, and written down."""

from __future__ import annotations

from dataclasses import dataclass

from audit.verify.events import events_whole
from audit.verify.findings import Fault
from audit.verify.moment import snapshot
from audit.verify.rows import rows_as_recorded


@dataclass(frozen=True)
class Verification:
    """`rows` is None when they were not read."""

    events: int
    rows: int | None
    fault: Fault | None


def verify(*, deep: bool) -> Verification:
    """Everything as it stands at one moment; the portal goes on writing meanwhile."""
    with snapshot():
        events = events_whole()
        if events.fault or not deep:
            return Verification(events.count, None, events.fault)
        rows = rows_as_recorded()
        return Verification(events.count, rows.count, rows.fault)
