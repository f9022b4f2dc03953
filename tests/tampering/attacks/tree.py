"""The tree over the events, and the queue of those that wait for a place in it."""

from __future__ import annotations

from random import Random

from audit import merkle, tree
from audit.models import Leaf, TreeNode, WaitingEvent
from tests.attacks import past_the_guards
from tests.tampering import changes
from tests.tampering.attack import ANYWHERE, Naming, events, found_by, naming
from tests.tampering.scene import Scene, placed, plain, rows_of, waiting


@found_by(events)
def exchange_two_leaves(scene: Scene, random: Random) -> Naming:
    first, second = random.sample(rows_of(Leaf), 2)
    with past_the_guards("audit_leaf"):
        plain(Leaf).filter(pk=first.pk).update(event=-1)
        plain(Leaf).filter(pk=second.pk).update(event=first.event_id)
        plain(Leaf).filter(pk=first.pk).update(event=second.event_id)
    return "is not the one that was placed there", "is signed for another beginning", *ANYWHERE


@found_by(events)
def give_a_place_to_another_event(scene: Scene, random: Random) -> Naming:
    leaf = random.choice(rows_of(Leaf))
    other = random.choice([waiting()[0].pk, 10**6])
    changes.write(leaf, event_id=other)
    return naming(leaf.event) + (f"event {other} ", f"event {other},")


@found_by(events)
def delete_a_leaf(scene: Scene, random: Random) -> Naming:
    leaf = random.choice(rows_of(Leaf))
    changes.erase(leaf)
    return f"place {leaf.index} ", "speaks of", "no event leads to it"


@found_by(events)
def add_a_leaf(scene: Scene, random: Random) -> Naming:
    number = random.choice([waiting()[0].pk, 10**6])
    changes.add(Leaf(index=tree.size() + random.choice([0, 3]), event_id=number))
    return f"event {number} ", f"event {number},", "is gone, and so is its place"


@found_by(events)
def change_a_node(scene: Scene, random: Random) -> Naming:
    node = random.choice(rows_of(TreeNode))
    changes.write(node, hash=changes.flipped(random, bytes(node.hash)))
    return (f"node {node.number} ",)


@found_by(events)
def delete_a_node(scene: Scene, random: Random) -> Naming:
    node = random.choice(rows_of(TreeNode))
    changes.erase(node)
    return (f"node {node.number} ",)


@found_by(events)
def add_a_node(scene: Scene, random: Random) -> Naming:
    number = random.choice([-1, merkle.node_count(tree.size()) + random.choice([0, 5])])
    changes.add(TreeNode(number=number, hash=random.randbytes(32)))
    return f"node {number} ", "node 0 "


@found_by(events)
def take_a_waiting_event_out_of_the_queue(scene: Scene, random: Random) -> Naming:
    event = random.choice(waiting())
    WaitingEvent.objects.filter(pk=event.pk).delete()
    return naming(event)


@found_by(events)
def queue_an_event_that_is_gone(scene: Scene, random: Random) -> Naming:
    changes.add(WaitingEvent(event_id=10**6, written_at=waiting()[0].at))
    return (f"event {10**6},",)


@found_by(events)
def queue_an_event_that_has_a_place(scene: Scene, random: Random) -> Naming:
    event = random.choice(placed())
    changes.add(WaitingEvent(event=event, written_at=event.at, fault=random.choice(["", "made up"])))
    return f"event {event.pk},", f"event {event.pk} "


@found_by(events)
def keep_an_event_out_for_a_made_up_reason(scene: Scene, random: Random) -> Naming:
    event = random.choice(waiting())
    WaitingEvent.objects.filter(pk=event.pk).update(fault="made up")
    return naming(event)
