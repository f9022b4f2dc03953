"""Evidence can be taken out while the portal is read-only, and the ledger hears of it afterwards."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import checkpoints, halts, keys, owed, tasks
from audit.actions import ledger
from audit.bundles import Scope
from audit.models import Event, OwedEvent
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.audit.test_bundles import checked
from tests.audit.test_checkpoints import checked as proof_checked
from tests.audit.test_checkpoints import lose, sign
from tests.builders import Cast
from tests.threads import overtaking

pytestmark = [pytest.mark.django_db, pytest.mark.engines, pytest.mark.usefixtures("signer_of_its_own")]
EXPORTED = "audit.evidence.exported"


@pytest.fixture
def auditor(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.auditor, backend="governance.roles.SignInBackend")
    return client


@pytest.fixture
def halted(cast: Cast, auditor: Client) -> int:
    """A database that was set back, as it is after a restore: two checkpoints, and the events of the second are gone.
    How many events there are."""
    builders.build_model(cast, name="kept-model")
    before = sign().size
    builders.build_model(cast, name="lost-model")
    lose(sign().size - before)
    checkpoints.look_back()
    assert halts.current() is not None
    return Event.objects.count()


def content_of(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def taken_out(person: Person) -> list[dict[str, Any]]:
    return [event.facts for event in Event.objects.filter(kind=EXPORTED, on_behalf_of=person.pk)]


def test_an_auditor_takes_evidence_out_of_a_database_that_was_set_back(
    auditor: Client, cast: Cast, halted: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bundle = tmp_path / "evidence.zip"
    bundle.write_bytes(content_of(auditor.post(reverse("audit:evidence_export"))))
    code, said = checked(bundle)
    assert code == 0, said
    assert Event.objects.count() == halted
    assert f"{EXPORTED} by the person {cast.auditor.pk} while the portal is read-only" in caplog.text


def test_evidence_of_one_model_is_proved_with_what_is_there(halted: int, tmp_path: Path) -> None:
    call_command("ledger_export", str(tmp_path / "evidence.zip"), "--about", "kept-model", stdout=io.StringIO())
    code, said = checked(tmp_path / "evidence.zip")
    assert code == 0, said


def test_the_proof_of_an_event_is_there_as_well(auditor: Client, halted: int) -> None:
    content_of(auditor.post(reverse("audit:evidence_export")))
    event = Event.objects.filter(label="kept-model").first()
    answer = auditor.get(reverse("audit:event_proof", args=[event.uid]))
    proof_checked(answer.content.decode(), event)


def test_events_are_exported_too(auditor: Client, halted: int) -> None:
    assert b"kept-model" in content_of(auditor.post(reverse("audit:event_export")))
    assert (OwedEvent.objects.get().kind, Event.objects.count()) == ("audit.ledger.exported", halted)


def test_the_command_does_so_and_says_that_the_ledger_does_not_know_yet(halted: int, tmp_path: Path) -> None:
    said = io.StringIO()
    call_command("ledger_export", str(tmp_path / "evidence.zip"), stdout=said)
    assert "read-only. That this was taken out is in its log now" in said.getvalue()
    assert checked(tmp_path / "evidence.zip")[0] == 0
    ledger.resume(reason="The disk was full", by=Person.objects.system())
    tasks.keep_ledger()
    told = Event.objects.get(kind=EXPORTED)
    assert (told.actor, told.on_behalf_of) == (Person.objects.system().pk, None)


def test_the_page_says_that_evidence_can_be_taken_out_now(auditor: Client, halted: int) -> None:
    assert "Evidence can be taken out now as well" in auditor.get(reverse("audit:event_list")).content.decode()
    ledger.resume(reason="The disk was full", by=Person.objects.system())
    assert "Evidence can be taken out now as well" not in auditor.get(reverse("audit:event_list")).content.decode()


def test_the_ledger_hears_of_it_once_the_portal_is_written_to(auditor: Client, cast: Cast, halted: int) -> None:
    content_of(auditor.post(reverse("audit:evidence_export")))
    owed = OwedEvent.objects.get()
    tasks.keep_ledger()
    assert taken_out(cast.auditor) == []
    ledger.resume(reason="The disk was full", by=Person.objects.system())
    tasks.keep_ledger()
    tasks.keep_ledger()
    (told,) = taken_out(cast.auditor)
    assert told["about"] == "the whole ledger"
    assert told["done_at"].startswith(f"{owed.at:%Y-%m-%dT%H:%M:%S}")
    assert not OwedEvent.objects.exists()


def test_who_may_not_take_evidence_out_may_not_do_it_now(cast: Cast, halted: int) -> None:
    with pytest.raises(PermissionDenied):
        ledger.record_export(scope=Scope(), by=cast.author)
    assert not OwedEvent.objects.exists()


def test_whoever_has_left_since_is_named_all_the_same(auditor: Client, cast: Cast, halted: int) -> None:
    content_of(auditor.post(reverse("audit:evidence_export")))
    ledger.resume(reason="The disk was full", by=Person.objects.system())
    people.deactivate(person=cast.auditor, reason="Retired", by=cast.admin)
    tasks.keep_ledger()
    assert len(taken_out(cast.auditor)) == 1


def test_what_somebody_put_beside_it_never_becomes_an_event_and_holds_up_nothing(
    auditor: Client, cast: Cast, halted: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever has the database and no key could say through it that the ledger was found whole."""
    forged = {"kind": "audit.ledger.verified", "actor": Person.objects.system().pk, "at": timezone.now()}
    OwedEvent.objects.create(**forged, facts={"fault": "", "rows": 9}, mac=b"x" * 32, key_id=max(keys.ids()))
    content_of(auditor.post(reverse("audit:evidence_export")))
    ours = OwedEvent.objects.latest("pk")
    OwedEvent.objects.create(
        kind=ours.kind, actor=cast.admin.pk, facts=ours.facts, at=ours.at, mac=ours.mac, key_id=ours.key_id
    )
    ledger.resume(reason="The disk was full", by=Person.objects.system())
    tasks.keep_ledger()
    assert not Event.objects.filter(kind="audit.ledger.verified").exists()
    assert (len(taken_out(cast.auditor)), taken_out(cast.admin)) == (1, [])
    assert OwedEvent.objects.count() == 2
    assert "is not in the ledger" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_event_of_it(
    auditor: Client, cast: Cast, halted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content_of(auditor.post(reverse("audit:evidence_export")))
    ledger.resume(reason="The disk was full", by=Person.objects.system())

    def write() -> None:
        ledger.write_owed(by=Person.objects.system())

    assert overtaking(monkeypatch, (owed, "facts_of"), write, write) == []
    assert len(taken_out(cast.auditor)) == 1


def test_what_is_an_event_already_is_not_written_again(auditor: Client, cast: Cast, halted: int) -> None:
    content_of(auditor.post(reverse("audit:evidence_export")))
    owed = OwedEvent.objects.get()
    ledger.resume(reason="The disk was full", by=Person.objects.system())
    tasks.keep_ledger()
    owed.pk = None
    owed.save(force_insert=True)
    tasks.keep_ledger()
    assert len(taken_out(cast.auditor)) == 1
