"""How the ledger stands, for one line on every page: signed, verified, or not to be relied on."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from audit import halts, hindrances
from audit.models import AskedProof, Checkpoint, Event, Leaf

VERIFIED, BEGUN = "audit.ledger.verified", "audit.epoch.opened"
#: Verified each night; a night may be long.
OVERDUE = datetime.timedelta(hours=26)


#: Signed at most half a minute after an event; a worker that is busy or starts takes a while longer.
LATE = datetime.timedelta(minutes=5)


class State(enum.Enum):
    INTACT = "intact"
    UNVERIFIED = "unverified"
    OVERDUE = "overdue"
    LATE = "late"
    HINDERED = "hindered"
    BROKEN = "broken"
    UNREAD = "unread"
    HALTED = "halted"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Loss:
    """What was missing when the newest epoch began: `events` of those that had been signed for, `of` them."""

    epoch: int
    events: int
    of: int

    @classmethod
    def told_by(cls, facts: Mapping[str, Any]) -> Loss:
        return cls(facts["epoch"], max(0, facts["lost_size"] - facts["size"]), facts["lost_size"])

    def __str__(self) -> str:
        return (
            f"{self.events:,} of {self.of:,} events that had been signed for were lost before epoch {self.epoch} began"
        )


@dataclass(frozen=True)
class Record:
    """`size` events were signed for last, and `unsigned` have a place in the tree since. `verified` events were read,
    which were all, at `verified_at`, since the last `loss`, and the anchors that are `unread` could not be, each since
    when. `is_asked` says that the next proof waits or runs."""

    state: State
    size: int = 0
    unsigned: int = 0
    verified: int = 0
    root: str = ""
    signed_at: datetime.datetime | None = None
    verified_at: datetime.datetime | None = None
    is_asked: bool = False
    loss: Loss | None = None
    reason: str = ""
    unread: Mapping[str, datetime.datetime] = field(default_factory=dict)


def of(request: HttpRequest) -> Record:
    """Read once for each request."""
    if not hasattr(request, "record"):
        request.record = current()
    return request.record


def current() -> Record:
    """In one statement, which finds its row also where nothing is signed: a copy of the database that was put back may
    be from before the first checkpoint."""
    # One that did not read the rows takes back nothing of what another has found in them.
    deep_or_bad = Q(facts__has_key="rows") | ~Q(facts__fault="")
    begun = Event.objects.by_the_portal(BEGUN).order_by("-pk")
    # A proof of what was there before the database was set back says nothing of what is there since.
    since = Coalesce(Subquery(begun.values("pk")[:1]), 0)
    verified = Event.objects.by_the_portal(VERIFIED).filter(deep_or_bad, pk__gt=since).order_by("-pk")
    signed = Checkpoint.objects.order_by("-pk")
    found = Event.objects.order_by("-pk").annotate(
        halted=halts.standing_reason(),
        hindered=hindrances.standing_reason(),
        placed=Subquery(Leaf.objects.order_by("-index").values("index")[:1]),
        size=Subquery(signed.values("size")[:1]),
        root=Subquery(signed.values("root")[:1]),
        signed_at=Subquery(signed.values("signed_at")[:1]),
        verified_at=Subquery(verified.values("at")[:1]),
        verification=Subquery(verified.values("facts")[:1]),
        is_asked=Exists(AskedProof.objects.all()),
        begun=Subquery(begun.values("facts")[:1]),
    )
    stands = found.values(*found.query.annotations).first()
    return _record(stands) if stands else Record(State.UNSIGNED)


def _record(stands: dict[str, Any]) -> Record:
    size, verification = stands["size"] or 0, stands["verification"] or {}
    placed = 0 if stands["placed"] is None else stands["placed"] + 1
    unsigned = max(0, placed - size)
    unread = verification.get("unread", {})
    state, reason = _state(stands, verification, unsigned)
    return Record(
        state=state,
        size=size,
        unsigned=unsigned,
        verified=verification.get("events", 0),
        root=bytes(stands["root"] or b"").hex(),
        signed_at=stands["signed_at"],
        verified_at=stands["verified_at"],
        is_asked=stands["is_asked"],
        loss=Loss.told_by(stands["begun"]) if stands["begun"] else None,
        reason=reason,
        unread={name: datetime.datetime.fromisoformat(found["since"]) for name, found in unread.items()},
    )


def _state(stands: dict[str, Any], verification: dict[str, Any], unsigned: int) -> tuple[State, str]:
    if stands["halted"] is not None:
        return State.HALTED, stands["halted"]
    if stands["signed_at"] is None:
        return State.UNSIGNED, ""
    if fault := verification.get("fault"):
        return State.BROKEN, fault
    if unread := verification.get("unread"):
        return State.UNREAD, "; ".join(f"the anchor {name}: {found['why']}" for name, found in unread.items())
    if stands["hindered"] is not None:
        return State.HINDERED, stands["hindered"]
    if unsigned and stands["signed_at"] < timezone.now() - LATE:
        return State.LATE, "Nothing was signed for some time: the worker may not be running"
    if stands["verified_at"] is None:
        return State.UNVERIFIED, ""
    is_overdue = stands["verified_at"] < timezone.now() - OVERDUE
    return State.OVERDUE if is_overdue else State.INTACT, ""


def covers(stands: Record, event: Event) -> bool:
    """Whether what was signed last speaks for the event."""
    leaf = getattr(event, "leaf", None)
    return leaf is not None and leaf.index < stands.size
