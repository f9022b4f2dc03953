"""What was signed for, wherever it is kept: claims of what the root is at a size, in the order of the sizes."""

from __future__ import annotations

import heapq
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from audit import anchors, retries, signing
from audit.anchors import Anchor
from audit.merkle import Growth
from audit.models import Checkpoint, Event
from audit.notes import Checkpoint as SignedCheckpoint
from audit.notes import Head, NotSigned, VerifierKey

CHUNK = 2000
BEGUN = "audit.epoch.opened"
#: The epoch, then size and time: audit.anchors.name_of.
PLACE = re.compile(r"([1-9][0-9]*)/([0-9]{20})-([0-9]+)\.checkpoint")
#: An event is written a while before it is placed: a long import, for one. Clocks differ by less.
LATEST, SKEW = 10 * 60, 60
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


class Claims:
    """Compares the growing tree with each claim as it comes to its size."""

    def __init__(self) -> None:
        self.count = 0
        self._ends = _ends_of_epochs()
        self._coming = self._still_true()
        self._next = next(self._coming, None)
        self._signed_at = 0

    def close(self) -> None:
        """Lets the database go: who stopped at a fault has read no claim to its end."""
        self._coming.close()

    def against(self, growth: Growth) -> str:
        """What is wrong with a claim about a tree of this size."""
        while self._next is not None and self._next.size <= growth.size:
            claim, self._next = self._next, next(self._coming, None)
            if fault := _fault_of(claim, growth):
                return fault
            self._signed_at = max(self._signed_at, claim.signed_at)
            self.count += 1
        return ""

    def against_time(self, at: float) -> str:
        """What is wrong with the time of an event that comes next, in seconds since 1970."""
        if at < self._signed_at - LATEST:
            return "says that it is older than a checkpoint that does not know it"
        if self._next is not None and not self._next.fault and at > self._next.signed_at + SKEW:
            return "says that it is younger than a checkpoint that knows it"
        return ""

    def beyond(self, growth: Growth) -> str:
        """What was signed for and is not there."""
        if self._next is None:
            return ""
        if self._next.fault:
            return f"{self._next.where} {self._next.fault}"
        return f"{self._next.where} speaks of {self._next.size} events, of which {growth.size} are there"

    def _still_true(self) -> Iterator[Claim]:
        """Without what an epoch that has ended had signed for and lost: the next one said so."""
        for claim in heapq.merge(*_sources(self._ends), key=attrgetter("size")):
            if claim.fault or claim.size <= self._ends.get(claim.epoch, claim.size):
                yield claim


def _fault_of(claim: Claim, growth: Growth) -> str:
    if claim.fault:
        return f"{claim.where} {claim.fault}"
    if claim.head.root != growth.root():
        return f"{claim.where} is signed for another beginning of {claim.size} events"
    return ""


def _sources(ends: Mapping[int, int]) -> list[Iterator[Claim]]:
    in_the_database = Checkpoint.objects.order_by().values_list("epoch", flat=True).distinct()
    epochs = {1, signing.remembered().epoch, *ends, *in_the_database}
    configured = anchors.configured().items()
    kept = [_kept_by(name, anchor, epoch) for name, anchor in configured for epoch in epochs]
    strays = [_strays(anchor, epochs) for _, anchor in configured]
    return [_of_the_database(), _of_the_signer(), *kept, *strays]


def _of_the_database() -> Iterator[Claim]:
    for row in Checkpoint.objects.order_by("size", "pk").iterator(chunk_size=CHUNK):
        where, head = f"the checkpoint of {row.size} events", Head(row.size, bytes(row.root))
        claim = _claimed(where, row.epoch, row.note)
        if not claim.fault and (claim.head, claim.signed_at) != (head, int(row.signed_at.timestamp())):
            claim = Claim(where, row.epoch, head, claim.signed_at, "says other than what was signed")
        yield claim if claim.size == row.size else Claim(where, row.epoch, head, claim.signed_at, claim.fault)


def _of_the_signer() -> Iterator[Claim]:
    memory = signing.remembered()
    if memory.signed_at:
        yield Claim("what the signer remembers", memory.epoch, memory.head, memory.signed_at)


def _kept_by(name: str, anchor: Anchor, epoch: int) -> Iterator[Claim]:
    """The copies of one epoch, which stand in the order of their sizes, and those that were there once."""
    try:
        copies = ((copy, note) for copy, note in anchor.kept() if _epoch_of(copy) == epoch)
        said = ((copy, None) for copy in _said_to_be_kept(name, epoch))
        for copy, found in groupby(heapq.merge(copies, said, key=itemgetter(0)), key=itemgetter(0)):
            note = next((note for _, note in found if note is not None), None)
            yield _of_copy(f"the copy {copy} in {anchor.where}", copy, note)
    except Exception as error:
        yield _unreadable(anchor, epoch, error)


def _of_copy(where: str, copy: str, note: bytes | None) -> Claim:
    """A false one stands where its name puts it, behind what the database says of the same size."""
    epoch, size, at = map(int, PLACE.fullmatch(copy).groups())
    if note is None:
        return Claim(where, epoch, Head(size, b""), at, "is gone, though it was kept there")
    claim = _claimed(where, epoch, note.decode(errors="replace"))
    if (claim.size, claim.signed_at) == (size, at):
        return claim
    return Claim(where, epoch, Head(size, b""), at, claim.fault or "is another than its name says")


def _said_to_be_kept(name: str, epoch: int) -> Iterator[str]:
    """By the database, in the order of the names."""
    rows = Checkpoint.objects.filter(epoch=epoch, anchorings__anchor=name, anchorings__kept_at__isnull=False)
    yield from map(anchors.name_of, rows.order_by("size", "signed_at").iterator(chunk_size=CHUNK))


def _strays(anchor: Anchor, epochs: Container[int]) -> Iterator[Claim]:
    """What lies among the copies and is none of this ledger, or of an epoch that the database has forgotten."""
    try:
        for name, _ in anchor.kept():
            epoch = _epoch_of(name)
            if epoch not in epochs:
                fault = f"is of the epoch {epoch}, of which nothing is known here" if epoch else "has no name of one"
                yield Claim(f"the copy {name} in {anchor.where}", 1, NOTHING, 0, fault)
    except Exception as error:
        yield _unreadable(anchor, 1, error)


def _epoch_of(name: str) -> int:
    """0 for what is no name of a checkpoint."""
    found = PLACE.fullmatch(name)
    return int(found[1]) if found else 0


def _unreadable(anchor: Anchor, epoch: int, error: Exception) -> Claim:
    """An anchor that nobody can read proves nothing; the finding says so, whatever its reason."""
    return Claim(anchor.where, epoch, NOTHING, 0, f"cannot be read: {retries.reason(error)}")


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


def _ends_of_epochs() -> dict[int, int]:
    """The size that each epoch but the last came to, as the event says that began the next one."""
    begun = Event.objects.filter(kind=BEGUN).order_by("pk").values_list("facts", flat=True)
    return {facts["epoch"] - 1: facts["size"] for facts in begun if _tells_of_an_epoch(facts)}


def _tells_of_an_epoch(facts: Any) -> bool:
    """One that does not is forged, and found where it stands."""
    return isinstance(facts, dict) and all(type(facts.get(name)) is int for name in ("epoch", "size"))
