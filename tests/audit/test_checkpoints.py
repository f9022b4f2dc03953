"""What is signed goes on from what was signed before. A ledger that does not is found out, and written to no more."""

from __future__ import annotations

import base64
import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import timezone

from audit import checkpoints, halts, merkle, signing, tree
from audit.actions import ledger as ledger_actions
from audit.halts import Halted
from audit.models import Anchoring, Checkpoint, Event, Halt, Leaf, TreeNode, WaitingEvent
from audit.notes import Head
from governance import boot
from registry.actions import people
from registry.models import Person, Team
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.inclusion import root_of_inclusion

pytestmark = [pytest.mark.django_db, pytest.mark.engines, pytest.mark.usefixtures("signer_of_its_own")]

HOUR = datetime.timedelta(hours=1)


def sign() -> Checkpoint:
    tree.integrate()
    signed = checkpoints.sign_now()
    assert signed is not None
    return signed


def later(monkeypatch: pytest.MonkeyPatch, time: datetime.timedelta) -> None:
    now = timezone.now() + time
    monkeypatch.setattr(checkpoints.timezone, "now", lambda: now)
    monkeypatch.setattr(signing.time, "time", now.timestamp)


def lose(events: int) -> None:
    """The last events are gone with all that was kept about them: a copy of the database of before was put back."""
    newest = list(Event.objects.order_by("-pk")[:events])
    size = tree.size() - events
    with past_the_guards("audit_event"):
        Event.objects.filter(pk__in=[event.pk for event in newest]).delete()
    with past_the_guards("audit_leaf"):
        Leaf.objects.filter(index__gte=size).delete()
    with past_the_guards("audit_treenode"):
        TreeNode.objects.filter(number__gte=merkle.node_count(size)).delete()
    Anchoring.objects.filter(checkpoint__size__gt=size).delete()
    with past_the_guards("audit_checkpoint"):
        Checkpoint.objects.filter(size__gt=size).delete()


def test_a_checkpoint_speaks_for_the_tree(cast: Cast) -> None:
    signed = sign()
    opened = signing.verifier().opened(signed.note)

    assert opened.origin == "models.example.org/ledger"
    assert opened.head == tree.head() == Head(signed.size, bytes(signed.root))
    assert signed.size == Event.objects.count()
    assert opened.signed_at == int(signed.signed_at.timestamp())


def test_nothing_new_is_signed_for_once(cast: Cast) -> None:
    assert sign() == sign()


def test_checkpoints_are_due_after_a_while_and_hourly_in_silence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sign()
    people.create_team(name="New", by=cast.admin)
    tree.integrate()
    assert checkpoints.sign_due() is None, "The last one is of a moment ago."

    later(monkeypatch, checkpoints.BETWEEN)
    second = checkpoints.sign_due()
    assert second.size == first.size + 1
    assert checkpoints.sign_due() is None, "There is nothing new."

    later(monkeypatch, checkpoints.BETWEEN + HOUR)
    third = checkpoints.sign_due()
    assert (third.size, third.signed_at > second.signed_at) == (second.size, True)


def test_a_clock_that_goes_back_signs_no_earlier(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sign()
    later(monkeypatch, -HOUR)
    people.create_team(name="New", by=cast.admin)
    assert sign().signed_at == first.signed_at


def test_a_clock_that_was_ahead_keeps_nobody_from_signing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as ahead:
        later(ahead, 1000 * HOUR)
        first = sign()
    assert checkpoints.sign_due() is None, "There is nothing new."
    people.create_team(name="New", by=cast.admin)
    tree.integrate()
    second = checkpoints.sign_due()
    assert (second.size, second.signed_at) == (first.size + 1, first.signed_at)


def test_one_signs_at_a_time(cast: Cast) -> None:
    with signing.signer() as first, signing.signer() as second:
        assert first is not None
        assert second is None


def test_a_machine_without_the_key_signs_nothing_and_checks_all(cast: Cast, signer_of_its_own: Path) -> None:
    signed = sign()
    (signer_of_its_own / signing.KEY).unlink()

    assert checkpoints.sign_now() is None
    assert signing.verifier().opened(signed.note).head.size == signed.size


def test_what_was_signed_just_before_a_crash_is_published_after_it(cast: Cast) -> None:
    sign()
    people.create_team(name="New", by=cast.admin)
    tree.integrate()
    with signing.signer() as signer:
        signer.sign(tree.head(), checkpoints._prove)
    crashed = signing.remembered()
    assert not Checkpoint.objects.filter(note=crashed.note).exists()

    people.create_team(name="Newer", by=cast.admin)
    sign()
    assert Checkpoint.objects.filter(note=crashed.note).exists()


class TestRolledBack:
    """A database that was set back behind what was signed for."""

    def test_it_is_found_when_the_next_checkpoint_is_due(self, cast: Cast) -> None:
        before = sign()
        people.create_team(name="Lost", by=cast.admin)
        after = sign()
        lose(1)

        assert checkpoints.sign_now() is None
        halt = halts.current()
        assert halt.reason == f"The ledger holds {before.size} events, of which {after.size} were signed for"
        assert signing.remembered().head.size == after.size

    def test_it_is_found_when_the_portal_starts(self, cast: Cast) -> None:
        boot.refuse_unsafe()
        people.create_team(name="Lost", by=cast.admin)
        sign()
        boot.refuse_unsafe()
        assert halts.current() is None
        lose(1)
        boot.refuse_unsafe()
        assert halts.current() is not None

    def test_what_was_signed_for_and_waits_again_for_its_place_is_not_lost(self, cast: Cast) -> None:
        sign()
        people.create_team(name="New", by=cast.admin)
        event, size = Event.objects.first(), sign().size
        with past_the_guards("audit_leaf"):
            Leaf.objects.filter(event=event).delete()
        with past_the_guards("audit_treenode"):
            TreeNode.objects.filter(number__gte=merkle.node_count(size - 1)).delete()
        tree.enqueue()
        boot.refuse_unsafe()
        assert halts.current() is None
        assert tree.size() == size

    def test_it_is_found_though_as_much_was_written_since(self, cast: Cast) -> None:
        people.create_team(name="Lost", by=cast.admin)
        signed = sign()
        lose(1)
        people.create_team(name="Instead", by=cast.admin)
        people.create_team(name="And more", by=cast.admin)
        tree.integrate()

        assert checkpoints.sign_now() is None
        assert f"The first {signed.size} events of the ledger are not those" in halts.current().reason

    def test_it_is_found_with_another_tree_below_the_same_size(self, cast: Cast) -> None:
        sign()
        with past_the_guards("audit_treenode"):
            TreeNode.objects.filter(number=0).update(hash=bytes(32))
            TreeNode.objects.filter(number=merkle.node_count(tree.size()) - 1).update(hash=bytes(32))
        people.create_team(name="New", by=cast.admin)
        tree.integrate()
        assert checkpoints.sign_now() is None
        assert halts.current() is not None

    def test_nothing_is_written_any_more_and_everything_read(self, cast: Cast) -> None:
        halts.begin("It was set back")
        events = Event.objects.count()
        with pytest.raises(Halted, match=r"read-only\. It was set back\. Whoever runs the portal") as refusal:
            people.create_team(name="New", by=cast.admin)

        assert refusal.value.code == "read-only"
        assert not Team.objects.filter(name="New").exists()
        assert Event.objects.count() == events
        tree.integrate()
        assert tree.size() == events

    def test_whoever_may_not_is_still_told_so(self, cast: Cast) -> None:
        halts.begin("It was set back")
        with pytest.raises(Exception, match="right"):
            people.create_team(name="New", by=cast.stranger)
        assert not Event.objects.filter(kind__endswith=".refused").exists()

    def test_a_second_finding_changes_nothing(self) -> None:
        halts.begin("First")
        halts.begin("Second")
        assert Halt.objects.get().reason == "First"

    def test_a_new_epoch_says_what_is_lost(self, cast: Cast) -> None:
        before = sign()
        people.create_team(name="Lost", by=cast.admin)
        after = sign()
        lose(1)
        checkpoints.look_back()

        ledger_actions.resume(reason="The disk had to be replaced.", by=Person.objects.system())
        event = Event.objects.first()
        assert (event.kind, event.reason) == ("audit.epoch.opened", "The disk had to be replaced.")
        assert event.facts == {
            "epoch": 2,
            "lost_size": after.size,
            "lost_root": bytes(after.root).hex(),
            "lost_at": int(after.signed_at.timestamp()),
            "size": before.size,
            "root": bytes(before.root).hex(),
        }
        people.create_team(name="New", by=cast.admin)
        signed = sign()
        assert (signed.epoch, signed.size) == (2, before.size + 2)
        assert signing.verifier(epoch=2).opened(signed.note).origin == "models.example.org/ledger/epoch-2"

    def test_a_ledger_that_was_put_right_goes_on(self, cast: Cast, signer_of_its_own: Path) -> None:
        sign()
        halts.begin("Somebody was wrong")
        assert ledger_actions.resume(reason="It was a wrong file.", by=Person.objects.system()) is None
        assert Event.objects.first().kind == "audit.ledger.resumed"
        assert sign().epoch == 1

    def test_there_is_nothing_to_resume_in_a_portal_that_is_written_to(self) -> None:
        with pytest.raises(ValidationError, match="nothing to resume"):
            ledger_actions.resume(reason="To be sure.", by=Person.objects.system())

    def test_an_epoch_that_was_begun_and_not_remembered_begins_again(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people.create_team(name="Lost", by=cast.admin)
        sign()
        lose(1)
        checkpoints.look_back()
        with monkeypatch.context() as crash:
            crash.setattr(signing.Signer, "begin_epoch", _crash)
            with pytest.raises(KeyboardInterrupt):
                ledger_actions.resume(reason="A new disk.", by=Person.objects.system())

        assert checkpoints.sign_now() is None
        ledger_actions.resume(reason="A new disk, again.", by=Person.objects.system())
        assert sign().epoch == 2


def _crash(*_: Any) -> None:
    raise KeyboardInterrupt


class TestForgotten:
    def test_a_signer_that_lost_its_memory_signs_nothing(self, cast: Cast, signer_of_its_own: Path) -> None:
        sign()
        (signer_of_its_own / signing.MEMORY).unlink()
        assert checkpoints.sign_now() is None
        assert "does not know any more" in halts.current().reason

        ledger_actions.resume(reason="The file was lost.", by=Person.objects.system())
        assert sign().epoch == 2

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"epoch": "x"}', "null"])
    def test_a_memory_of_somebody_else_is_refused(self, signer_of_its_own: Path, text: str) -> None:
        (signer_of_its_own / signing.MEMORY).write_text(text)
        with pytest.raises(ImproperlyConfigured, match="not what the signer wrote"):
            signing.remembered()

    def test_no_other_key_is_made_for_what_was_signed(self, cast: Cast, signer_of_its_own: Path) -> None:
        sign()
        for name in (signing.KEY, signing.PUBLIC):
            (signer_of_its_own / name).unlink()
        assert not signing.have_key()
        with pytest.raises(ImproperlyConfigured, match=r"checkpoints\.pub holds no key"):
            signing.verifier()

    def test_a_key_that_others_can_read_signs_nothing(self, signer_of_its_own: Path) -> None:
        (signer_of_its_own / signing.KEY).chmod(0o640)
        with pytest.raises(ImproperlyConfigured, match="chmod 600"):
            checkpoints.sign_now()

    def test_the_keys_and_the_memory_are_their_owner_s_only(self, cast: Cast, signer_of_its_own: Path) -> None:
        sign()
        modes = {path.name: path.stat().st_mode & 0o777 for path in signer_of_its_own.iterdir()}
        assert {modes[name] for name in (signing.KEY, signing.MEMORY)} == {0o600}

    @pytest.mark.parametrize("name", ["two words", "one+two"])
    def test_a_log_cannot_have_every_name(self, settings: Any, signer_of_its_own: Path, name: str) -> None:
        shutil.rmtree(signer_of_its_own)
        settings.LEDGER_ORIGIN = name
        with pytest.raises(ImproperlyConfigured, match="GATEHOUSE_ORIGIN"):
            signing.have_key()


class TestProof:
    def test_an_event_is_proved_with_what_was_signed(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        event = Event.objects.about(version).order_by("pk").first()
        tree.integrate()
        proof = checkpoints.proof_of(event)

        checked(proof, event)
        assert len(proof) <= 2048

    def test_an_event_of_this_moment_is_placed_and_signed_for_first(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign()
        people.create_team(name="New", by=cast.admin)
        event = Event.objects.first()
        assert checkpoints.proof_of(event) is None, "The last one is of a moment ago, and each is kept for years."

        people.create_team(name="Newer", by=cast.admin)
        event = Event.objects.first()
        later(monkeypatch, checkpoints.ON_DEMAND)
        assert WaitingEvent.objects.filter(event=event.pk).exists()
        checked(checkpoints.proof_of(event), event)

    def test_whoever_asks_for_one_puts_no_long_queue_into_the_tree(self, cast: Cast) -> None:
        sign()
        people.create_team(name="New", by=cast.admin)
        WaitingEvent.objects.update(written_at=timezone.now() - HOUR)
        assert checkpoints.proof_of(Event.objects.first()) is None
        assert WaitingEvent.objects.exists()

    def test_there_is_no_proof_where_nothing_is_signed(self, cast: Cast, signer_of_its_own: Path) -> None:
        (signer_of_its_own / signing.KEY).unlink()
        assert checkpoints.proof_of(Event.objects.first()) is None


def checked(proof: str, event: Event) -> None:
    """As somebody checks it who has the event's bytes and the log's key."""
    said, _, note = proof.partition("\n\n")
    kind, index, *hashes = said.split("\n")
    assert kind == "c2sp.org/tlog-proof@v1"
    head = signing.verifier().opened(note).head
    leaf = merkle.leaf_hash(bytes(event.canonical))
    siblings = [base64.b64decode(each) for each in hashes]
    assert root_of_inclusion(leaf, int(index.removeprefix("index ")), head.size, siblings) == head.root
