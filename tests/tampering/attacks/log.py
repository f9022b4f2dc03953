"""Events, beside and within the order of the tree."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from random import Random

from django.db import connection, models

from audit import ledger, signing
from audit.models import Event, Leaf, WaitingEvent
from audit.verify.claims import BEGUN
from tests.attacks import past_the_guards
from tests.tampering import changes
from tests.tampering.attack import ANYWHERE, Naming, events, found_by, missing, naming
from tests.tampering.scene import Scene, placed, rows_of


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
    changes.grow_anew()
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
    changes.place_anew([each.pk for each in placed() if each.pk != event.pk])
    return ANYWHERE


@found_by(events)
def exchange_two_events_and_grow_the_tree_anew(scene: Scene, random: Random) -> Naming:
    numbers = [event.pk for event in placed()]
    first, second = sorted(random.sample(range(signing.remembered().head.size), 2))
    numbers[first], numbers[second] = numbers[second], numbers[first]
    changes.place_anew(numbers)
    return ANYWHERE


@found_by(events)
def delete_a_waiting_event_with_its_place_in_the_queue(scene: Scene, random: Random) -> Naming:
    """Another one about its subject comes after it."""
    event = _followed(random)
    changes.erase(event, *WaitingEvent.objects.filter(pk=event.pk), *Leaf.objects.filter(event=event.pk))
    return *missing(event), "is gone, and so is its place"


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
    changes.place_anew([*(event.pk for event in placed()), forged.pk])
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
    original = (f"number {event.subject_number} about {event.subject} ", f"event {event.pk} ")
    _drop_the_constraints_of_events()
    event.pk = rows_of(Event)[-1].pk + 1
    with past_the_guards("audit_event"):
        changes.add(event)
    changes.add(WaitingEvent(event=event, written_at=event.at))
    if random.random() < 0.5:
        changes.place_anew([*(each.pk for each in placed()), event.pk])
        WaitingEvent.objects.filter(pk=event.pk).delete()
    return *original, f"event {event.pk} "


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
