"""What the ledger page shows at its top: how the record stands, and what everybody can check it with."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, Min
from django.http import HttpRequest
from django.utils import timezone

from audit import anchoring, hindrances, proving, record, signing
from audit.anchoring import AnchorState
from audit.models import AskedProof, Hindrance, WaitingEvent
from audit.record import Record, State


@dataclass(frozen=True)
class Words:
    state: str
    icon: str
    title: str


WORDS = {
    State.INTACT: Words("ok", "shield", "Intact"),
    State.UNVERIFIED: Words("info", "shield", "Signed, not verified yet"),
    State.HINDERED: Words("warn", "clock", "Nothing is signed at the moment"),
    State.LATE: Words("warn", "clock", "Not signed for some time"),
    State.OVERDUE: Words("warn", "clock", "Not verified for more than a day"),
    State.BROKEN: Words("bad", "x-circle", "Not whole"),
    State.UNREAD: Words("warn", "alert", "An anchor could not be read"),
    State.HALTED: Words("bad", "lock", "Read-only: not what was signed"),
    State.UNSIGNED: Words("quiet", "clock", "Not signed yet"),
}


@dataclass(frozen=True)
class Integrity:
    """`waiting` events have no place in the tree yet, the oldest of them since `waiting_since`. `asked` is the proof
    that waits or runs."""

    record: Record
    words: Words
    key: str
    anchors: list[AnchorState]
    waiting: int
    waiting_since: datetime.datetime | None
    hindrances: list[Hindrance]
    asked: AskedProof | None

    @property
    def has_no_worker(self) -> bool:
        """None has come to it, or said anything, for longer than that takes."""
        if self.asked is None:
            return False
        return (self.asked.seen_at or self.asked.asked_at) <= timezone.now() - proving.PATIENCE

    @property
    def unsigned(self) -> int:
        return self.record.unsigned + self.waiting


def of(request: HttpRequest) -> Integrity:
    """Beside the record, three statements; one more while a proof waits or runs, and while a machine cannot sign."""
    stands = record.of(request)
    waiting = WaitingEvent.objects.aggregate(count=Count("pk"), since=Min("written_at"))
    return Integrity(
        record=stands,
        words=WORDS[stands.state],
        key=str(signing.verifier()) if stands.size else "",
        anchors=anchoring.states(),
        waiting=waiting["count"],
        waiting_since=waiting["since"],
        hindrances=list(hindrances.current()) if stands.state is State.HINDERED else [],
        asked=proving.asked() if stands.is_asked else None,
    )
