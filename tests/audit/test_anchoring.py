"""Every signed checkpoint comes to every anchor, whatever fails, for however long, and whoever is killed."""

from __future__ import annotations

import contextlib
import datetime
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import anchoring, anchors, retries, tasks, wakeups
from audit.anchoring import AnchorState
from audit.models import Anchoring, Checkpoint
from tests.audit.shelves import Shelf
from tests.threads import answers_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def shelves(settings: LazySettings) -> dict[str, Shelf]:
    settings.LEDGER_ANCHORS = [
        {"NAME": name, "ANCHOR": "tests.audit.shelves.Shelf", "OPTIONS": {"label": f"{name} {uuid.uuid4()}"}}
        for name in ("near", "far")
    ]
    return anchors.configured()


def signed(size: int, **changes: Any) -> Checkpoint:
    at = datetime.datetime(2026, 11, 27, 7, tzinfo=datetime.UTC) + datetime.timedelta(seconds=size)
    values = {"epoch": 1, "size": size, "root": bytes(32), "signed_at": at, "note": f"ledger\n{size}\n\n— ledger é\n"}
    return Checkpoint.objects.create(**values | changes)


def planned(*sizes: int) -> list[Checkpoint]:
    checkpoints = [signed(size) for size in sizes]
    for checkpoint in checkpoints:
        anchoring.plan(checkpoint)
    return checkpoints


def told(shelf: Shelf) -> list[int]:
    return [int(name.partition("/")[2].partition("-")[0]) for name in shelf.asked]


def row_of(checkpoint: Checkpoint, anchor: str) -> Anchoring:
    return Anchoring.objects.get(checkpoint=checkpoint, anchor=anchor)


def make_due() -> None:
    Anchoring.objects.filter(kept_at=None).update(due_at=timezone.now())


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


class TestPlanning:
    def test_each_configured_anchor_is_to_keep_it(self, shelves: dict[str, Shelf]) -> None:
        (checkpoint,) = planned(5)
        assert set(checkpoint.anchorings.values_list("anchor", "kept_at")) == {("near", None), ("far", None)}

    def test_doing_it_again_does_nothing(self, shelves: dict[str, Shelf]) -> None:
        (checkpoint,) = planned(5)
        anchoring.keep_due()
        anchoring.plan(checkpoint)
        assert checkpoint.anchorings.exclude(kept_at=None).count() == checkpoint.anchorings.count() == 2

    def test_it_wakes_the_worker_once_it_is_committed(
        self,
        shelves: dict[str, Shelf],
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        sent: list[str] = []
        monkeypatch.setattr(wakeups, "_send", sent.append)
        with django_capture_on_commit_callbacks(execute=True):
            planned(5)
            assert sent == []
        assert sent == [tasks.keep_anchors.name]

    def test_where_there_is_no_anchor_nothing_waits(self, settings: LazySettings) -> None:
        settings.LEDGER_ANCHORS = []
        planned(5)
        assert not Anchoring.objects.exists()
        assert anchoring.keep_due() == 0
        assert anchoring.states() == []


class TestKeeping:
    def test_each_anchor_gets_the_signed_note_under_its_name(self, shelves: dict[str, Shelf]) -> None:
        (checkpoint,) = planned(5)
        assert tasks.keep_anchors() == 2
        for name, shelf in shelves.items():
            assert list(shelf.kept()) == [(anchors.name_of(checkpoint), checkpoint.note.encode())]
            row = row_of(checkpoint, name)
            assert (row.attempts, row.last_error) == (1, "")
            assert timezone.now() - row.kept_at < datetime.timedelta(minutes=1)

    def test_the_oldest_is_kept_first_and_nothing_twice(self, shelves: dict[str, Shelf]) -> None:
        planned(5, 6, 7)
        assert anchoring.keep_due() == 6
        assert anchoring.keep_due() == 0
        assert [told(shelf) for shelf in shelves.values()] == [[5, 6, 7], [5, 6, 7]]

    def test_one_sweep_is_not_endless(self, shelves: dict[str, Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(anchoring, "BATCH", 2)
        planned(5, 6, 7)
        assert [anchoring.keep_due() for _ in range(3)] == [4, 2, 0]

    def test_the_database_is_not_held_while_an_anchor_is_talked_to(self, shelves: dict[str, Shelf]) -> None:
        """`durable` would refuse a claim inside a transaction; here the test's own is not counted."""
        planned(5)
        atomics: list[int] = []
        outside = len(connection.savepoint_ids)
        for shelf in shelves.values():
            shelf.before = lambda: atomics.append(len(connection.savepoint_ids))
        anchoring.keep_due()
        assert atomics == [outside, outside]

    def test_an_anchor_that_is_configured_no_more_is_not_asked(
        self, shelves: dict[str, Shelf], settings: LazySettings
    ) -> None:
        (checkpoint,) = planned(5)
        settings.LEDGER_ANCHORS = settings.LEDGER_ANCHORS[:1]
        assert anchoring.keep_due() == 1
        assert row_of(checkpoint, "far").kept_at is None


class TestAnAnchorThatFails:
    def test_is_asked_again_later_and_later_an_hour_at_most(self, shelves: dict[str, Shelf]) -> None:
        (checkpoint,) = planned(5)
        shelves["far"].before = failing(OSError("No route to \0host"))
        waits = []
        for _ in range(10):
            make_due()
            anchoring.keep_due()
            waits.append(round((row_of(checkpoint, "far").due_at - timezone.now()).total_seconds()))
        assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
        row = row_of(checkpoint, "far")
        assert (row.kept_at, row.attempts, row.last_error) == (None, 10, "OSError: No route to host")

    def test_that_comes_back_gets_everything(self, shelves: dict[str, Shelf]) -> None:
        shelves["far"].before = failing(OSError("No route to host"))
        planned(5, 6)
        anchoring.keep_due()
        shelves["far"].before = None
        planned(7)
        make_due()
        assert anchoring.keep_due() == 4
        assert sorted(int(name[2:22]) for name in shelves["far"].notes) == [5, 6, 7]
        assert not Anchoring.objects.exclude(last_error="").exists()

    def test_delays_no_other_and_is_asked_last(self, shelves: dict[str, Shelf]) -> None:
        order: list[str] = []
        shelves["far"].before = lambda: order.append("far")
        shelves["near"].before = lambda: (order.append("near"), failing(OSError("Disk full"))())
        planned(5, 6)
        assert anchoring.keep_due() == 2
        assert order == ["near", "far", "far"]
        order.clear()
        planned(7)
        assert anchoring.keep_due() == 1
        assert order[0] == "far"

    def test_is_asked_once_in_a_sweep(self, shelves: dict[str, Shelf]) -> None:
        """So that many copies are not many times the patience with a server that says nothing."""
        shelves["far"].before = failing(TimeoutError())
        planned(5, 6, 7)
        anchoring.keep_due()
        assert told(shelves["far"]) == [5]

    def test_with_one_checkpoint_only_keeps_the_others(self, shelves: dict[str, Shelf]) -> None:
        first, second = signed(5), signed(6)
        shelves["far"].notes[anchors.name_of(first)] = b"something else"
        for checkpoint in (first, second):
            anchoring.plan(checkpoint)
        assert anchoring.keep_due() == 3
        assert row_of(first, "far").last_error.startswith("Differs: ")
        assert row_of(second, "far").kept_at

    def test_for_longer_than_python_counts_is_still_asked(self) -> None:
        assert retries.after(10**6) - timezone.now() <= retries.LONGEST

    def test_says_what_is_wrong_in_the_log(self, shelves: dict[str, Shelf], caplog: pytest.LogCaptureFixture) -> None:
        shelves["far"].before = failing(OSError("No route to host"))
        planned(5)
        anchoring.keep_due()
        assert "checkpoint of 5 events was not kept by the anchor far: No route to host" in caplog.text


class TestAWorkerThatIsKilled:
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_leaves_a_claim_that_ends_by_itself(
        self, shelves: dict[str, Shelf], monkeypatch: pytest.MonkeyPatch, when: str
    ) -> None:
        (checkpoint,) = planned(5)
        setattr(shelves["near"], when, failing(SystemExit()))
        with pytest.raises(SystemExit):
            anchoring.keep_due()
        setattr(shelves["near"], when, None)
        assert (row_of(checkpoint, "near").kept_at, bool(shelves["near"].notes)) == (None, when == "after")

        assert anchoring.keep_due() == 1  # the far one; the near one is still claimed
        later = timezone.now() + anchoring.CLAIM
        monkeypatch.setattr(timezone, "now", lambda: later)
        assert anchoring.keep_due() == 1
        assert told(shelves["near"]) == [5, 5]
        assert len(shelves["near"].notes) == 1

    def test_takes_nothing_back_when_it_was_only_slow(self, shelves: dict[str, Shelf]) -> None:
        """Its claim had ended, another worker kept the copy, and then its own try fails."""
        (checkpoint,) = planned(5)
        kept_meanwhile = timezone.now()

        def slow() -> None:
            Anchoring.objects.filter(anchor="near").update(kept_at=kept_meanwhile)
            raise TimeoutError

        shelves["near"].before = slow
        anchoring.keep_due()
        row = row_of(checkpoint, "near")
        assert (row.kept_at, row.last_error) == (kept_meanwhile, "")


@contextlib.contextmanager
def every_turn(name: str) -> Iterator[bool]:
    yield True


@pytest.mark.django_db(transaction=True)
class TestSeveralAtOnce:
    def test_workers_keep_each_once(self, shelves: dict[str, Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
        """Threads stand in for processes: they take no turns."""
        monkeypatch.setattr(anchoring, "_turn", every_turn)
        planned(*range(5, 15))
        assert sum(answers_at_once([anchoring.keep_due] * 4)) == 20
        for shelf in shelves.values():
            assert sorted(told(shelf)) == list(range(5, 15))
        assert set(Anchoring.objects.values_list("attempts", flat=True)) == {1}

    def test_a_slow_anchor_keeps_one_thread_and_the_other_serves_the_rest(self, shelves: dict[str, Shelf]) -> None:
        begun, go_on = threading.Event(), threading.Event()
        shelves["near"].before = lambda: (begun.set(), go_on.wait(20))
        planned(5)

        def beside() -> tuple[str, int]:
            begun.wait(20)
            planned(6)
            kept = anchoring.keep_due()
            go_on.set()
            return "beside", kept

        answers = answers_at_once([lambda: ("slow", anchoring.keep_due()), beside])
        assert dict(answers)["beside"] == 2
        assert told(shelves["far"]) == [5, 6]
        assert anchoring.keep_due() == 0

    def test_a_claim_is_committed_before_the_anchor_is_asked(self, shelves: dict[str, Shelf]) -> None:
        planned(5)
        seen: list[int] = []

        def look() -> None:
            seen.extend(answers_at_once([lambda: Anchoring.objects.filter(attempts=1).count()]))

        shelves["near"].before = look
        anchoring.keep_due()
        assert seen == [1]

    def test_no_caller_may_hold_a_transaction_over_it(self, shelves: dict[str, Shelf]) -> None:
        planned(5)
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            anchoring.keep_due()


class TestStates:
    def test_say_what_each_keeps_and_what_waits(self, shelves: dict[str, Shelf]) -> None:
        planned(5)
        anchoring.keep_due()
        shelves["far"].before = failing(OSError("No route to host"))
        planned(6, 7)
        anchoring.keep_due()
        near, far = anchoring.states()
        assert near == AnchorState("near", shelves["near"].where, 7, near.kept_at, 0, "")
        assert far == AnchorState("far", shelves["far"].where, 5, far.kept_at, 2, "OSError: No route to host")
        assert far.kept_at <= near.kept_at

    def test_of_an_anchor_that_never_kept_anything(self, shelves: dict[str, Shelf]) -> None:
        assert anchoring.states() == [
            AnchorState(name, shelf.where, None, None, 0, "") for name, shelf in shelves.items()
        ]

    def test_cost_two_statements_however_much_there_is(self, shelves: dict[str, Shelf]) -> None:
        for sizes in (range(5, 6), range(6, 26)):
            planned(*sizes)
            anchoring.keep_due()
            with CaptureQueriesContext(connection) as asked:
                anchoring.states()
            assert len(asked) == 2
