"""Gives events their place in the Merkle tree, soon after they were written (ADR 3), and reads the tree.

An event waits in a queue that its writer puts it into. Whoever finds the oldest one overdue puts all of them in; a
sweep takes what is left when everything falls silent. One does so at a time, and nobody waits for it.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Iterable, Sequence
from itertools import chain

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import keys, merkle, telemetry
from audit.keys import Ring
from audit.models import Event, Leaf, TreeNode, WaitingEvent
from audit.notes import Head

log = logging.getLogger(__name__)

#: Whoever writes puts the others' events in as well when one has waited for so long. More often, too many writers would
#: pay for it: at a few hundred events a second it is one in two hundred.
OVERDUE = datetime.timedelta(milliseconds=750)
#: A process looks no more often than that, in seconds.
BETWEEN_LOOKS = 0.25
BEHIND = datetime.timedelta(minutes=1)
AT_ONCE = 2000
#: What somebody has done to the queue holds up nobody in it; the proof names it.
NOWHERE = "is gone, or has a place already"
#: What PostgreSQL's advisory locks know the tree by.
LOCK = 0x6C6564676572
ENQUEUE = (
    "INSERT INTO audit_waitingevent (event_id, written_at, fault) SELECT id, at, '' FROM audit_event WHERE id = %s"
)


class Damaged(Exception):
    """The tree lacks what was put into it; the sentence says what, without its stop."""


def enqueue(event: Event) -> None:
    """It waits for its place from now on. Every event of every action goes through here, so it takes the short way."""
    with connection.cursor() as cursor:
        cursor.execute(ENQUEUE, [event.pk])


def read(numbers: Sequence[int]) -> dict[int, bytes]:
    """Raises Damaged when one of them is not there."""
    rows = TreeNode.objects.filter(number__in=numbers).values_list("number", "hash")
    found = {number: bytes(hashed) for number, hashed in rows}
    if lost := set(numbers) - found.keys():
        raise Damaged(f"The tree over the events has lost its node {min(lost)}")
    return found


def size() -> int:
    newest = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if newest is None else newest + 1


def head() -> Head:
    """How far the tree has come. Nodes are never changed, so that it is whole even while others put more into it."""
    now = size()
    return Head(now, merkle.root(now, read))


def index_of(event: Event) -> int | None:
    return Leaf.objects.filter(event=event.pk).values_list("index", flat=True).first()


def integrate(*, wait: bool = False) -> int:
    """Puts every waiting event into the tree whose seal is good, in the order of their numbers; returns how many.

    Finding somebody else at it, it leaves the rest to them, or waits for its turn when asked to. An event whose seal is
    false stays outside, with its fault, and holds up no other.
    """
    placed = 0
    while _waiting().exists():
        handled, some = _integrate_some(wait)
        placed += some
        if not handled:
            break
    return placed


class _Look:
    """When this process looked last. Threads may look at the same time; one of them puts the events in."""

    at = 0.0


def integrate_overdue() -> int:
    """For whoever has just written: no more at once than nobody waits for. Of a long queue the sweep takes the rest."""
    now = time.monotonic()
    if now - _Look.at < BETWEEN_LOOKS:
        return 0
    _Look.at = now
    oldest = _oldest()
    return _integrate_some(wait=False)[1] if oldest is not None and oldest < timezone.now() - OVERDUE else 0


def is_behind() -> bool:
    """Whether an event has waited for so long that others overtook it."""
    oldest = _oldest()
    return oldest is not None and oldest < timezone.now() - BEHIND


def enqueue_forgotten() -> None:
    """Events that neither wait nor have a place come to wait: those from before there was a tree."""
    missing = Event.objects.filter(leaf=None, waiting=None).order_by("pk").values_list("pk", "at")
    rows = [WaitingEvent(event_id=number, written_at=at) for number, at in missing]
    WaitingEvent.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)


def reconsider() -> None:
    """Events come to wait again that a machine kept out which had not their key, where the key is."""
    for waiting in WaitingEvent.objects.exclude(fault="").filter(event__key_id__in=keys.ids()):
        if waiting.fault.startswith(keys.UNKNOWN):
            WaitingEvent.objects.filter(pk=waiting.pk, fault=waiting.fault).update(fault="")


def _oldest() -> datetime.datetime | None:
    """Of those that are there: one that is gone is the proof's to name, and holds up nothing."""
    there = _waiting().filter(event__at__isnull=False)
    return there.order_by("event_id").values_list("written_at", flat=True).first()


def _waiting() -> QuerySet[WaitingEvent]:
    return WaitingEvent.objects.filter(fault="")


def _integrate_some(wait: bool) -> tuple[int, int]:
    """How many waiting events were handled, and how many of them have a place now."""
    with transaction.atomic():
        if not _has_turn(wait):
            return 0, 0
        # Their numbers first: of a long queue, both tables together would be sorted each time.
        waiting = list(_waiting().order_by("event_id").values_list("event_id", flat=True)[:AT_ONCE])
        events = Event.objects.filter(pk__in=waiting, leaf=None).order_by("pk")
        sound, faults = _sifted(events.values_list("pk", "canonical", "mac", "key_id"))
        faults |= dict.fromkeys(set(waiting) - sound.keys() - faults.keys(), NOWHERE)
        _grow(sound)
        WaitingEvent.objects.filter(event__in=list(sound)).delete()
        for number, fault in faults.items():
            log.critical("Event %s is kept out of the tree: %s.", number, fault)
            telemetry.count_outcast()
            WaitingEvent.objects.filter(event=number).update(fault=fault[:100])
    return len(sound) + len(faults), len(sound)


def _has_turn(wait: bool) -> bool:
    """SQLite has one writer, who this is since the transaction began."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return cursor.fetchone()[0]


def _sifted(rows: Iterable[tuple[int, bytes, bytes, str]]) -> tuple[dict[int, bytes], dict[int, str]]:
    """The leaves of the events that are sealed as they stand, and what is wrong with the others."""
    ring = Ring()
    sound, faults = {}, {}
    for number, canonical, mac, key_id in rows:
        entry = bytes(canonical)
        fault = ring.fault(entry, bytes(mac), key_id)
        if fault:
            faults[number] = fault
        else:
            sound[number] = merkle.leaf_hash(entry)
    return sound, faults


def _grow(leaves: dict[int, bytes]) -> None:
    """Appends a leaf for each event, in this order, with the nodes that come with it."""
    before = size()
    growth = merkle.growing(before, read)
    nodes = chain.from_iterable(map(growth.add, leaves.values()))
    numbered = enumerate(nodes, start=merkle.node_count(before))
    TreeNode.objects.bulk_create([TreeNode(number=number, hash=node) for number, node in numbered])
    Leaf.objects.bulk_create([Leaf(index=index, event_id=event) for index, event in enumerate(leaves, start=before)])
