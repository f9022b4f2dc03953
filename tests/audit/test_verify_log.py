"""The proof of the log: what somebody does who has the database is named, and what happens honestly is not."""

from __future__ import annotations

import datetime
import gc
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from audit import anchoring, checkpoints, halts, ledger, signing, tree, verify
from audit.actions import ledger as ledger_actions
from audit.models import Anchoring, Checkpoint, Event, WaitingEvent
from audit.notes import Head
from audit.signing import Memory
from audit.verify import claims, events
from audit.verify.ahead import read_ahead
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.attacks import past_the_guards
from tests.audit.test_checkpoints import lose
from tests.builders import Cast
from tests.moments import dating_events

pytestmark = [pytest.mark.django_db, pytest.mark.engines]
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def folder(signer_of_its_own: Path, settings: Any, tmp_path: Path) -> Path:
    """The only anchor."""
    options = {"path": str(tmp_path / "anchor")}
    settings.LEDGER_ANCHORS = [{"NAME": "folder", "ANCHOR": "audit.anchors.folder.Folder", "OPTIONS": options}]
    return tmp_path / "anchor"


def sign() -> Checkpoint:
    """Of everything, with a copy in the anchor."""
    tree.integrate()
    signed = checkpoints.sign_now()
    anchoring.keep_due()
    return signed


def found() -> str:
    return str(verify.events_whole().fault or "")


def add(cast: Cast, *names: str) -> None:
    for name in names:
        people.create_team(name=name, by=cast.admin)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime.timedelta], None]:
    """Sets every clock of the portal, so much from now."""
    now = timezone.now()

    def set_to(time: datetime.timedelta) -> None:
        for module in (checkpoints.timezone, anchoring.timezone):
            monkeypatch.setattr(module, "now", lambda: now + time)
        monkeypatch.setattr(checkpoints.clock, "now", lambda: now + time)
        monkeypatch.setattr(events.time, "time", (now + time).timestamp)
        dating_events(monkeypatch, now + time)

    return set_to


def test_what_was_placed_signed_and_kept_is_whole(cast: Cast) -> None:
    sign()
    add(cast, "New")
    sign()
    add(cast, "Waiting")
    reading = verify.events_whole()
    assert (reading.fault, reading.count) == (None, Event.objects.count())
    assert WaitingEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("table", "statement", "named"),
    [
        ("audit_treenode", "UPDATE audit_treenode SET hash = zero WHERE number = 4", "node 4 of the tree is another"),
        ("audit_treenode", "DELETE FROM audit_treenode WHERE number = 4", "node 4 of the tree is another"),
        ("audit_treenode", "INSERT INTO audit_treenode VALUES (999, zero)", "node 999 of the tree is there, though"),
        ("audit_leaf", "DELETE FROM audit_leaf WHERE index = 3", "the event at place 3 of the tree is gone"),
        ("audit_checkpoint", "UPDATE audit_checkpoint SET root = zero", "says other than what was signed"),
        ("audit_checkpoint", "UPDATE audit_checkpoint SET size = 2", "says other than what was signed"),
        ("audit_checkpoint", "UPDATE audit_checkpoint SET note = 'a note'", "is not signed: It is no signed note"),
    ],
)
def test_what_is_changed_beside_the_portal_is_named(cast: Cast, table: str, statement: str, named: str) -> None:
    sign()
    zero = f"'\\x{'00' * 32}'::bytea" if connection.vendor == "postgresql" else f"x'{'00' * 32}'"
    with past_the_guards(table), connection.cursor() as cursor:
        cursor.execute(statement.replace("zero", zero).replace(" index ", ' "index" '))
    assert named in found(), found()


def _reason_changed(event: Event) -> str:
    with past_the_guards("audit_event"):
        Event.objects.filter(pk=event.pk).update(reason="Another.")
    try:
        return found()
    finally:
        with past_the_guards("audit_event"):
            Event.objects.filter(pk=event.pk).update(reason=event.reason)


def test_what_is_confidential_is_named_by_its_number_alone(cast: Cast) -> None:
    """What is found stands on a page that everybody reads who reads about models."""
    version = builders.build_version(cast)
    team = Event.objects.filter(kind="registry.team.created").latest("pk")
    with pytest.raises(PermissionDenied):
        people.create_team(name="Not mine", by=cast.author)
    refused = Event.objects.filter(kind="registry.team.created.refused").get()
    sign()
    for event in (team, refused):
        assert _reason_changed(event) == f"event {event.pk} its columns differ from its signed bytes"
    registered = Event.objects.about(version).get()
    named = f"event {registered.pk} (registry.version.registered, {version})"
    assert _reason_changed(registered) == f"{named} its columns differ from its signed bytes"


def test_a_gap_in_what_is_confidential_says_not_about_whom(cast: Cast) -> None:
    for name in ("First", "Second"):
        people.rename_team(team=cast.team, name=name, by=cast.admin)
    renamed = Event.objects.filter(kind="registry.team.renamed").order_by("pk")
    with past_the_guards("audit_event", "audit_waitingevent"):
        WaitingEvent.objects.filter(event=renamed[0].pk).delete()
        Event.objects.filter(pk=renamed[0].pk).delete()
    last = renamed.get()
    expected = f"an event about the subject of event {last.pk} is missing, though there are {last.subject_number}"
    assert found() == expected


def test_an_event_that_is_gone_from_its_place_is_named(cast: Cast) -> None:
    sign()
    with past_the_guards("audit_event"):
        Event.objects.filter(leaf=3).delete()
    assert found().endswith("at place 3 of the tree, is gone")


def test_events_that_changed_places_are_named_by_the_tree(cast: Cast) -> None:
    sign()
    with past_the_guards("audit_leaf"), connection.cursor() as cursor:
        for old, new in ((1, 1001), (2, 1), (1001, 2)):
            cursor.execute('UPDATE audit_leaf SET "index" = %s WHERE "index" = %s', [new, old])
    assert "is not the one that was placed there" in found()


def test_an_event_that_neither_waits_nor_has_a_place_is_named(cast: Cast, clock: Any) -> None:
    sign()
    add(cast, "New")
    WaitingEvent.objects.all().delete()
    assert found() == "", "It may be a moment old."
    clock(HOUR)
    assert "has no place in the tree and waits for none" in found()


def test_an_end_that_was_cut_off_is_missed_by_the_signer(cast: Cast) -> None:
    size = sign().size
    lose(1)
    assert found().endswith(f"what the signer remembers speaks of {size} events, of which {size - 1} are there")


def test_an_end_that_was_cut_off_with_the_signer_s_memory_is_missed_by_an_anchor(
    cast: Cast, clock: Any, signer_of_its_own: Path
) -> None:
    sign()
    before = (signer_of_its_own / signing.MEMORY).read_text()
    add(cast, "Lost")
    size = sign().size
    lose(1)
    (signer_of_its_own / signing.MEMORY).write_text(before)
    clock(HOUR)
    assert f"speaks of {size} events, of which {size - 1} are there" in found()


def test_another_past_with_the_same_keys_is_given_away_by_an_anchor(
    cast: Cast, clock: Any, signer_of_its_own: Path
) -> None:
    sign()
    before = (signer_of_its_own / signing.MEMORY).read_text()
    add(cast, "Lost")
    size = sign().size
    lose(1)
    (signer_of_its_own / signing.MEMORY).write_text(before)
    add(cast, "Instead", "And more")
    sign()
    assert f"is signed for another beginning of {size} events" in found()


def test_an_event_is_not_back_dated_behind_a_checkpoint(cast: Cast, clock: Any) -> None:
    sign()
    clock(-HOUR)
    add(cast, "New")
    tree.integrate()
    assert "says that it is older than a checkpoint that does not know it" in found()


def test_an_event_is_not_dated_after_a_checkpoint_that_knows_it(
    cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own signer does not sign for it; whoever has stolen the key does."""
    clock(HOUR)
    add(cast, "New")
    clock(datetime.timedelta())
    monkeypatch.setattr(checkpoints, "SKEW", 2 * HOUR)
    sign()
    assert "says that it is younger than a checkpoint that knows it" in found()


def test_what_is_signed_while_the_proof_runs_is_not_held_against_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """A copy that comes into an anchor speaks of events that are not in what the proof reads."""
    sign()
    read = claims._ends_of_epochs

    def read_and_go_on() -> Any:
        ends, head = read(), tree.head()
        more, at = Head(head.size + 1, bytes(32)), int(time.time())
        with signing.signer() as signer:
            note = signer._key.note(more, at=at)
            signer._remember(Memory(1, more, at, note))
        (folder / "1" / f"{more.size:020d}-{at}.checkpoint").write_text(note)
        return ends

    monkeypatch.setattr(claims, "_ends_of_epochs", read_and_go_on)
    assert found() == ""


def test_nor_is_it_when_the_clock_of_the_machine_that_proves_is_ahead(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """What is signed is dated by the database's clock, and so is when the proof began."""
    ahead = time.time() + 40
    monkeypatch.setattr(time, "time", lambda: ahead)
    sign()
    read = claims._ends_of_epochs

    def read_and_go_on() -> Any:
        ends, size = read(), tree.size()
        add(cast, "Meanwhile")
        sign()
        lose(1)
        return ends if tree.size() == size else {}

    monkeypatch.setattr(claims, "_ends_of_epochs", read_and_go_on)
    assert found() == ""


def test_nothing_goes_on_reading_once_a_fault_is_found(cast: Cast) -> None:
    for name in ("First", "Second"):
        add(cast, name)
        sign()
    with past_the_guards("audit_leaf"), connection.cursor() as cursor:
        cursor.execute('DELETE FROM audit_leaf WHERE "index" = 3')
    gc.disable()
    try:
        assert found()
        assert not [each for each in gc.get_objects() if type(each) is claims.Claims]
    finally:
        gc.enable()


@pytest.fixture
def restored(cast: Cast, clock: Any) -> int:
    """The size of a ledger whose end is lost, with checkpoints of each event of it that an anchor keeps."""
    size = sign().size
    for name in ("Lost", "Lost as well", "Last"):
        add(cast, name)
        sign()
    lose(3)
    return size


def test_what_was_written_before_a_restore_was_noticed_is_no_tampering(cast: Cast, restored: int, clock: Any) -> None:
    clock(HOUR)
    add(cast, "Instead", "And more")
    tree.integrate()
    assert checkpoints.sign_now() is None
    assert halts.current() is not None

    ledger_actions.resume(reason="The disk had to be replaced.", by=Person.objects.system())
    assert found() == ""
    add(cast, "New")
    assert sign().epoch == 2
    assert found() == ""


def test_an_epoch_that_somebody_else_says_they_began_excuses_no_loss(cast: Cast, restored: int) -> None:
    opened = signing.remembered()
    facts = {"epoch": 2, "lost_size": opened.head.size, "lost_at": opened.signed_at, "size": restored}
    with ledger.entry("audit.epoch.opened", by=cast.admin) as entry:
        entry.facts = facts
    tree.integrate()
    assert "is signed for another beginning" in found()


def test_a_past_that_is_rewritten_under_a_new_epoch_is(cast: Cast, clock: Any) -> None:
    """Dated as the events that it is put in the place of, which nothing written after a restore can be."""
    sign()
    add(cast, "Lost")
    sign()
    clock(HOUR)
    add(cast, "Last")
    sign()
    lose(2)
    clock(datetime.timedelta(minutes=1))
    add(cast, "Forged", "And more")
    tree.integrate()
    checkpoints.sign_now()
    clock(2 * HOUR)
    ledger_actions.resume(reason="The disk had to be replaced.", by=Person.objects.system())
    sign()
    # Which of the two it is hangs on a second: they stand beside each other.
    told = ("says that it is younger than a checkpoint that knows it", "is signed for another beginning")
    assert any(words in found() for words in told), found()


def test_an_epoch_that_only_an_anchor_knows_is_missed(cast: Cast, clock: Any, signer_of_its_own: Path) -> None:
    """Everything is put back to before the epoch, and what the signer remembers as well."""
    sign()
    before = (signer_of_its_own / signing.MEMORY).read_text()
    halts.begin("Somebody was wrong")
    (signer_of_its_own / signing.MEMORY).unlink()
    ledger_actions.resume(reason="The file was lost.", by=Person.objects.system())
    sign()
    assert found() == ""

    with past_the_guards("audit_checkpoint"):
        Anchoring.objects.filter(checkpoint__epoch=2).delete()
        Checkpoint.objects.filter(epoch=2).delete()
    lose(1)
    (signer_of_its_own / signing.MEMORY).write_text(before)
    assert "of which nothing is known here" in found()


def test_a_number_that_became_a_truth_is_found(cast: Cast) -> None:
    """To Python 1 and true are the same, to a reader of the ledger they are not."""
    event = registered(cast)
    number = next(name for name, value in event.facts.items() if value == 1)
    with past_the_guards("audit_event"):
        Event.objects.filter(pk=event.pk).update(facts=event.facts | {number: True})
    assert "its columns differ from its signed bytes" in str(verify.events_whole().fault)


#: What a reader of JSON might take for 1, or for nothing at all.
IN_PLACE_OF_ONE = [
    "1.0",
    "true",
    "[1]",
    "18446744073709551617",
    "1e400",
    "[" * 300 + "]" * 300,
    '1, "{name}": 2',
]


@pytest.mark.parametrize("forged", IN_PLACE_OF_ONE)
def test_facts_that_are_written_otherwise_are_found_where_they_stand(cast: Cast, forged: str) -> None:
    """Of two readers of JSON one is quick, and stricter or more careless than the other: it finds no less."""
    look_otherwise(cast, forged)


def look_otherwise(cast: Cast, forged: str) -> None:
    event = registered(cast)
    name = next(name for name, value in event.facts.items() if value == 1)
    facts = json.dumps(event.facts | {name: "forged"}).replace('"forged"', forged.replace("{name}", name))
    overwrite(event, "facts", facts)
    assert found() == f"event {event.pk} ({event.kind}, {event.label}) its columns differ from its signed bytes"


def test_what_the_quick_reader_does_not_know_the_other_one_does(cast: Cast) -> None:
    """RFC 8785 orders keys by UTF-16, orjson by UTF-8: they differ behind what fits into 16 bits."""
    with ledger.entry("registry.team.created", by=cast.admin) as entry:
        entry.facts = {"\uffee": "before in UTF-8", "\U0001f600": "before in UTF-16"}
    sign()
    assert found() == ""


def test_the_quick_reader_knows_what_people_write(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the proof takes twice as long, and nobody would notice."""
    add(cast, "Größe\n\t“50 %”", "A \x7f\u2028 \\ / \U0001f600")
    builders.build_version(cast)
    sign()
    monkeypatch.setattr(events, "json", None)
    assert found() == ""


def registered(cast: Cast) -> Event:
    version = builders.build_version(cast)
    tree.integrate()
    return Event.objects.filter(kind="registry.version.registered", stream=f"registry.aimodel:{version.model_id}").get()


def overwrite(event: Event, column: str, value: Any) -> None:
    with past_the_guards("audit_event"), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(f"UPDATE audit_event SET {column} = %s WHERE id = %s", [value, event.pk])
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_a_time_that_is_none_is_found_where_it_stands(cast: Cast) -> None:
    sign()
    event = Event.objects.filter(kind="registry.team.created").latest("pk")
    with past_the_guards("audit_event"), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET at = 'infinity' WHERE id = %s", [event.pk])
    assert f"event {event.pk}" in found()
    assert "its columns differ from its signed bytes" in found()


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_reading_ahead_leaves_nothing_out(cast: Cast, chunk: int) -> None:
    numbers = Event.objects.order_by("pk").values_list("pk", flat=True)
    assert list(read_ahead(numbers, chunk)) == list(numbers)
    assert list(read_ahead(numbers.none(), chunk)) == []


def test_the_next_events_are_read_while_these_are_looked_at(cast: Cast) -> None:
    before = threading.active_count()
    reading = read_ahead(Event.objects.order_by("pk"), 2)
    next(reading)
    assert threading.active_count() == before + (connection.vendor == "postgresql")
    assert Event.objects.exists()  # over the same connection, meanwhile
    reading.close()
    assert (threading.active_count(), _open_cursors()) == (before, 0)


def test_a_fault_in_the_middle_leaves_no_thread_and_no_cursor(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHUNK", 2)
    sign()
    numbers = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    middle = numbers[len(numbers) // 2]
    before = threading.active_count()
    with past_the_guards("audit_event"):
        Event.objects.filter(pk=middle).update(reason="Another.")
    reading = verify.events_whole()
    assert str(reading.fault).startswith(f"event {middle} "), reading.fault
    assert reading.count == numbers.index(middle)
    assert (threading.active_count(), _open_cursors()) == (before, 0)


def _open_cursors() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        return cursor.fetchone()[0]
