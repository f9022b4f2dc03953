"""What the ledger's pages hand out can be checked without them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import checkpoints, evidence, halts, signing, tree, views
from audit.models import Event
from registry.models import Person
from tests import builders
from tests.audit.test_bundles import checked, proof_checked
from tests.audit.test_checkpoints import checked as checked_here
from tests.audit.test_checkpoints import sign
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signer_of_its_own")]
BACKEND = "governance.roles.SignInBackend"
LEDGER = "/ledger/"


def reader(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def written(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_the_top_says_how_the_record_stands(cast: Cast) -> None:
    page = reader(cast.auditor).get(LEDGER).content.decode()
    assert "Not signed yet" in page
    signed = sign()
    page = reader(cast.auditor).get(LEDGER).content.decode()
    assert "Signed, not verified yet" in page
    assert bytes(signed.root).hex() in page
    assert str(signing.verifier()) in page


def test_an_event_is_waiting_until_it_is_signed_for(cast: Cast) -> None:
    version = builders.build_version(cast)
    client = reader(cast.auditor)
    question = f"?q={version.model.name}"
    assert "Waiting" in client.get(LEDGER + question).content.decode()
    sign()
    page = client.get(LEDGER + question).content.decode()
    assert "In tree" in page
    assert "Waiting" not in page


def test_the_proof_and_the_bytes_of_an_event_belong_together(cast: Cast, tmp_path: Path) -> None:
    version = builders.build_version(cast)
    event = Event.objects.about(version).get()
    tree.integrate()
    client = reader(cast.author)
    proof, content = (client.get(reverse(f"audit:event_{name}", args=[event.uid])) for name in ("proof", "content"))

    assert proof["Content-Disposition"] == f'attachment; filename="event-{event.pk}.tlog-proof"'
    assert content.content == bytes(event.canonical)
    checked_here(proof.content.decode(), event)
    code, said = proof_checked(proof.content, content.content, tmp_path)
    assert (code, said.startswith("WHOLE: 1 of ")) == (0, True), said
    other = reader(cast.author).get(reverse("audit:event_content", args=[Event.objects.about(version.model).get().uid]))
    assert proof_checked(proof.content, other.content, tmp_path)[0] == 1


@pytest.mark.parametrize("name", ["proof", "content"])
def test_what_one_may_not_see_is_not_proved_to_them(cast: Cast, name: str) -> None:
    granted = Event.objects.filter(kind="registry.role.granted", subject=f"registry.person:{cast.technical.pk}")[0]
    assert reader(cast.business).get(reverse(f"audit:event_{name}", args=[granted.uid])).status_code == 404


def test_where_nothing_is_signed_the_page_says_so(cast: Cast, signer_of_its_own: Path) -> None:
    (signer_of_its_own / signing.KEY).unlink()
    event = Event.objects.first()
    client = reader(cast.auditor)
    answer = client.get(reverse("audit:event_proof", args=[event.uid]), follow=True)
    assert "Nothing that is signed covers this event yet" in answer.content.decode()
    answer = client.get(reverse("audit:checkpoint_download"), follow=True)
    assert "Nothing is signed yet" in answer.content.decode()
    answer = client.post(reverse("audit:evidence_export"), follow=True)
    assert "Nothing of the ledger is signed yet" in answer.content.decode()


def test_a_checkpoint_is_a_file_to_keep(cast: Cast) -> None:
    signed = sign()
    answer = reader(cast.author).get(reverse("audit:checkpoint_download"))
    assert answer.content.decode() == signed.note
    assert answer["Content-Disposition"].endswith('.checkpoint"')


def test_the_key_and_the_verifier_are_there_for_everybody(client: Client, cast: Cast) -> None:
    assert client.get(reverse("audit:key_download")).content.decode().strip() == str(signing.verifier())
    assert client.get(reverse("audit:verifier_download")).content == evidence.VERIFIER.read_bytes()


def test_evidence_of_everything_is_one_file_that_proves_itself(cast: Cast, tmp_path: Path) -> None:
    builders.build_model(cast)
    answer = reader(cast.auditor).post(reverse("audit:evidence_export"))
    bundle = tmp_path / "evidence.zip"
    bundle.write_bytes(written(answer))
    code, said = checked(bundle)
    assert code == 0, said


def test_evidence_of_one_model_is_offered_as_well(cast: Cast, tmp_path: Path) -> None:
    version = builders.approved_version(cast, "low")
    stream = f"registry.aimodel:{version.model_id}"
    answer = reader(cast.auditor).post(reverse("audit:evidence_export"), {"about": stream})
    content = written(answer)
    described = zipfile.ZipFile(io.BytesIO(content)).read("bundle.json").decode()
    assert version.model.name in described
    (tmp_path / "evidence.zip").write_bytes(content)
    code, said = checked(tmp_path / "evidence.zip")
    assert code == 0, said
    assert Event.objects.first().facts["about"] == version.model.name


@pytest.mark.parametrize("about", ["registry.aimodel:999", "nonsense", "registry.person:1'"])
def test_there_is_no_evidence_of_what_is_not_there(cast: Cast, about: str) -> None:
    assert reader(cast.auditor).post(reverse("audit:evidence_export"), {"about": about}).status_code == 404


def test_a_long_ledger_is_left_to_the_command(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sign()
    monkeypatch.setattr(views, "MOST_AT_ONCE", 3)
    answer = reader(cast.auditor).post(reverse("audit:evidence_export"), follow=True)
    assert "manage.py ledger_export" in answer.content.decode()


def test_json_lines_are_the_bytes_under_the_seals(cast: Cast) -> None:
    version = builders.build_version(cast)
    question = f"?subject=registry.modelversion:{version.pk}"
    answer = reader(cast.auditor).post(reverse("audit:event_export") + question, {"format": "application/jsonl"})
    assert answer["Content-Type"] == "application/jsonl"
    assert written(answer).splitlines() == [bytes(Event.objects.about(version).get().canonical)]


def test_an_auditor_has_the_ledger_verified(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = reader(cast.auditor).post(reverse("audit:ledger_verify"), follow=True)
    assert "You asked for the ledger to be verified" in answer.content.decode()
    assert Event.objects.first().kind == "audit.verification.asked"


def test_a_halted_portal_says_why_on_its_ledger(cast: Cast) -> None:
    client = reader(cast.auditor)
    sign()
    halts.begin("The ledger holds 3 events, and 5 were signed for")
    page = client.get(LEDGER).content.decode()
    assert "Read-only: not what was signed" in page
    assert page.count("The ledger holds 3 events, and 5 were signed for") >= 2


def test_the_top_of_the_page_costs_the_same_however_much_waits(cast: Cast, django_assert_num_queries: Any) -> None:
    client = reader(cast.auditor)
    client.get(LEDGER)
    tree.integrate()
    checkpoints.sign_now()
    with django_assert_num_queries(13):
        client.get(LEDGER)
    for number in range(5):
        builders.build_model(cast, name=f"model-{number}")
    with django_assert_num_queries(13):
        client.get(LEDGER)
