"""When the tree is signed, and what is proved with what was signed."""

from __future__ import annotations

import base64
import datetime
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.timesince import timesince

from audit import anchoring, clock, halts, hindrances, merkle, signing, telemetry, tree
from audit.models import Checkpoint, Event, Leaf
from audit.notes import Head
from audit.signing import Hindered, Inconsistent, Memory, Signer
from audit.tree import Damaged

log = logging.getLogger(__name__)

#: While events come one after the other, each checkpoint speaks for this many seconds of them.
BETWEEN = datetime.timedelta(seconds=30)
#: Between two that somebody who asks for a proof has signed.
ON_DEMAND = datetime.timedelta(seconds=10)
IN_SILENCE = datetime.timedelta(hours=1)
#: Clocks of machines that are set by the network differ by less.
SKEW = datetime.timedelta(minutes=1)
PROOF_FORMAT = "c2sp.org/tlog-proof@v1"


def sign_due() -> Checkpoint | None:
    """Signs what the tree holds when there is something new, and once an hour when there is not.

    Not while a queue is long: what is put in behind a checkpoint has to be younger than it, as far as anybody can see.
    """
    with signing.signer() as signer:
        if signer is None or tree.is_behind():
            return None
        return _sign(signer) if _is_due(signer.memory) or hindrances.is_here() else None


def sign_now() -> Checkpoint | None:
    """A checkpoint of the tree as it stands: the last one, or a new one for what it does not cover.

    None when this machine does not sign, or when the tree is not the one that was signed before.
    """
    with signing.signer(wait=True) as signer:
        if signer is None:
            return None
        last = Checkpoint.objects.filter(note=signer.memory.note).first()
        if tree.is_behind():
            return last
        return last if last and signer.memory.head == tree.head() else _sign(signer)


def look_back() -> None:
    """Halts the portal when the tree does not go on from what was signed. Signs nothing."""
    with signing.signer() as signer:
        if signer is not None:
            goes_on(signer)


def goes_on(signer: Signer) -> bool:
    """Whether the tree goes on from what was signed; halts the portal when it does not."""
    with _said():
        _refuse_forgotten(signer)
        signer.refuse_inconsistent(_head(signer.memory), _prove)
        return True
    return False


def newest() -> Checkpoint | None:
    return Checkpoint.objects.first()


def newest_held() -> Checkpoint | None:
    """The newest whose events are all here. A database that was set back knows of one that it has lost, since the
    signer has written that down again."""
    return Checkpoint.objects.filter(size__lte=tree.size()).first()


def last_epoch() -> int:
    return Checkpoint.objects.aggregate(last=Max("epoch"))["last"] or 0


def covering(index: int) -> Checkpoint | None:
    """The newest checkpoint that the event of that index is under. Signs when that takes a new one, unless it would be
    one of many: each is kept outside for years."""
    last = newest_held()
    if last and last.size > index:
        return last
    if last and timezone.now() - last.signed_at < ON_DEMAND:
        return None
    last = sign_now() or last
    return last if last and last.size > index else None


def proof_of(event: Event) -> str | None:
    """The event's inclusion proof with its checkpoint, as C2SP tlog-proof writes it.

    None while it has no place in the tree, or nothing is signed that covers it. Nobody who asks has to wait for a long
    queue.
    """
    index = tree.index_of(event)
    if index is None and not tree.is_behind():
        tree.integrate(wait=True)
        index = tree.index_of(event)
    checkpoint = covering(index) if index is not None else None
    if checkpoint is None:
        return None
    hashes = merkle.inclusion_proof(index, checkpoint.size, tree.read)
    lines = [PROOF_FORMAT, f"index {index}", *(base64.b64encode(each).decode() for each in hashes)]
    return "\n".join(lines) + "\n\n" + checkpoint.note


def _is_due(memory: Memory) -> bool:
    since = timezone.now().timestamp() - memory.signed_at
    if since >= IN_SILENCE.total_seconds():
        return True
    # Below nothing when the clock has gone back, which somebody has to be told.
    return not 0 <= since < BETWEEN.total_seconds() and tree.size() != memory.head.size


def _sign(signer: Signer) -> Checkpoint | None:
    _publish(signer.memory)
    with _said():
        _refuse_forgotten(signer)
        head = _head(signer.memory)
        signed = _publish(signer.sign(head, _prove, at=_time_to_sign(signer.memory.head.size, head.size)))
        hindrances.end()
        return signed
    return None


@contextmanager
def _said() -> Iterator[None]:
    """Ends early where nothing may be signed, once that is said to everybody."""
    try:
        yield
    except (Inconsistent, Damaged) as finding:
        halts.begin(str(finding))
    except Hindered as hindrance:
        hindrances.begin(str(hindrance))


def _time_to_sign(first: int, end: int) -> int:
    """By the database's clock, in seconds since 1970. Raises Hindered while that cannot be the right one: events that
    are written after a checkpoint from the future would look back-dated for ever."""
    now = clock.now().replace(microsecond=0)
    apart = abs(now - timezone.now())
    if apart > SKEW:
        raise Hindered(f"The clocks of this machine and of the database are {timesince(now - apart, now)} apart")
    newest = Leaf.objects.filter(index__range=(first, end - 1)).aggregate(at=Max("event__at"))["at"]
    if newest and newest > now + SKEW:
        raise Hindered(f"An event is dated {signing.dated(newest.timestamp())}, which is still to come")
    return int(now.timestamp())


def _head(memory: Memory) -> Head:
    """Of a copy of the database that was put back, what was signed for may only wait for its place again."""
    if tree.size() < memory.head.size:
        tree.integrate(wait=True)
    return tree.head()


def _prove(old: int, new: int) -> list[bytes]:
    return merkle.consistency_proof(old, new, tree.read)


def _refuse_forgotten(signer: Signer) -> None:
    if signer.has_forgotten:
        raise Hindered("This machine has the key that signs, and no memory of what was signed with it")


def _publish(memory: Memory) -> Checkpoint | None:
    """Writes down what was signed, with where it is to be kept; also what was signed just before a crash."""
    if not memory.note:
        return None
    with transaction.atomic():
        checkpoint, is_new = Checkpoint.objects.get_or_create(
            note=memory.note,
            defaults={
                "epoch": memory.epoch,
                "size": memory.head.size,
                "root": memory.head.root,
                "signed_at": datetime.datetime.fromtimestamp(memory.signed_at, datetime.UTC),
            },
        )
        if is_new:
            anchoring.plan(checkpoint)
            telemetry.count_checkpoint()
    return checkpoint
