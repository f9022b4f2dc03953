"""How the ledger stands, for one line on every page: signed, verified, or not to be relied on."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass

from django.db.models import Subquery
from django.utils import timezone

from audit.models import Checkpoint, Event, Halt

VERIFIED = "audit.ledger.verified"
#: Verified each night; a night may be long.
OVERDUE = datetime.timedelta(hours=26)


class State(enum.Enum):
    INTACT = "intact"
    UNVERIFIED = "unverified"
    OVERDUE = "overdue"
    BROKEN = "broken"
    HALTED = "halted"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Record:
    """`size` is how many events were signed for, `verified_at` when all of them were last read."""

    state: State
    size: int = 0
    verified_at: datetime.datetime | None = None
    reason: str = ""


def current() -> Record:
    """In one statement."""
    verified = Event.objects.filter(kind=VERIFIED).order_by("-pk")
    signed = (
        Checkpoint.objects.annotate(
            halted=Subquery(Halt.objects.values("reason")[:1]),
            verified_at=Subquery(verified.values("at")[:1]),
            verification=Subquery(verified.values("facts")[:1]),
        )
        .values("size", "halted", "verified_at", "verification")
        .first()
    )
    return _record(**signed) if signed else Record(State.UNSIGNED)


def _record(size: int, halted: str | None, verified_at: datetime.datetime | None, verification: dict | None) -> Record:
    if halted is not None:
        return Record(State.HALTED, size, verified_at, halted)
    if verified_at is None:
        return Record(State.UNVERIFIED, size)
    if fault := verification["fault"]:
        return Record(State.BROKEN, size, verified_at, fault)
    is_overdue = verified_at < timezone.now() - OVERDUE
    return Record(State.OVERDUE if is_overdue else State.INTACT, size, verified_at)
