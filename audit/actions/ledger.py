"""What is done to the ledger itself is written into it: taking evidence out, its keys, its epochs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from audit import adopting, bundles, checkpoints, halts, keys, ledger, owed, proving, record, signing, tree, wakeups
from audit.actors import Actor
from audit.bundles import Scope
from audit.halts import Halted
from audit.models import WHOLE, Checkpoint, Event, OwedEvent
from audit.notes import Head
from audit.signing import Memory, Signer
from audit.verify import Verification

log = logging.getLogger(__name__)

VERIFY = "audit.tasks.verify_asked"
READ = "audit.view_ledger"
EVERYTHING = "everything"


def export(*, conditions: Mapping[str, str], by: Actor) -> int:
    """Records that `by` takes out the events that meet these conditions; returns the number of the newest of them.

    What is handed out ends there: its own event and what comes later are not in it. While nothing can be written, it is
    owed to the ledger: that is when it is needed most.
    """
    try:
        with ledger.entry("audit.ledger.exported", by=by) as entry:
            entry.require(READ)
            newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            stated = ", ".join(f"{name} {value}" for name, value in conditions.items())
            entry.facts = {"conditions": stated or EVERYTHING, "newest": newest}
    except Halted:
        owed.note(entry)
    return newest


def ask_verification(*, by: Actor) -> None:
    """Has the worker verify everything. Where that waits or runs already, nothing more is asked for."""
    if proving.asked() and by.has_perm(WHOLE):
        wakeups.wake(VERIFY)
        return
    with ledger.entry("audit.verification.asked", by=by) as entry:
        entry.require(WHOLE)
        proving.ask()
        wakeups.wake(VERIFY)


def record_verification(*, verification: Verification, by: Actor) -> None:
    """What was found is written down whether it is good or bad; pages show the last one."""
    with ledger.entry("audit.ledger.verified", by=by) as entry:
        read = {what.replace(" ", "_"): count for what, count in verification.read.items()}
        unread = _unread_since(verification)
        entry.facts = read | {
            "fault": str(verification.fault or ""),
            "began_at": verification.began_at,
            "unread": unread,
            "reading": "partial" if unread and not verification.fault else "full",
        }


def _unread_since(verification: Verification) -> dict[str, dict[str, Any]]:
    """Why each anchor could not be read, and since which verification that is so."""
    if not verification.unread:
        return {}
    verified = Event.objects.by_the_portal(record.VERIFIED).order_by("-pk")
    before = (verified.values_list("facts", flat=True).first() or {}).get("unread", {})
    return {
        name: {"why": why, "since": before.get(name, {}).get("since", verification.began_at)}
        for name, why in verification.unread.items()
    }


def rotate_key(*, by: Actor) -> str:
    """Makes a new key, which seals every event from this one on; returns its id. Older keys go on checking theirs."""
    if halt := halts.current():
        raise Halted(halt.reason)  # before there is a file that no event tells of
    with ledger.entry("audit.key.rotated", by=by) as entry:
        before, made = max(keys.ids(), default=None), keys.create()
        entry.facts = {"key": made, "before": before}
    return made


def resume(*, reason: str, by: Actor) -> Memory | None:
    """Lets the portal be written to again, once somebody has looked into why it is read-only.

    When the ledger is again what was signed, it simply goes on, and None is returned. Otherwise what was signed and is
    gone stays lost: a new epoch begins with what there is, and the event that opens it says how much is missing.
    Raises ValidationError on a machine that does not sign, or when nothing was halted.
    """
    with signing.signer(wait=True) as signer:
        _refuse_resuming(signer, reason)
        if checkpoints.goes_on(signer):
            with ledger.entry("audit.ledger.resumed", by=by, reason=reason):
                halts.end()
            return None
        tree.integrate(wait=True)
        return _begin_epoch(signer, tree.head(), reason=reason, by=by)


def _refuse_resuming(signer: Signer | None, reason: str) -> None:
    if not reason.strip():
        raise ValidationError("Say what happened: the reason stands in the ledger for good.")
    if signer is None:
        raise ValidationError("This machine has no key that signs checkpoints. Run it where they are signed.")
    if halts.current() is None:
        raise ValidationError("The portal is not read-only. There is nothing to resume.")


def _begin_epoch(signer: Signer, head: Head, *, reason: str, by: Actor) -> Memory:
    """The event commits first: after a crash before the signer knows, it finds the tree as before, and halts again."""
    lost = signer.memory.head
    epoch = 1 + max(signer.memory.epoch, checkpoints.last_epoch())
    with ledger.entry("audit.epoch.opened", by=by, reason=reason) as entry:
        halts.end()
        entry.facts = {
            "epoch": epoch,
            "lost_size": lost.size,
            "lost_root": lost.root.hex(),
            "lost_at": signer.memory.signed_at,
            "size": head.size,
            "root": head.root.hex(),
        }
    return signer.begin_epoch(epoch, head)


def adopt(*, size: int | None, reason: str, by: Actor) -> Memory:
    """Lets a signer without a memory go on from the newest checkpoint that the database or an anchor knows.

    `size` confirms which one that is. What the database has lost of it makes the portal read-only, as ever. Raises
    ValidationError where there is nothing to adopt or the confirmation is missing.
    """
    with signing.signer(wait=True) as signer:
        if signer is None or not signer.has_forgotten:
            raise ValidationError("The signer of this machine has not lost its memory. There is nothing to adopt.")
        found = adopting.newest_known(signer)
        _refuse_unconfirmed(found, size, reason)
        signer.adopt(found)
        if checkpoints.goes_on(signer):
            with ledger.entry("audit.signer.adopted", by=by, reason=reason) as entry:
                entry.facts = {"epoch": found.epoch, "size": found.head.size, "root": found.head.root.hex()}
        signer.remember()
    return found


def _refuse_unconfirmed(found: Memory, size: int | None, reason: str) -> None:
    if size != found.head.size:
        raise ValidationError(
            f"The newest checkpoint is of {found.head.size} events, signed {signing.dated(found.signed_at)}. If no "
            f"other machine signs with this key, say so with --size {found.head.size}. If one does, take "
            "checkpoints.key away from here instead."
        )
    if not reason.strip():
        raise ValidationError("Say what happened: the reason stands in the ledger for good.")


def record_export(*, scope: Scope, by: Actor) -> Checkpoint:
    """Records that `by` takes out the evidence of `scope`; returns the checkpoint that it is proved with.

    While nothing can be written, it is owed to the ledger. Raises ValidationError while nothing is signed.
    """
    checkpoint = bundles.newest_checkpoint()
    try:
        with ledger.entry("audit.evidence.exported", by=by) as entry:
            entry.require(WHOLE)
            entry.facts = {"about": scope.about, "size": checkpoint.size}
    except Halted:
        owed.note(entry)
    return checkpoint


def write_owed(*, by: Actor) -> None:
    """Makes events of what was done while nothing could be written: of `by`, on behalf of those who did it, since they
    may have left."""
    if halts.current() is not None:
        return
    for unwritten in OwedEvent.objects.order_by("pk"):
        try:
            # Another worker may be at it too, and was first.
            with suppress(OwedEvent.DoesNotExist):
                _write(unwritten, by=by)
        except Exception:
            # One that cannot be written holds up no other, and stays to be looked into.
            log.exception("%s was done while nothing could be written, and is not in the ledger.", unwritten)


def _write(unwritten: OwedEvent, *, by: Actor) -> None:
    person = get_user_model().objects.get(pk=unwritten.actor)
    instead_of = person if person != by else None
    with ledger.entry(unwritten.kind, by=by, subject=person, on_behalf_of=instead_of) as entry:
        locked = entry.lock_one(unwritten)
        entry.facts = owed.facts_of(unwritten)
        locked.delete()
