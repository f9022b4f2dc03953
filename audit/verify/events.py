"""The log: every event as it was sealed, in its place of the tree, under what was signed for."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Any

import orjson
from django.db.models import Count, Exists, F, Max, OuterRef, TextField
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime

from audit import canonical, kinds, ledger, merkle
from audit.keys import Ring
from audit.models import Event, Leaf, TreeNode, WaitingEvent
from audit.verify.ahead import read_ahead
from audit.verify.claims import Claims
from audit.verify.findings import UNREADABLE, Fault, Progress, Proof, unreadable

CHUNK = 2000
#: For so many seconds an event may neither wait nor have a place. The two are written together, so none should.
BEING_WRITTEN = 10
#: The columns that repeat the bytes, by their names in them.
SAID = ("uid", "kind", "subject", "subject_number", "stream", "label", "actor", "token", "on_behalf_of", "reason",
        "cause", "request_id", "at", "facts", "rows")  # fmt: skip
IDS = ("uid", "actor", "token", "on_behalf_of", "cause")
NOT_ONLY_TEXT = ("subject_number", "facts", "rows")
#: Read as the database writes them: what a driver makes of them takes several times as long.
AS_TEXT = (*IDS, "at", "facts", "rows")
COLUMNS = (*SAID, "canonical", "mac", "key_id")


def events_whole(*, every_copy: bool = True, progress: Progress | None = None) -> Proof:
    """Checks the seal of each event, its columns against its bytes, its place in the tree against the tree's nodes, the
    root of each size that was signed for, and that each subject's numbers have no gap.

    Reads everything once, in the order of the tree, and holds one hash for each full subtree. Ask for it inside a
    `snapshot()` on a portal that is in use. Of what anchors keep, every copy has to be there; the content is read of
    each, or else of those that no proof has read before, and of the newest.
    """
    reading = _Reading(every_copy, progress or Progress())
    try:
        fault = reading.first_fault()
    except UNREADABLE as error:
        fault = unreadable(f"what stands behind the first {reading.count} events", error)
    return Proof(reading.count, fault, reading.unread)


class _Reading:
    """One way through the log. Each look returns the first fault it finds."""

    def __init__(self, every_copy: bool, progress: Progress) -> None:
        self.unread: Mapping[str, str] = {}
        self._every_copy = every_copy
        self._progress = progress
        self._ring = Ring()
        self._growth = merkle.Growth()
        self._nodes = _nodes()

    @property
    def count(self) -> int:
        return self._progress.count

    def first_fault(self) -> Fault | None:
        looks = (self._placed, self._lost, self._beyond, self._unplaced, self._queued, _numbered)
        with closing(self._nodes), closing(Claims(every_copy=self._every_copy)) as self._claims:
            self.unread = self._claims.unread
            return next(filter(None, (look() for look in looks)), None)

    def _placed(self) -> Fault | None:
        """Events in the order of the tree."""
        leaves = Leaf.objects.order_by("index").values_list("index", "event_id", *_selected("event__"))
        with closing(read_ahead(leaves, CHUNK)) as placed:
            for index, number, *columns in placed:
                if index != self._growth.size:
                    break
                event = _Columns(number, columns)
                if fault := self._claims.against(self._growth):
                    return Fault(_ledger_before(event), fault)
                if fault := event.fault(self._ring) or self._claims.against_time(event.at) or self._grow(event):
                    return Fault(str(event), fault)
                self._progress.count += 1
        return None

    def _lost(self) -> Fault | None:
        """Where the way through the tree ended too early: events that are gone are not read with their places."""
        size = self._growth.size
        for index, number in Leaf.objects.exclude(index__range=(0, size - 1)).order_by("index").values_list()[:1]:
            if index == size:
                return Fault(f"event {number}, at place {index} of the tree,", "is gone")
            if index > size:
                return Fault(f"the event at place {size} of the tree", "is gone, and so is its place")
            return Fault(f"event {number}", f"stands at place {index} of the tree, which has none before 0")
        return None

    def _beyond(self) -> Fault | None:
        """What is said to stand behind the last event of the tree."""
        fault = self._claims.against(self._growth) or self._claims.beyond(self._growth)
        if fault:
            return Fault(f"the end of the ledger, after {self._growth.size} events:", fault)
        if left := next(self._nodes, None):
            return Fault(f"node {left[0]} of the tree", "is there, though no event leads to it")
        return None

    def _unplaced(self) -> Fault | None:
        """Events that still wait, and those that nobody has put anywhere."""
        gone = WaitingEvent.objects.filter(~Exists(Event.objects.filter(pk=OuterRef("pk")))).first()
        if gone is not None:
            return Fault(f"event {gone.pk}, which waits for a place in the tree,", "is gone")
        events = Event.objects.filter(leaf=None).order_by("pk")
        columns_of_waiting = events.values_list("pk", "waiting", "waiting__fault", *_selected())
        for number, waiting, kept_out, *columns in columns_of_waiting.iterator(chunk_size=CHUNK):
            event = _Columns(number, columns)
            fault = event.fault(self._ring) or (f"is kept out of the tree: {kept_out}" if kept_out else "")
            if not fault and waiting is None and event.at < time.time() - BEING_WRITTEN:
                fault = "has no place in the tree and waits for none"
            if fault:
                return Fault(str(event), fault)
            self._progress.count += 1
        return None

    def _queued(self) -> Fault | None:
        """Nothing could be put in any more while the queue holds what stands in the tree already."""
        twice = WaitingEvent.objects.filter(Exists(Leaf.objects.filter(event=OuterRef("pk")))).order_by("pk").first()
        return Fault(f"event {twice.pk}", "waits for a place in the tree, where it has one") if twice else None

    def _grow(self, event: _Columns) -> str:
        first = merkle.node_count(self._growth.size)
        for number, node in enumerate(self._growth.add(merkle.leaf_hash(event.content)), first):
            if next(self._nodes, None) != (number, node):
                return f"is not the one that was placed there: node {number} of the tree is another"
        return ""


def _selected(of: str = "") -> list[str | Cast]:
    return [Cast(of + name, TextField()) if name in AS_TEXT else of + name for name in COLUMNS]


class _Columns:
    """A row of the events' table."""

    def __init__(self, number: int, columns: list[Any]) -> None:
        self._number = number
        said = self._said = dict(zip(SAID, columns, strict=False))
        said |= {name: _id(said[name]) for name in IDS}
        said["at"] = _moment(said["at"])
        content, mac, self._key_id = columns[len(SAID) :]
        self.content, self._mac = bytes(content), bytes(mac)

    def __str__(self) -> str:
        """Findings stand where everybody reads them, so that what is confidential has its number alone."""
        kind, label = self._said["kind"], self._said["label"]
        return f"event {self._number} ({kind}, {label})" if kinds.is_open_to_all(kind) else f"event {self._number}"

    @property
    def at(self) -> float:
        return self._said["at"].timestamp()

    def fault(self, ring: Ring) -> str:
        if fault := ring.fault(self.content, self._mac, self._key_id):
            return fault
        if self._is_written_as_signed():
            return ""
        said, repeated = json.loads(self.content), self._repeated(json.loads)
        is_same = said == repeated and all(_are_same(said[name], repeated[name]) for name in NOT_ONLY_TEXT)
        return "" if is_same else "its columns differ from its signed bytes"

    def _is_written_as_signed(self) -> bool:
        """A quick yes for nearly every event. After a no `json` judges: RFC 8785 has a rule of its own for a few keys.

        orjson reads whole numbers beyond 64 bits as fractions, and writes infinity as null. Nothing that was signed has
        a fraction, or null for its number. What it refuses, such as NaN or half of a character pair, `json` takes.
        """
        try:
            return orjson.dumps(self._repeated(orjson.loads), option=orjson.OPT_SORT_KEYS) == self.content
        except (TypeError, ValueError):
            return False

    def _repeated(self, parsed: Callable[[str], Any]) -> dict[str, Any]:
        """What the columns say, as the bytes should."""
        said = self._said
        exact = {"at": canonical.plain(said["at"]), "facts": parsed(said["facts"]), "rows": parsed(said["rows"])}
        return said | exact | {"format": ledger.FORMAT}


def _are_same(said: Any, repeated: Any) -> bool:
    """As JSON has it: to Python, true and 1 are the same."""
    if type(said) is dict and type(repeated) is dict:
        return said.keys() == repeated.keys() and all(_are_same(said[name], repeated[name]) for name in said)
    if type(said) is list and type(repeated) is list:
        return len(said) == len(repeated) and all(map(_are_same, said, repeated))
    return type(said) is type(repeated) and said == repeated


def _id(text: str | None) -> str | None:
    """SQLite keeps the digits alone."""
    if not text or "-" in text:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _moment(text: str) -> datetime.datetime | None:
    """None for a text that is none."""
    moment = parse_datetime(text)
    return moment.replace(tzinfo=datetime.UTC) if moment and moment.tzinfo is None else moment


def _nodes() -> Generator[tuple[int, bytes]]:
    with closing(read_ahead(TreeNode.objects.order_by("number").values_list("number", "hash"), CHUNK)) as kept:
        for number, node in kept:
            yield number, bytes(node)


def _ledger_before(event: _Columns) -> str:
    return f"the ledger before {event}:"


def _numbered() -> Fault | None:
    """Whether the events about each subject are numbered 1, 2, 3 …, each once: a table can lose its constraints."""
    numbers = Count("subject_number", distinct=True)
    counted = Event.objects.order_by().values("subject")
    counted = counted.annotate(last=Max("subject_number"), events=Count("pk"), numbers=numbers)
    wrong = counted.exclude(last=F("events"), numbers=F("events")).order_by("subject").first()
    if wrong is None:
        return None
    subject, last = wrong["subject"], wrong["last"]
    there = (
        Event.objects.filter(subject=subject)
        .order_by("subject_number", "pk")
        .values_list("subject_number", "pk", "kind")
    )
    for expected, (number, key, kind) in enumerate(there, start=1):
        is_open = kinds.is_open_to_all(kind)
        if number > expected:
            missing = f"number {expected} about {subject}" if is_open else f"an event about the subject of event {key}"
            return Fault(missing, f"is missing, though there are {last}")
        if number < expected:
            twice = f"number {number} about {subject}" if is_open else f"event {key}"
            return Fault(twice, "is there more than once, or has no such number")
    return None
