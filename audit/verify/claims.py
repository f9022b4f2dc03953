"""What was signed for, wherever it is kept: claims of what the root is at a size, in the order of the sizes."""

from __future__ import annotations

import datetime
import heapq
import re
from collections.abc import Collection, Container, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any

from audit import anchoring, anchors, clock, signing
from audit.anchors import Anchor, Wanted
from audit.merkle import Growth
from audit.models import Checkpoint, Event
from audit.notes import Checkpoint as SignedCheckpoint
from audit.notes import Head, NotSigned, VerifierKey
from audit.record import BEGUN, VERIFIED
from audit.signing import Memory

CHUNK = 2000
#: The epoch, then size and time: audit.anchors.name_of.
PLACE = re.compile(r"([1-9][0-9]*)/([0-9]{20})-([0-9]+)\.checkpoint")
#: An event is written a while before it is placed: a long import, for one. Clocks differ by less.
LATEST, SKEW = 10 * 60, 60
#: Of the last proofs: more nights than an anchor is away for.
LOOKED_THROUGH = 50
#: What is claimed by what was not signed.
NOTHING = Head(0, b"")


@dataclass(frozen=True)
class Claim:
    """`where` says who makes it. `fault` is set when it was not signed as it says."""

    where: str
    epoch: int
    head: Head
    signed_at: int
    fault: str = ""

    @property
    def size(self) -> int:
        return self.head.size


@dataclass(frozen=True)
class End:
    """How an epoch ended: `size` events were there, and `lost_at` is when it had signed for the last time. 0 where
    that was forgotten, or is not said."""

    size: int
    lost_at: int


class Claims:
    """Compares the growing tree with each claim as it comes to its size. `unread` says of each anchor that could not be
    read why: it proves nothing, and nothing is proved against it."""

    def __init__(self, *, every_copy: bool) -> None:
        """Before anything of the ledger is read, so that what is signed meanwhile is not held against it."""
        self.count = 0
        self.unread: dict[str, str] = {}
        self._wanted = _every if every_copy else _not_read_before
        self._begun, self._memory = int(clock.now().timestamp()), signing.remembered()
        self._ends = _ends_of_epochs()
        self._coming = self._still_true()
        self._next = next(self._coming, None)
        self._signed_at, self._at = 0, 0.0

    def close(self) -> None:
        """Lets the database go: who stopped at a fault has read no claim to its end, and its cursor would be closed by
        chance, in the middle of another transaction, which PostgreSQL then refuses to go on with."""
        self._coming.close()

    def against(self, growth: Growth) -> str:
        """What is wrong with a claim about a tree of this size."""
        while self._next is not None and self._next.size <= growth.size:
            claim, self._next = self._next, next(self._coming, None)
            if fault := self._fault_of(claim, growth):
                return fault
            self._signed_at = max(self._signed_at, claim.signed_at)
            self.count += 1
        return ""

    def against_time(self, at: float) -> str:
        """What is wrong with the time of an event that comes next, in seconds since 1970."""
        if at < self._signed_at - LATEST:
            return "says that it is older than a checkpoint that does not know it"
        later = self._next
        if later and not later.fault and at > later.signed_at + SKEW and not self._is_of_lost(later, at):
            return "says that it is younger than a checkpoint that knows it"
        self._at = at
        return ""

    def beyond(self, growth: Growth) -> str:
        """What was signed for and is not there."""
        left = chain([self._next] if self._next is not None else [], self._coming)
        claim = next((each for each in left if not self._is_of_meanwhile(each)), None)
        if claim is None:
            return ""
        if claim.fault:
            return f"{claim.where} {claim.fault}"
        return f"{claim.where} speaks of {claim.size} events, of which {growth.size} are there"

    def _still_true(self) -> Generator[Claim, None, None]:
        """Without what an epoch that has ended had signed for and lost: the next one said so."""
        for claim in heapq.merge(*self._sources(), key=attrgetter("size")):
            end = self._ends.get(claim.epoch)
            is_kept = end is None or claim.size <= end.size or claim.signed_at > end.lost_at > 0
            if claim.fault or is_kept:
                yield claim

    def _sources(self) -> list[Iterator[Claim]]:
        in_the_database = Checkpoint.objects.order_by().values_list("epoch", flat=True).distinct()
        epochs = {1, self._memory.epoch, *self._ends, *in_the_database}
        kept = [self._of_anchor(name, anchor, epochs) for name, anchor in anchors.configured().items()]
        return [_of_the_database(), _of_the_signer(self._memory), *chain.from_iterable(kept)]

    def _of_anchor(self, name: str, anchor: Anchor, epochs: Collection[int]) -> list[Iterator[Claim]]:
        wanted = self._wanted(name)
        return [*(self._kept_by(name, anchor, epoch, wanted) for epoch in epochs), self._strays(name, anchor, epochs)]

    def _kept_by(self, name: str, anchor: Anchor, epoch: int, wanted: Wanted) -> Iterator[Claim]:
        """The copies of one epoch, which stand in the order of their sizes, and those that were there once."""
        copies = ((copy, True, note) for copy, note in self._read(name, anchor, wanted) if _epoch_of(copy) == epoch)
        said = ((copy, False, None) for copy in _said_to_be_kept(name, epoch))
        try:
            for copy, found in groupby(heapq.merge(copies, said, key=itemgetter(0)), key=itemgetter(0)):
                where, (_, is_there, note) = f"the copy {copy} in {anchor.where}", max(found, key=itemgetter(1))
                if note is not None:
                    yield _of_copy(where, copy, note)
                elif not is_there and name not in self.unread:
                    yield _gone(where, copy)
        except anchors.Differs as difference:
            yield Claim(anchor.where, epoch, NOTHING, 0, f"holds something else: {difference}")

    def _strays(self, name: str, anchor: Anchor, epochs: Container[int]) -> Iterator[Claim]:
        """What lies among the copies and is none of this ledger, or of an epoch that the database has forgotten."""
        with suppress(anchors.Differs):  # which those tell of who read the copies
            for copy, _ in self._read(name, anchor, anchors.nothing):
                if _epoch_of(copy) not in epochs:
                    yield _stray(f"the copy {copy} in {anchor.where}", _epoch_of(copy))

    def _read(self, name: str, anchor: Anchor, wanted: Wanted) -> Iterator[tuple[str, bytes | None]]:
        """As far as it can be. Raises Differs; whatever else keeps us from reading is no difference."""
        was_used = anchoring.has_kept(name)
        try:
            if was_used:
                anchors.refuse_absent(anchor)
            yield from anchor.kept(wanted)
        except anchors.Differs:
            raise
        except Exception as error:
            self.unread[name] = anchors.reason(error)

    def _fault_of(self, claim: Claim, growth: Growth) -> str:
        if claim.fault:
            return f"{claim.where} {claim.fault}"
        if claim.head.root != growth.root() and not self._is_of_lost(claim, self._at):
            return f"{claim.where} is signed for another beginning of {claim.size} events"
        return ""

    def _is_of_lost(self, claim: Claim, at: float) -> bool:
        """Whether it may speak of events that a restored database had lost, in whose place others were written before
        that was noticed. These are younger than all that the epoch had signed."""
        end = self._ends.get(claim.epoch)
        return end is not None and claim.signed_at <= end.lost_at and end.lost_at - LATEST <= at

    def _is_of_meanwhile(self, claim: Claim) -> bool:
        """Whether it was signed since the proof began, so that it speaks of events that came later."""
        known = (self._memory.epoch, self._memory.head.size)
        return not claim.fault and claim.signed_at >= self._begun and (claim.epoch, claim.size) > known


def _of_the_database() -> Iterator[Claim]:
    for row in Checkpoint.objects.order_by("size", "pk").iterator(chunk_size=CHUNK):
        where, head = f"the checkpoint of {row.size} events", Head(row.size, bytes(row.root))
        claim = _claimed(where, row.epoch, row.note)
        if not claim.fault and (claim.head, claim.signed_at) != (head, int(row.signed_at.timestamp())):
            claim = Claim(where, row.epoch, head, claim.signed_at, "says other than what was signed")
        yield claim if claim.size == row.size else Claim(where, row.epoch, head, claim.signed_at, claim.fault)


def _of_the_signer(memory: Memory) -> Iterator[Claim]:
    """Nothing while it only knows where an epoch begins, of which it has signed nothing yet."""
    if memory.note:
        yield Claim("what the signer remembers", memory.epoch, memory.head, memory.signed_at)


def _every(name: str) -> Wanted:
    return anchors.everything


def _not_read_before(name: str) -> Wanted:
    """What came into the anchor since a proof that found nothing amiss has read it, and the newest of what came before:
    that one speaks for the whole tree up to there."""
    read = _newest_read(name)
    if read is None:
        return anchors.everything
    place = anchors.place_of(anchors.name_of(read))
    return lambda copy: anchors.place_of(copy) >= place


def _newest_read(name: str) -> Checkpoint | None:
    """None where none of the last proofs could read the anchor."""
    good = Event.objects.by_the_portal(VERIFIED).filter(facts__fault="", facts__has_key="began_at").order_by("-pk")
    read = (facts for facts in good.values_list("facts", flat=True)[:LOOKED_THROUGH] if name not in facts["unread"])
    last = next(read, None)
    return anchoring.newest_kept(name, before=datetime.datetime.fromisoformat(last["began_at"])) if last else None


def _stray(where: str, epoch: int) -> Claim:
    fault = f"is of the epoch {epoch}, of which nothing is known here" if epoch else "has no name of one"
    return Claim(where, 1, NOTHING, 0, fault)


def _gone(where: str, copy: str) -> Claim:
    epoch, size, at = anchors.place_of(copy)
    return Claim(where, epoch, Head(size, b""), at, "is gone, though it was kept there")


def _of_copy(where: str, copy: str, note: bytes) -> Claim:
    """A false one stands where its name puts it, behind what the database says of the same size."""
    epoch, size, at = anchors.place_of(copy)
    claim = _claimed(where, epoch, note.decode(errors="replace"))
    if (claim.size, claim.signed_at) == (size, at):
        return claim
    return Claim(where, epoch, Head(size, b""), at, claim.fault or "is another than its name says")


def _said_to_be_kept(name: str, epoch: int) -> Iterator[str]:
    """By the database, in the order of the names."""
    rows = Checkpoint.objects.filter(epoch=epoch, anchorings__anchor=name, anchorings__kept_at__isnull=False)
    yield from map(anchors.name_of, rows.order_by("size", "signed_at").iterator(chunk_size=CHUNK))


def _epoch_of(name: str) -> int:
    """0 for what is no name of a checkpoint."""
    found = PLACE.fullmatch(name)
    return int(found[1]) if found else 0


def _claimed(where: str, epoch: int, note: str) -> Claim:
    """What the note claims, once its signatures are found to be the log's."""
    try:
        opened = _opened(signing.verifier(epoch), note)
    except NotSigned as fault:
        return Claim(where, epoch, NOTHING, 0, f"is not signed: {fault}")
    return Claim(where, epoch, opened.head, opened.signed_at)


@lru_cache(maxsize=100)
def _opened(key: VerifierKey, note: str) -> SignedCheckpoint:
    """One note comes by as often as it is kept, one copy soon after the other."""
    return key.opened(note)


def _ends_of_epochs() -> dict[int, End]:
    """How each epoch but the last came to its end, as the event says that began the next one."""
    begun = Event.objects.by_the_portal(BEGUN).order_by("pk").values_list("facts", flat=True)
    told = [facts for facts in begun if _tells_of_an_epoch(facts)]
    return {facts["epoch"] - 1: End(facts["size"], facts["lost_at"]) for facts in told}


def _tells_of_an_epoch(facts: Any) -> bool:
    """One that does not is forged, and found where it stands."""
    return isinstance(facts, dict) and all(type(facts.get(name)) is int for name in ("epoch", "size", "lost_at"))
