"""Every event gets a place in the tree, once, in order, and only as it was sealed."""

from __future__ import annotations

import datetime
from functools import partial
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from audit import merkle, tree
from audit.actions import ledger as ledger_actions
from audit.models import Checkpoint, Event, Leaf, TreeNode, WaitingEvent
from audit.tasks import keep_ledger
from registry.actions import people
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def leaves() -> list[int]:
    """The events in the order of the tree."""
    return list(Leaf.objects.order_by("index").values_list("event", flat=True))


def root_of_events() -> bytes:
    growth = merkle.Growth()
    for canonical in Event.objects.filter(pk__in=leaves()).order_by("pk").values_list("canonical", flat=True):
        list(growth.add(merkle.leaf_hash(bytes(canonical))))
    return growth.root()


def test_an_event_waits_until_it_has_a_place(cast: Cast) -> None:
    tree.integrate()
    builders.build_model(cast)
    event = Event.objects.first()
    assert WaitingEvent.objects.get().event_id == event.pk
    assert tree.index_of(event) is None

    assert tree.integrate() == 1
    assert not WaitingEvent.objects.exists()
    assert tree.index_of(event) == tree.size() - 1


def test_the_tree_is_that_of_the_events_in_their_order(cast: Cast) -> None:
    tree.integrate()
    builders.ready_version(cast)
    tree.integrate()

    assert leaves() == list(Event.objects.order_by("pk").values_list("pk", flat=True))
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(tree.size()))
    assert tree.head().root == root_of_events()
    assert TreeNode.objects.count() == merkle.node_count(tree.size())


def test_many_events_come_in_several_transactions(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "AT_ONCE", 3)
    builders.ready_version(cast)
    waiting = WaitingEvent.objects.count()
    assert waiting > 3

    assert tree.integrate() == waiting
    assert tree.head().root == root_of_events()


def test_nothing_new_costs_a_look(cast: Cast, django_assert_num_queries) -> None:
    tree.integrate()
    with django_assert_num_queries(1):
        assert tree.integrate() == 0


def test_an_event_with_a_false_seal_stays_outside_and_holds_up_no_other(cast: Cast) -> None:
    tree.integrate()
    team = people.create_team(name="First", by=cast.admin)
    forged = Event.objects.about(team).get()
    _forge(forged)
    people.create_team(name="Third", by=cast.admin)

    assert tree.integrate() == 1
    waiting = WaitingEvent.objects.get()
    assert (waiting.event_id, waiting.fault) == (forged.pk, "its bytes are not those that were signed")
    assert tree.integrate() == 0


def _forge(event: Event) -> None:
    forged = bytes(event.canonical).replace(event.label.encode(), b"Forged")
    with past_the_guards("audit_event"):
        Event.objects.filter(pk=event.pk).update(canonical=forged)


def test_an_event_whose_key_another_machine_has_is_placed_there(
    cast: Cast, signer_of_its_own: Path, tmp_path: Path
) -> None:
    """A machine that has not got the new key yet finds no other fault with it; a forged one stays outside."""
    tree.integrate()
    forged = Event.objects.about(people.create_team(name="First", by=cast.admin)).get()
    _forge(forged)
    tree.integrate()
    made = signer_of_its_own / f"ledger-{ledger_actions.rotate_key(by=cast.admin)}.key"
    people.create_team(name="Second", by=cast.admin)
    made.rename(tmp_path / "elsewhere")
    assert tree.integrate() == 0
    keep_ledger()
    assert WaitingEvent.objects.exclude(fault="").count() == 3

    (tmp_path / "elsewhere").rename(made)
    keep_ledger()
    assert WaitingEvent.objects.get().event_id == forged.pk


def test_whoever_writes_puts_in_no_more_than_some(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "AT_ONCE", 3)
    WaitingEvent.objects.update(written_at=timezone.now() - datetime.timedelta(seconds=1))
    waiting = WaitingEvent.objects.count()
    assert waiting > 3
    monkeypatch.setattr(tree, "BETWEEN_LOOKS", 0)
    assert tree.integrate_overdue() == 3
    assert WaitingEvent.objects.count() == waiting - 3


def test_a_queue_that_somebody_has_filled_holds_up_nobody(cast: Cast) -> None:
    tree.integrate()
    placed = Leaf.objects.get(index=0).event
    WaitingEvent.objects.create(event=placed, written_at=timezone.now())
    WaitingEvent.objects.create(event_id=999_999, written_at=timezone.now())
    people.create_team(name="New", by=cast.admin)

    assert tree.integrate() == 1
    assert set(WaitingEvent.objects.values_list("event_id", "fault")) == {
        (placed.pk, tree.NOWHERE),
        (999_999, tree.NOWHERE),
    }
    assert tree.head().root == root_of_events()


def test_events_of_before_there_was_a_tree_come_to_wait(cast: Cast) -> None:
    builders.build_model(cast)
    WaitingEvent.objects.all().delete()

    tree.enqueue_forgotten()
    tree.enqueue_forgotten()
    tree.integrate()
    assert tree.size() == Event.objects.count()
    tree.enqueue_forgotten()
    assert not WaitingEvent.objects.exists()


@pytest.mark.parametrize("table", [Leaf, TreeNode, Checkpoint])
def test_the_tree_and_what_was_signed_are_never_changed(cast: Cast, table) -> None:
    tree.integrate()
    Checkpoint.objects.create(epoch=1, size=1, root=bytes(32), signed_at=timezone.now(), note="a note")
    for write in (
        lambda: table.objects.filter(pk=table.objects.first().pk).delete(),
        lambda: table.objects.update(**{table._meta.concrete_fields[-1].name: b"" if table is TreeNode else 7}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            write()


def test_a_refused_attempt_has_a_place_as_well(cast: Cast) -> None:
    tree.integrate()
    with pytest.raises(PermissionDenied):
        people.create_team(name="Not mine", by=cast.stranger)
    assert tree.integrate() == 1


def test_a_tree_that_has_lost_a_node_says_so(cast: Cast) -> None:
    tree.integrate()
    with pytest.raises(tree.Damaged, match="lost its node"):
        tree.read([merkle.node_count(tree.size())])


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_whoever_finds_an_overdue_event_puts_all_in(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        tree.integrate()
        people.create_team(name="First", by=cast.admin)
        assert WaitingEvent.objects.count() == 1, "It has just been written."

        monkeypatch.setattr(tree, "BETWEEN_LOOKS", 0)
        long_ago = timezone.now() - datetime.timedelta(seconds=1)
        WaitingEvent.objects.update(written_at=long_ago)
        people.create_team(name="Second", by=cast.admin)
        assert not WaitingEvent.objects.exists()
        assert tree.head().root == root_of_events()

    def test_many_who_write_and_put_in_at_once_leave_one_whole_tree(self, cast: Cast) -> None:
        def write(number: int) -> None:
            for each in range(4):
                people.create_team(name=f"Team {number} {each}", by=cast.admin)
                tree.integrate()

        assert not at_once([partial(write, number) for number in range(4)])
        tree.integrate(wait=True)
        assert sorted(leaves()) == list(Event.objects.order_by("pk").values_list("pk", flat=True))
        assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(tree.size()))
        growth = merkle.Growth()
        entries = dict(Event.objects.values_list("pk", "canonical"))
        nodes = [node for event in leaves() for node in growth.add(merkle.leaf_hash(bytes(entries[event])))]
        assert [bytes(node.hash) for node in TreeNode.objects.order_by("number")] == nodes
