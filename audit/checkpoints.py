"""When the tree is signed, and what is proved with what was signed."""

from __future__ import annotations

import base64
import datetime
import logging

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit import anchoring, halts, merkle, signing, telemetry, tree
from audit.models import Checkpoint, Event
from audit.notes import Head
from audit.signing import Inconsistent, Memory, Signer
from audit.tree import Damaged

log = logging.getLogger(__name__)

#: While events come one after the other, each checkpoint speaks for this many seconds of them.
BETWEEN = datetime.timedelta(seconds=30)
#: Between two that somebody who asks for a proof has signed.
ON_DEMAND = datetime.timedelta(seconds=10)
IN_SILENCE = datetime.timedelta(hours=1)
PROOF_FORMAT = "c2sp.org/tlog-proof@v1"


def sign_due() -> Checkpoint | None:
    """Signs what the tree holds when there is something new, and once an hour when there is not.

    Not while a queue is long: what is put in behind a checkpoint has to be younger than it, as far as anybody can see.
    """
    with signing.signer() as signer:
        if signer is None or not _is_due(signer.memory) or tree.is_behind():
            return None
        return _sign(signer)


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
    try:
        _refuse_forgotten(signer.memory)
        signer.refuse_inconsistent(_head(signer.memory), _prove)
    except (Inconsistent, Damaged) as finding:
        halts.begin(str(finding))
        return False
    return True


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
    # Below nothing when the clock has gone back: that is no reason to sign nothing until it has come as far again.
    return not 0 <= since < BETWEEN.total_seconds() and tree.size() != memory.head.size


def _sign(signer: Signer) -> Checkpoint | None:
    _publish(signer.memory)
    try:
        _refuse_forgotten(signer.memory)
        memory = signer.sign(_head(signer.memory), _prove)
    except (Inconsistent, Damaged) as finding:
        halts.begin(str(finding))
        return None
    return _publish(memory)


def _head(memory: Memory) -> Head:
    """Of a copy of the database that was put back, what was signed for may only wait for its place again."""
    if tree.size() < memory.head.size:
        tree.integrate(wait=True)
    return tree.head()


def _prove(old: int, new: int) -> list[bytes]:
    return merkle.consistency_proof(old, new, tree.read)


def _refuse_forgotten(memory: Memory) -> None:
    if memory == signing.START and Checkpoint.objects.exists():
        raise Inconsistent("The signer does not know any more what it has signed")


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
