"""The database, set back to an earlier day, with more or less of what lies beside it."""

from __future__ import annotations

from random import Random

from audit import merkle, signing
from audit.models import Anchoring, Checkpoint, Event, Leaf, TreeNode, WaitingEvent
from audit.notes import Head
from tests.attacks import past_the_guards
from tests.tampering import changes
from tests.tampering.attack import Naming, events, found_by, the_signer
from tests.tampering.scene import Scene, placed, rows_of, waiting, write


@found_by(events)
def set_the_database_back(scene: Scene, random: Random) -> Naming:
    cut(_earlier(random))
    return "speaks of", "another beginning"


@found_by(the_signer)
def set_the_database_back_and_start(scene: Scene, random: Random) -> Naming:
    cut(_earlier(random))
    return ("were signed for",)


@found_by(events)
def set_back_the_database_and_what_the_signer_remembers(scene: Scene, random: Random) -> Naming:
    to = _earlier(random)
    cut(to)
    remember(scene, to)
    return "speaks of", "another beginning", "of the epoch 2, of which nothing is known here"


@found_by(events)
def set_back_the_database_and_the_anchor(scene: Scene, random: Random) -> Naming:
    to = _earlier(random)
    cut(to)
    forget_copies_after(scene, to, random)
    return "speaks of", "is gone, though it was kept there"


@found_by(events)
def cut_unsigned_events_from_the_tree_that_others_follow(scene: Scene, random: Random) -> Naming:
    """What nobody has signed for is held by the numbers of its subjects alone, and by the rows."""
    size = signing.remembered().head.size
    with past_the_guards("audit_leaf"):
        Leaf.objects.filter(index__gte=size).delete()
    changes.grow_anew()
    return ("has no place in the tree and waits for none",)


def _earlier(random: Random) -> Checkpoint:
    newest = Checkpoint.objects.first()
    return random.choice([each for each in rows_of(Checkpoint) if each.size < newest.size])


def cut(to: Checkpoint) -> None:
    """As a copy of the database of that day has it."""
    lost = [event.pk for event in placed()[to.size :]] + [event.pk for event in waiting()]
    with past_the_guards("audit_event", "audit_leaf", "audit_treenode", "audit_checkpoint"):
        WaitingEvent.objects.all().delete()
        Event.objects.filter(pk__in=lost).delete()
        Leaf.objects.filter(index__gte=to.size).delete()
        TreeNode.objects.filter(number__gte=merkle.node_count(to.size)).delete()
        Anchoring.objects.filter(checkpoint__pk__gt=to.pk).delete()
        Checkpoint.objects.filter(pk__gt=to.pk).delete()


def remember(scene: Scene, signed: Checkpoint) -> None:
    head = Head(signed.size, bytes(signed.root))
    at = int(signed.signed_at.timestamp())
    write(scene.keys / signing.MEMORY, str(signing.Memory(signed.epoch, head, at, signed.note)).encode())


def forget_copies_after(scene: Scene, to: Checkpoint, random: Random | None = None) -> None:
    """Without `random` exactly those of later; with it, now and then all of them."""
    everything = random is not None and random.random() < 0.3
    for path in scene.kept():
        epoch, size = int(path.parent.name), int(path.name.partition("-")[0])
        if everything or (epoch, size) > (to.epoch, to.size):
            path.unlink()
