"""What was signed, as the database keeps it."""

from __future__ import annotations

from random import Random

from audit import tree
from audit.models import Checkpoint
from tests.tampering import changes
from tests.tampering.attack import ANYWHERE, Naming, events, found_by
from tests.tampering.scene import Scene, rows_of


@found_by(events)
def change_a_column_of_a_checkpoint(scene: Scene, random: Random) -> Naming:
    checkpoint = random.choice(rows_of(Checkpoint))
    field = changes.change_somewhere(random, checkpoint, Checkpoint._meta.concrete_fields[1:])
    if field.name == "size":
        return f"checkpoint of {Checkpoint.objects.get(pk=checkpoint.pk).size} ", *ANYWHERE
    return (f"checkpoint of {checkpoint.size} ",)


@found_by(events)
def exchange_a_checkpoint_for_one_of_another_key(scene: Scene, random: Random) -> Naming:
    checkpoint = random.choice(rows_of(Checkpoint))
    changes.write(checkpoint, note=changes.foreign_note(checkpoint.size, bytes(checkpoint.root), checkpoint.epoch))
    return (f"checkpoint of {checkpoint.size} ",)


@found_by(events)
def publish_a_fork_signed_with_another_key(scene: Scene, random: Random) -> Naming:
    size, root = random.randint(1, tree.size() + 5), random.randbytes(32)
    note = changes.foreign_note(size, root, epoch=1)
    changes.add(Checkpoint(epoch=1, size=size, root=root, signed_at=Checkpoint.objects.first().signed_at, note=note))
    return (f"checkpoint of {size} ",)


@found_by(events)
def publish_a_checkpoint_again_under_another_size(scene: Scene, random: Random) -> Naming:
    """In another spelling, since no two notes are the same: with a line that some other key signed."""
    again = random.choice(rows_of(Checkpoint))
    again.pk, again.size = None, again.size + 1
    again.note += (
        changes.foreign_note(again.size, bytes(again.root), again.epoch)
        .splitlines(keepends=True)[-1]
        .replace("ledger", "x")
    )
    changes.add(again)
    return (f"checkpoint of {again.size} ",)
