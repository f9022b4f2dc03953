"""What is signed goes on from what was signed before. A ledger that does not is found out, and written to no more."""

from __future__ import annotations

import base64
import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import checkpoints, clock, halts, hindrances, merkle, record, signing, tree, verify
from audit.actions import ledger as ledger_actions
from audit.halts import Halted
from audit.models import Anchoring, Checkpoint, Event, Halt, Leaf, TreeNode, WaitingEvent
from audit.notes import Head
from audit.record import State
from governance import boot
from registry.actions import people
from registry.models import Person, Team
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.inclusion import root_of_inclusion
from tests.moments import dating_events

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
    monkeypatch.setattr(checkpoints.clock, "now", lambda: now)


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


class TestWrongClock:
    """A checkpoint from the future would make every event that is written after it look back-dated, for ever."""

    def test_a_machine_whose_clock_is_ahead_of_the_database_s_signs_nothing(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = sign()
        people.create_team(name="New", by=cast.admin)
        tree.integrate()
        with monkeypatch.context() as ahead:
            now = timezone.now() + HOUR + datetime.timedelta(seconds=30)  # the test takes a moment
            ahead.setattr(checkpoints.timezone, "now", lambda: now)
            assert checkpoints.sign_due() is None
            assert "are 1\xa0hour apart" in hindrances.current().get().reason
            stands = record.current()
            assert (stands.state, stands.reason) == (State.HINDERED, hindrances.current().get().reason)
        assert Checkpoint.objects.first() == first
        assert halts.current() is None, "The ledger is not in doubt."

    def test_it_goes_on_by_itself_once_the_clocks_agree(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        sign()
        with monkeypatch.context() as ahead:
            now = timezone.now() + HOUR
            ahead.setattr(checkpoints.timezone, "now", lambda: now)
            people.create_team(name="New", by=cast.admin)
            tree.integrate()
            checkpoints.sign_due()
        assert checkpoints.sign_due() is not None
        assert record.current().state is State.UNVERIFIED

    def test_checkpoints_are_dated_by_the_database(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as ahead:
            now = timezone.now() + datetime.timedelta(seconds=40)
            ahead.setattr(checkpoints.timezone, "now", lambda: now)
            assert sign().signed_at <= clock.now()

    def test_nothing_is_signed_earlier_than_the_last_checkpoint(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        first = sign()
        people.create_team(name="New", by=cast.admin)
        tree.integrate()
        with monkeypatch.context() as back:
            later(back, -datetime.timedelta(seconds=30))
            assert checkpoints.sign_due() is None
            assert checkpoints.sign_due() is None
            assert "The last checkpoint is dated" in hindrances.current().get().reason
        assert caplog.text.count("Nothing is signed here for the moment") == 1, "Said once, not with every sweep."
        assert checkpoints.sign_due().size == first.size + 1
        assert not hindrances.current().exists()

    def test_nothing_is_signed_for_an_event_that_is_dated_later(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ahead = timezone.now() + datetime.timedelta(minutes=5)
        with monkeypatch.context() as patch:
            dating_events(patch, ahead)
            people.create_team(name="New", by=cast.admin)
        tree.integrate()
        assert checkpoints.sign_due() is None
        assert "An event is dated" in hindrances.current().get().reason
        later(monkeypatch, datetime.timedelta(minutes=5))
        assert checkpoints.sign_due() is not None

    def test_of_a_machine_that_fell_silent_nothing_is_said(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        sign()
        hindrances.begin("The clocks are apart")
        assert record.current().state is State.HINDERED
        later(monkeypatch, hindrances.SILENT)
        assert record.current().state is State.UNVERIFIED


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
        signer.sign(tree.head(), checkpoints._prove, at=int(clock.now().timestamp()))
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
        assert halt.reason == f"The ledger holds {before.size} events, and {after.size} were signed for"
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
        tree.enqueue_forgotten()
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

    def test_a_proof_of_what_was_there_before_says_nothing_of_it_any_more(self, cast: Cast) -> None:
        sign()
        found = verify.Verification({"events": Event.objects.count(), "rows": 7})
        ledger_actions.record_verification(verification=found, by=Person.objects.system())
        assert record.current().state is State.INTACT
        people.create_team(name="New", by=cast.admin)
        sign()
        lose(1)
        checkpoints.look_back()
        ledger_actions.resume(reason="The disk had to be replaced.", by=Person.objects.system())
        sign()
        stands = record.current()
        assert stands.state is State.UNVERIFIED
        assert str(stands.loss).startswith("1 of ")
        assert str(stands.loss).endswith("events that had been signed for were lost before epoch 2 began")
        reader = Client()
        reader.force_login(cast.auditor, backend="governance.roles.SignInBackend")
        assert str(stands.loss) in reader.get(reverse("audit:event_list")).content.decode()

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
    def test_a_signer_that_lost_its_memory_signs_nothing_and_keeps_nobody_from_writing(
        self, cast: Cast, signer_of_its_own: Path
    ) -> None:
        signed = sign()
        (signer_of_its_own / signing.MEMORY).unlink()
        boot.refuse_unsafe()
        people.create_team(name="New", by=cast.admin)
        tree.integrate()
        assert checkpoints.sign_now() is checkpoints.sign_due() is None
        assert Checkpoint.objects.first() == signed
        assert halts.current() is None
        stands = record.current()
        assert (stands.state, "no memory" in stands.reason) == (State.HINDERED, True)

    def test_the_system_check_says_so(self, cast: Cast, signer_of_its_own: Path) -> None:
        sign()
        assert "audit.E003" not in [found.id for found in run_checks(databases=["default"])]
        (signer_of_its_own / signing.MEMORY).unlink()
        (found,) = [each for each in run_checks(databases=["default"]) if each.id == "audit.E003"]
        assert "ledger_adopt" in found.hint
        (signer_of_its_own / signing.KEY).unlink()
        assert "audit.E003" not in [found.id for found in run_checks(databases=["default"])]

    def test_of_two_machines_the_one_that_may_sign_says_nothing_of_the_other(
        self, cast: Cast, signer_of_its_own: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign()
        second = tmp_path / "second"
        shutil.copytree(signer_of_its_own, second)
        (second / signing.MEMORY).unlink()
        people.create_team(name="New", by=cast.admin)
        tree.integrate()
        with monkeypatch.context() as there:
            there.setattr(hindrances.socket, "gethostname", lambda: "second")
            settings.LEDGER_KEYS = second
            assert checkpoints.sign_now() is None
        settings.LEDGER_KEYS = signer_of_its_own
        assert sign() is not None
        assert hindrances.current().get().machine == "second"

    def test_a_portal_that_is_wholly_new_asks_nothing(self, cast: Cast) -> None:
        assert "audit.E003" not in [found.id for found in run_checks(databases=["default"])]
        assert sign().epoch == 1

    def test_a_portal_that_is_read_only_besides_begins_a_new_epoch(self, cast: Cast, signer_of_its_own: Path) -> None:
        sign()
        halts.begin("It was set back")
        (signer_of_its_own / signing.MEMORY).unlink()
        ledger_actions.resume(reason="All was lost.", by=Person.objects.system())
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
