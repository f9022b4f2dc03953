"""A signer whose memory is lost goes on from the newest checkpoint that anybody knows of.

That may be more than the database holds: one that was set back is found by it, as by a memory that was there all along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from audit import anchors
from audit.anchors import Anchor
from audit.models import Checkpoint
from audit.notes import NotSigned
from audit.signing import Memory, Signer


@dataclass(frozen=True)
class Known:
    """Compared by what was signed later. `where` says who knows it."""

    place: tuple[int, int, int]
    note: str
    where: str


def newest_known(signer: Signer) -> Memory:
    """Raises ValidationError when an anchor cannot be read, or the newest is not signed with this machine's key."""
    known = max(_everything_known(), key=lambda each: each.place)
    epoch = known.place[0]
    try:
        opened = signer.opened(known.note, epoch)
    except NotSigned as fault:
        raise ValidationError(f"The newest checkpoint, which {known.where} has, cannot be adopted. {fault}") from fault
    if known.place != (epoch, opened.head.size, opened.signed_at):
        raise ValidationError(
            f"What {known.where} has in the place of the newest checkpoint was signed for {opened.head.size} events, "
            "which is not what its name says. Somebody has put it there."
        )
    return Memory(epoch, opened.head, opened.signed_at, known.note)


def _everything_known() -> Iterator[Known]:
    row = Checkpoint.objects.first()
    if row is not None:
        yield Known(anchors.place_of(anchors.name_of(row)), row.note, "the database")
    for name, anchor in anchors.configured().items():
        yield from _newest_of(name, anchor)


def _newest_of(name: str, anchor: Anchor) -> list[Known]:
    try:
        # Whatever the database says has been kept there: it is the one that is in doubt.
        anchors.refuse_absent(anchor)
        newest = max((copy for copy, _ in anchor.kept(anchors.nothing)), key=anchors.place_of, default="")
        notes = [note for _, note in anchor.kept(newest.__eq__) if note is not None]
    except Exception as error:
        raise ValidationError(
            f"The anchor {name} cannot be read: {anchors.reason(error)}. It may know of a newer checkpoint than the "
            "database does, so put it right first."
        ) from error
    return [Known(anchors.place_of(newest), note.decode(errors="replace"), anchor.where) for note in notes]
