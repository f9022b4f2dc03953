"""How the ledger stands, for one line on every page: signed, verified, or not to be relied on."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass

from django.db.models import Q, Subquery
from django.http import HttpRequest
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
    """`size` is how many events were signed for last, `verified_at` when all of them were last read."""

    state: State
    size: int = 0
    root: str = ""
    signed_at: datetime.datetime | None = None
    verified_at: datetime.datetime | None = None
    reason: str = ""


def of(request: HttpRequest) -> Record:
    """Read once for each request."""
    if not hasattr(request, "record"):
        request.record = current()
    return request.record


def current() -> Record:
    """In one statement."""
    # One that did not read the rows takes back nothing of what another has found in them.
    deep_or_bad = Q(facts__has_key="rows") | ~Q(facts__fault="")
    verified = Event.objects.filter(deep_or_bad, kind=VERIFIED).order_by("-pk")
    signed = Checkpoint.objects.annotate(
        halted=Subquery(Halt.objects.values("reason")[:1]),
        verified_at=Subquery(verified.values("at")[:1]),
        verification=Subquery(verified.values("facts")[:1]),
    ).first()
    return _record(signed) if signed else Record(State.UNSIGNED)


def _record(signed: Checkpoint) -> Record:
    state, reason = _state(signed)
    return Record(state, signed.size, bytes(signed.root).hex(), signed.signed_at, signed.verified_at, reason)


def _state(signed: Checkpoint) -> tuple[State, str]:
    if signed.halted is not None:
        return State.HALTED, signed.halted
    if signed.verified_at is None:
        return State.UNVERIFIED, ""
    if fault := signed.verification["fault"]:
        return State.BROKEN, fault
    is_overdue = signed.verified_at < timezone.now() - OVERDUE
    return State.OVERDUE if is_overdue else State.INTACT, ""


def covers(stands: Record, event: Event) -> bool:
    """Whether what was signed last speaks for the event."""
    leaf = getattr(event, "leaf", None)
    return leaf is not None and leaf.index < stands.size
