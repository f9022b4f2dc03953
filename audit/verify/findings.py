"""What a proof says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import DataError, OperationalError, ProgrammingError

from audit import retries

#: What comes of a column that holds what it should not (SQLite takes everything, PostgreSQL times without end), or that
#: is gone with what it held.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    DataError,
    LookupError,
    OperationalError,
    ProgrammingError,
    RecursionError,
    TypeError,
    ValueError,
)
#: SQLite says with one word also that it is busy, or that the disk is full, which are no findings.
SAID_OF_WHAT_IS_THERE = ("Could not decode", "no such column", "no such table")


@dataclass(frozen=True)
class Fault:
    """The first thing found that is not as it was written. `where` names an event, a row or a checkpoint."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}"


@dataclass
class Progress:
    """How far a proof is that runs: `count` of `total` events are read; behind them, `what` else is being read."""

    what: str = "events"
    count: int = 0
    total: int = 0


@dataclass(frozen=True)
class Proof:
    """How much was read before the end, or before `fault`. `unread` says of each anchor that could not be read why."""

    count: int
    fault: Fault | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


def unreadable(where: str, error: Exception) -> Fault:
    """Whoever writes what nobody can read does not end the proof by it: that is a finding. Raises what is none."""
    if isinstance(error, OperationalError) and not any(words in str(error) for words in SAID_OF_WHAT_IS_THERE):
        raise error
    return Fault(where, f"cannot be read: {retries.reason(error)}")
