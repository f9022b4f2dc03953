"""What somebody may do who has the database, its guards and the files beside it, but none of the keys.

Each attack returns what a finding has to name, one of several where any of them is right; nothing at all where every
finding will do. Who reads where is in `Look`.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from django.db import connection, models

from audit import checkpoints, guards, hindrances, ledger, merkle, signing, tree, verify
from audit.models import Anchoring, Checkpoint, Event, Halt, Leaf, RowShape, TreeNode, WaitingEvent
from audit.notes import Head, SigningKey
from audit.verify.claims import BEGUN
from tests.attacks import past_the_guards
from tests.tampering import changes
from tests.tampering.scene import Scene, governed_with_rows, placed, plain, rows_of, waiting, write

Naming = tuple[str, ...]
Act = Callable[[Scene, Random], Naming]
ANYWHERE: Naming = ("",)


@dataclass(frozen=True)
class Attack:
    act: Act
    look: Callable[[], str]

    def __str__(self) -> str:
        return self.act.__name__


def events() -> str:
    return str(verify.events_whole().fault or "")


def rows() -> str:
    return str(verify.rows_as_recorded().fault or "")


def unguarded() -> str:
    return ", ".join(guards.missing(connection))


def the_signer() -> str:
    """What it says when it looks back, as at every start."""
    checkpoints.look_back()
    said = [*Halt.objects.values_list("reason", flat=True), *hindrances.current().values_list("reason", flat=True)]
    return "; ".join(said)


ATTACKS: list[Attack] = []


def found_by(look: Callable[[], str]) -> Callable[[Act], Act]:
    def listed(act: Act) -> Act:
        ATTACKS.append(Attack(act, look))
        return act

    return listed


def naming(event: Event) -> Naming:
    """The event that began an epoch excuses what was lost before it: whoever changes it unsettles that as well."""
    return ANYWHERE if event.kind == BEGUN else (f"event {event.pk} ", f"event {event.pk},")


# Events


def any_event(random: Random) -> Event:
    return random.choice(rows_of(Event))


@found_by(events)
def change_a_column_of_an_event(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    columns = [field for field in Event._meta.concrete_fields if field.name != "id"]
    changes.change_somewhere(random, event, columns)
    return naming(event)


@found_by(events)
def change_the_bytes_of_an_event(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    changes.write(event, canonical=changes.flipped(random, bytes(event.canonical)))
    return naming(event)


@found_by(events)
def rewrite_an_event_with_its_bytes(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    event.reason = "It was agreed."
    changes.write(event, reason=event.reason, canonical=ledger.canonical_bytes(event))
    return naming(event)


@found_by(events)
def rewrite_an_event_with_its_bytes_its_leaf_and_its_nodes(scene: Scene, random: Random) -> Naming:
    event = random.choice(placed())
    event.label = "another"
    content = ledger.canonical_bytes(event)
    mac = hmac.digest(random.randbytes(32), content, hashlib.sha256)
    changes.write(event, label=event.label, canonical=content, mac=mac)
    _grow_anew()
    return ANYWHERE


@found_by(events)
def seal_an_event_with_a_key_of_ones_own(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    mac = hmac.digest(random.randbytes(32), bytes(event.canonical), hashlib.sha256)
    changes.write(event, mac=mac, key_id=random.choice([event.key_id, "0002-0badc0de"]))
    return naming(event)


@found_by(events)
def delete_an_event_and_leave_its_place(scene: Scene, random: Random) -> Naming:
    found = rows_of(Event)
    event = random.choice([found[0], found[len(found) // 2], found[-1], random.choice(found)])
    changes.erase(event)
    return naming(event)


@found_by(events)
def delete_an_event_with_its_leaf(scene: Scene, random: Random) -> Naming:
    leaf = random.choice(rows_of(Leaf))
    changes.erase(leaf.event, leaf)
    return "is gone, and so is its place", "speaks of", "no event leads to it"


@found_by(events)
def delete_an_event_and_close_the_gap(scene: Scene, random: Random) -> Naming:
    """The tree is that of the others, grown anew."""
    event = random.choice(placed()[: signing.remembered().head.size])
    changes.erase(event)
    _place_anew([each.pk for each in placed() if each.pk != event.pk])
    return ANYWHERE


@found_by(events)
def exchange_two_events_and_grow_the_tree_anew(scene: Scene, random: Random) -> Naming:
    numbers = [event.pk for event in placed()]
    first, second = sorted(random.sample(range(signing.remembered().head.size), 2))
    numbers[first], numbers[second] = numbers[second], numbers[first]
    _place_anew(numbers)
    return ANYWHERE


@found_by(events)
def delete_a_waiting_event_with_its_place_in_the_queue(scene: Scene, random: Random) -> Naming:
    """Another one about its subject comes after it."""
    event = _followed(random)
    changes.erase(event, *WaitingEvent.objects.filter(pk=event.pk), *Leaf.objects.filter(event=event.pk))
    return f"event {event.subject_number} about {event.subject} ", "is gone, and so is its place"


def _followed(random: Random) -> Event:
    last = {(event.subject, event.subject_number) for event in rows_of(Event)}
    return random.choice([each for each in rows_of(Event) if (each.subject, each.subject_number + 1) in last])


@found_by(events)
def forge_an_event(scene: Scene, random: Random) -> Naming:
    forged = _forged(random)
    changes.add(forged)
    if random.random() < 0.5:
        changes.add(WaitingEvent(event=forged, written_at=forged.at))
    return naming(forged)


@found_by(events)
def forge_an_event_with_leaf_and_nodes(scene: Scene, random: Random) -> Naming:
    forged = _forged(random)
    changes.add(forged)
    _place_anew([*(event.pk for event in placed()), forged.pk])
    return naming(forged)


@found_by(events)
def forge_an_event_that_opens_an_epoch(scene: Scene, random: Random) -> Naming:
    """It says something else of the past, or nothing that has a meaning."""
    forged = _forged(random)
    forged.kind = BEGUN
    forged.facts = random.choice([{}, [], None, {"epoch": "2"}, {"epoch": 2, "size": 3}, {"epoch": 3, "size": 1}])
    if forged.facts is None:
        forged.facts = {"epoch": None, "size": None}
    changes.add(forged)
    return (f"event {forged.pk} ",)


def _forged(random: Random) -> Event:
    """Like one that is there, about the same subject, under a number that is free."""
    forged = any_event(random)
    newest = Event.objects.filter(subject=forged.subject).aggregate(last=models.Max("subject_number"))["last"]
    forged.pk = rows_of(Event)[-1].pk + random.choice([1, 2, 1000])
    forged.uid, forged.subject_number = uuid.UUID(int=random.getrandbits(128)), newest + 1
    forged.canonical = ledger.canonical_bytes(forged)
    forged.mac = hmac.digest(random.randbytes(32), forged.canonical, hashlib.sha256)
    return forged


@found_by(events)
def replay_an_event(scene: Scene, random: Random) -> Naming:
    """A true one a second time, in a table without its constraints: its seal is good wherever it stands."""
    event = any_event(random)
    original = f"event {event.subject_number} about {event.subject} "
    _drop_the_constraints_of_events()
    event.pk = rows_of(Event)[-1].pk + 1
    with past_the_guards("audit_event"):
        changes.add(event)
    changes.add(WaitingEvent(event=event, written_at=event.at))
    if random.random() < 0.5:
        _place_anew([*(each.pk for each in placed()), event.pk])
        WaitingEvent.objects.filter(pk=event.pk).delete()
    return original, f"event {event.pk} "


def _drop_the_constraints_of_events() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = 'audit_event'::regclass AND contype = 'u'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE audit_event DROP CONSTRAINT "{name}"')
            return
        with past_the_guards("audit_event"):
            cursor.execute("CREATE TABLE bare AS SELECT * FROM audit_event")
            cursor.execute("DROP TABLE audit_event")
            cursor.execute("ALTER TABLE bare RENAME TO audit_event")


@found_by(events)
def exchange_the_bytes_of_two_events(scene: Scene, random: Random) -> Naming:
    first, second = random.sample(rows_of(Event), 2)
    for event, other in ((first, second), (second, first)):
        changes.write(event, canonical=other.canonical, mac=other.mac, key_id=other.key_id)
    return *naming(first), *naming(second)


@found_by(events)
def renumber_an_event(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    changes.write(event, id=rows_of(Event)[-1].pk + random.randint(1, 1000))
    return naming(event)


# The tree


def _place_anew(numbers: list[int]) -> None:
    with past_the_guards("audit_leaf"):
        Leaf.objects.all().delete()
        Leaf.objects.bulk_create([Leaf(index=index, event_id=number) for index, number in enumerate(numbers)])
    _grow_anew()


def _grow_anew() -> None:
    """All nodes as they follow from the leaves."""
    contents = dict(Event.objects.values_list("pk", "canonical"))
    growth, nodes = merkle.Growth(), []
    for number in Leaf.objects.order_by("index").values_list("event", flat=True):
        nodes += growth.add(merkle.leaf_hash(bytes(contents[number])))
    with past_the_guards("audit_treenode"):
        TreeNode.objects.all().delete()
        TreeNode.objects.bulk_create([TreeNode(number=number, hash=node) for number, node in enumerate(nodes)])


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


# The queue


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


# Checkpoints


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
    changes.write(checkpoint, note=_note(checkpoint.size, bytes(checkpoint.root), checkpoint.epoch))
    return (f"checkpoint of {checkpoint.size} ",)


@found_by(events)
def publish_a_fork_signed_with_another_key(scene: Scene, random: Random) -> Naming:
    size, root = random.randint(1, tree.size() + 5), random.randbytes(32)
    note = _note(size, root, epoch=1)
    changes.add(Checkpoint(epoch=1, size=size, root=root, signed_at=Checkpoint.objects.first().signed_at, note=note))
    return (f"checkpoint of {size} ",)


@found_by(events)
def publish_a_checkpoint_again_under_another_size(scene: Scene, random: Random) -> Naming:
    """In another spelling, since no two notes are the same: with a line that some other key signed."""
    again = random.choice(rows_of(Checkpoint))
    again.pk, again.size = None, again.size + 1
    again.note += _note(again.size, bytes(again.root), again.epoch).splitlines(keepends=True)[-1].replace("ledger", "x")
    changes.add(again)
    return (f"checkpoint of {again.size} ",)


def _note(size: int, root: bytes, epoch: int) -> str:
    name = signing.origin_of(signing.verifier().name, epoch)
    return SigningKey.made(name).note(Head(size, root), at=1_700_000_000)


# The database, set back


@found_by(events)
def set_the_database_back(scene: Scene, random: Random) -> Naming:
    cut(_earlier(random))
    return "speaks of", "another beginning"


@found_by(the_signer)
def set_the_database_back_and_start(scene: Scene, random: Random) -> Naming:
    cut(_earlier(random))
    return (" events, of which ",)


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
    _grow_anew()
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


# Anchors


@found_by(events)
def change_a_byte_of_a_copy(scene: Scene, random: Random) -> Naming:
    path = random.choice(scene.kept())
    write(path, changes.flipped(random, path.read_bytes()))
    return (f"{path.parent.name}/{path.name}",)


@found_by(events)
def empty_a_copy(scene: Scene, random: Random) -> Naming:
    path = random.choice(scene.kept())
    write(path, random.choice([b"", b"\n", path.read_bytes()[:-1], path.read_bytes() * 200]))
    return (f"{path.parent.name}/{path.name}",)


@found_by(events)
def delete_copies(scene: Scene, random: Random) -> Naming:
    """The database says that they are kept."""
    kept = scene.kept()
    kept = [path for path in kept if Checkpoint.objects.filter(note=path.read_text()).exists()]
    gone = random.sample(kept, random.choice([1, 1, 2, len(kept)]))
    for path in gone:
        path.unlink()
    return tuple(f"{path.parent.name}/{path.name}" for path in gone)


@found_by(events)
def put_a_foreign_file_among_the_copies(scene: Scene, random: Random) -> Naming:
    epoch, size = random.choice([0, 1, 2, 3, 99]), random.randint(0, 200)
    path = scene.copies / str(epoch) / f"{size:020d}-1700000001.checkpoint"
    path.parent.mkdir(exist_ok=True)
    content = random.choice([b"", b"foreign", _note(size, random.randbytes(32), 1).encode()])
    write(path, content)
    return (f"{epoch}/{path.name}",)


@found_by(events)
def put_a_link_in_the_place_of_a_copy(scene: Scene, random: Random) -> Naming:
    path = random.choice(scene.kept())
    content = path.read_bytes()
    path.unlink()
    path.with_suffix(".elsewhere").write_bytes(content)
    path.symlink_to(path.with_suffix(".elsewhere"))
    return (path.name,)


@found_by(events)
def exchange_the_names_of_two_copies(scene: Scene, random: Random) -> Naming:
    first, second = random.sample(scene.kept(), 2)
    contents = first.read_bytes(), second.read_bytes()
    for path, content in ((first, contents[1]), (second, contents[0])):
        write(path, content)
    return tuple(f"{path.parent.name}/{path.name}" for path in (first, second))


# What the signer remembers


@found_by(events)
def have_the_signer_remember_another_root(scene: Scene, random: Random) -> Naming:
    _remember_another_root(scene, random)
    return ("what the signer remembers",)


@found_by(the_signer)
def have_the_signer_remember_another_root_and_start(scene: Scene, random: Random) -> Naming:
    _remember_another_root(scene, random)
    return ("are not those that were signed for",)


def _remember_another_root(scene: Scene, random: Random) -> None:
    memory = signing.remembered()
    head = Head(memory.head.size, changes.flipped(random, memory.head.root))
    write(scene.keys / signing.MEMORY, str(replace(memory, head=head)).encode())


@found_by(the_signer)
def have_the_signer_forget(scene: Scene, random: Random) -> Naming:
    (scene.keys / signing.MEMORY).unlink()
    return ("no memory of what was signed",)


# Rows and their history


def any_row(random: Random) -> models.Model:
    return random.choice(rows_of(random.choice(governed_with_rows())))


def any_history(random: Random) -> models.Model:
    return random.choice(rows_of(random.choice([model.history.model for model in governed_with_rows()])))


def place_of_history(row: models.Model) -> str:
    return f"{row._meta.db_table} {row.pk} (of "


@found_by(rows)
def change_a_column_of_a_row(scene: Scene, random: Random) -> Naming:
    row = any_row(random)
    columns = [field for field in row._governed_columns() if not field.primary_key]
    changes.change_somewhere(random, row, columns)
    return (f"{row._meta.db_table} {row.pk}",)


@found_by(rows)
def delete_a_row(scene: Scene, random: Random) -> Naming:
    for _ in range(changes.TRIES):
        row = any_row(random)
        try:
            changes.erase(row)
        except changes.Error:
            continue
        return (f"{row._meta.db_table} {row.pk}",)
    raise changes.Refused("Every row is referred to.")


@found_by(rows)
def copy_a_row(scene: Scene, random: Random) -> Naming:
    for _ in range(changes.TRIES):
        row = _under_another_key(random, any_row(random))
        try:
            changes.add(row)
        except changes.Error:
            continue
        return (f"{row._meta.db_table} {row.pk}",)
    raise changes.Refused("No row may be there twice.")


def _under_another_key(random: Random, row: models.Model) -> models.Model:
    """With other words where the database wants each to be another."""
    twin = copy.copy(row)
    for field in row._meta.concrete_fields:
        if field.unique or any(field.name in each.fields for each in row._meta.total_unique_constraints):
            setattr(twin, field.attname, changes.other_than(random, field, getattr(row, field.attname)))
    key = row._meta.pk
    twin.pk = uuid.UUID(int=random.getrandbits(128)) if isinstance(key, models.UUIDField) else 10**6
    return twin


@found_by(rows)
def bring_a_deleted_row_back(scene: Scene, random: Random) -> Naming:
    histories = [model.history.model.objects.filter(history_type="-") for model in governed_with_rows()]
    gone = random.choice([row for found in histories for row in found])
    row = gone.instance
    row._state.adding = True
    changes.add(row)
    return (f"{row._meta.db_table} {row.pk}",)


#: Shown nowhere and under no seal: when a row of history was written (its event says when), and a reason (it has none).
UNSEALED = {"history_id", "history_date", "history_change_reason"}


@found_by(rows)
def change_a_column_of_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    columns = [field for field in row._meta.concrete_fields if field.name not in UNSEALED]
    changes.change_somewhere(random, row, columns)
    return (place_of_history(row),)


@found_by(rows)
def say_that_somebody_else_wrote_it(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    changes.write(row, history_user_id=random.choice([None, uuid.UUID(int=random.getrandbits(128))]))
    return (place_of_history(row),)


@found_by(rows)
def delete_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    changes.erase(row)
    return (place_of_history(row),)


@found_by(rows)
def add_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    row.pk = 10**6
    changes.add(row)
    return (place_of_history(row),)


@found_by(rows)
def renumber_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    changes.write(row, history_id=10**6)
    return place_of_history(row), f"{row._meta.db_table} {10**6} (of "


@found_by(rows)
def delete_the_shape_of_a_table(scene: Scene, random: Random) -> Naming:
    shape = random.choice(_used_shapes())
    changes.erase(shape)
    return (shape.digest,)


@found_by(rows)
def change_the_shape_of_a_table(scene: Scene, random: Random) -> Naming:
    shape = random.choice(_used_shapes())
    columns = [field for field in RowShape._meta.concrete_fields if field.name != "digest"]
    changes.change_somewhere(random, shape, columns)
    return shape.digest, f"the shape {shape.digest[:12]}"


def _used_shapes() -> list[RowShape]:
    return [shape for shape in rows_of(RowShape)]


# What nobody can read


@found_by(events)
def write_what_nobody_can_read_into_an_event(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    _spoil(random, event, [field for field in Event._meta.concrete_fields if field.name != "id"])
    return *naming(event), "what stands behind the first "


@found_by(rows)
def write_what_nobody_can_read_into_a_row(scene: Scene, random: Random) -> Naming:
    row = any_row(random)
    _spoil(random, row, [field for field in row._governed_columns() if not field.primary_key])
    return (row._meta.db_table,)


@found_by(rows)
def write_what_nobody_can_read_into_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    columns = [field for field in row._meta.concrete_fields if field.name not in UNSEALED]
    _spoil(random, row, columns)
    return row._meta.db_table, row.instance._meta.db_table


@found_by(rows)
def write_no_moment_where_there_is_none(scene: Scene, random: Random) -> Naming:
    """What SQLite gives back as none, and counts as one."""
    if connection.vendor == "postgresql":
        return change_a_column_of_a_row(scene, random)
    model = random.choice([model for model in governed_with_rows() if _moments(model)])
    table = random.choice([model, model.history.model])
    row, field = random.choice(rows_of(table)), random.choice(_moments(model))
    _run("PRAGMA ignore_check_constraints=ON")
    changes.raw(row, table._meta.get_field(field.name), "'zz'")
    _run("PRAGMA ignore_check_constraints=OFF")
    return (f"{table._meta.db_table} {row.pk}",)


@found_by(rows)
def write_what_is_read_as_what_was_there(scene: Scene, random: Random) -> Naming:
    """A truth that is neither, which SQLite finds and Python does not; bytes whose digits the text was."""
    if connection.vendor == "postgresql":
        return change_a_column_of_a_row(scene, random)
    found = [twin for model in governed_with_rows() for row in rows_of(model) for twin in _twins(row)]
    row, field, literal = random.choice(found)
    _run("PRAGMA ignore_check_constraints=ON")
    assert changes.raw(row, field, literal)
    _run("PRAGMA ignore_check_constraints=OFF")
    return (f"{row._meta.db_table} {row.pk}",)


def _twins(row: models.Model) -> Iterator[tuple[models.Model, models.Field, str]]:
    for field in row._governed_columns():
        value = getattr(row, field.attname)
        if value is False:
            yield row, field, "1.5"
        if isinstance(value, str) and re.fullmatch("([0-9a-f]{2})+", value):
            yield row, field, f"x'{value}'"


def _moments(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._governed_columns() if field.null and isinstance(field, models.DateField)]


def _spoil(random: Random, row: models.Model, fields: list[models.Field]) -> None:
    """SQLite keeps anything in any column; PostgreSQL knows moments that no calendar has."""
    if connection.vendor == "postgresql":
        moments = [field for field in fields if isinstance(field, models.DateField)]
        if not moments or not changes.raw(row, random.choice(moments), "'infinity'"):
            changes.change_somewhere(random, row, fields)
        return
    _run("PRAGMA ignore_check_constraints=ON")
    try:
        while not changes.raw(
            row, random.choice(fields), random.choice(["'zz'", "1.5", "x'ff'", "CAST(x'ff' AS TEXT)"])
        ):
            pass
    finally:
        _run("PRAGMA ignore_check_constraints=OFF")


# Guards


def _any_guard(random: Random) -> tuple[type[models.Model], str, str]:
    model = random.choice(guards.append_only_models())
    kind = random.choice(list(guards.DEFINITIONS[connection.vendor]))
    return model, kind, guards._for("{name}_{kind}", model, kind=kind)


@found_by(unguarded)
def drop_a_guard(scene: Scene, random: Random) -> Naming:
    model, kind, _ = _any_guard(random)
    _run(guards._for(guards.DROP[connection.vendor], model, kind=kind))
    return (model._meta.db_table,)


@found_by(unguarded)
def put_a_guard_that_does_nothing_in_its_place(scene: Scene, random: Random) -> Naming:
    model, kind, name = _any_guard(random)
    table = model._meta.db_table
    _run(guards._for(guards.DROP[connection.vendor], model, kind=kind))
    if connection.vendor == "postgresql":
        _run("CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
        when = {
            "row": f"BEFORE DELETE OR UPDATE ON {table} FOR EACH ROW",
            "truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
        }[kind]
        _run(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION nothing()")
        _run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    else:
        when = {"update": "UPDATE", "delete": "DELETE", "replace": "INSERT"}[kind]
        _run(f"CREATE TRIGGER {name} BEFORE {when} ON {table} BEGIN SELECT 1; END")
    return (table,)


@found_by(unguarded)
def have_a_guard_look_away(scene: Scene, random: Random) -> Naming:
    """PostgreSQL keeps triggers that are switched off, or that replication passes by; SQLite those of another table."""
    model, kind, name = _any_guard(random)
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        _run(f"ALTER TABLE {table} {random.choice(['DISABLE', 'ENABLE', 'ENABLE REPLICA'])} TRIGGER {name}")
    else:
        _run(guards._for(guards.DROP[connection.vendor], model, kind=kind))
        definition = guards._for(guards.DEFINITIONS[connection.vendor][kind], model)
        _run(definition.replace(f" ON {table} ", " ON audit_heartbeat ").replace("IS", "IS NOT", 0))
    return (table,)


@found_by(unguarded)
def have_all_guards_do_nothing(scene: Scene, random: Random) -> Naming:
    if connection.vendor == "postgresql":
        _run(
            "CREATE OR REPLACE FUNCTION gatehouse_refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NEW; END $$"
        )
    else:
        for model in guards.append_only_models():
            for kind in guards.DEFINITIONS["sqlite"]:
                _run(guards._for(guards.DROP["sqlite"], model, kind=kind))
    return (", ".join(model._meta.db_table for model in guards.append_only_models()),)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
