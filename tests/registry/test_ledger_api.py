"""The ledger over REST: what was sealed, its proofs, and who may ask."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audit import merkle, signing, tree
from audit.models import Event
from tests import builders
from tests.audit.test_bundles import proof_checked
from tests.audit.test_checkpoints import checked, sign
from tests.builders import Cast
from tests.callers import Caller, secret_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signer_of_its_own")]


@pytest.fixture
def auditor(cast: Cast) -> Caller:
    return Caller(secret_for(cast.auditor))


@pytest.fixture
def pipeline(cast: Cast) -> Caller:
    return Caller(secret_for(cast.pipeline))


def test_events_are_listed_page_by_page(cast: Cast, auditor: Caller) -> None:
    version = builders.ready_version(cast)
    stream = f"registry.aimodel:{version.model_id}"
    listed, before = [], None
    while True:
        page = auditor.get("/ledger/events", stream=stream, limit=3, **({"before": before} if before else {})).json()
        listed += [item["number"] for item in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert listed == list(Event.objects.filter(stream=stream).order_by("-pk").values_list("pk", flat=True))


def test_events_are_found_by_what_they_are_about(cast: Cast, auditor: Caller) -> None:
    version = builders.approved_version(cast, "low")
    page = auditor.get("/ledger/events", kind="approvals.review.approved", q=version.model.name).json()
    assert [(item["kind"], item["label"]) for item in page["items"]] == [("approvals.review.approved", str(version))]
    assert page["items"][0]["facts"]["stage"] == "technical"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # one of them has another day now
def test_days_are_those_of_utc_whatever_zone_the_portal_shows(
    cast: Cast, auditor: Caller, settings: Any, zone: str
) -> None:
    settings.TIME_ZONE = zone
    now = timezone.now()
    asked = {"since": now.date(), "until": now.date()}
    kinds = {item["kind"] for item in auditor.get("/ledger/events", limit=100, **asked).json()["items"]}
    written = Event.objects.filter(at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0))
    assert kinds == set(written.values_list("kind", flat=True)) != set()


def test_an_event_comes_with_the_bytes_under_its_seal(cast: Cast, auditor: Caller) -> None:
    event = Event.objects.first()
    answer = auditor.get(f"/ledger/events/{event.uid}").json()
    assert answer["canonical"].encode() == bytes(event.canonical)
    assert json.loads(answer["canonical"])["uid"] == answer["id"] == str(event.uid)


def test_a_pipeline_proves_the_deployment_that_it_recorded(cast: Cast, pipeline: Caller, tmp_path: Path) -> None:
    builders.deployed_version(cast)
    event = Event.objects.get(kind="approvals.deployment.recorded", facts__environment="production")
    tree.integrate()
    answer = pipeline.get(f"/ledger/events/{event.uid}/proof")
    assert answer.status_code == 200
    assert len(answer.content) <= 2048
    checked(answer.content.decode(), event)
    sealed = pipeline.get(f"/ledger/events/{event.uid}").json()["canonical"]
    code, said = proof_checked(answer.content, sealed.encode(), tmp_path)
    assert code == 0, said
    code, said = proof_checked(answer.content, sealed.replace("production", "staging").encode(), tmp_path)
    assert code == 1, said


def test_what_is_about_people_is_not_there_for_a_pipeline(cast: Cast, auditor: Caller, pipeline: Caller) -> None:
    tree.integrate()
    granted = Event.objects.get(kind="registry.role.granted", subject=f"registry.person:{cast.technical.pk}")
    for path in (f"/ledger/events/{granted.uid}", f"/ledger/events/{granted.uid}/proof"):
        assert (pipeline.get(path).status_code, auditor.get(path).status_code) == (404, 200)
    listed = [{item["id"] for item in caller.get("/ledger/events").json()["items"]} for caller in (pipeline, auditor)]
    assert [str(granted.uid) in ids for ids in listed] == [False, True]


def test_the_checkpoint_and_the_key_are_what_was_signed_and_with_which(cast: Cast, auditor: Caller) -> None:
    signed = sign()
    assert auditor.get("/ledger/checkpoint").content.decode() == signed.note
    assert auditor.get("/ledger/key").content.decode().strip() == str(signing.verifier())


def test_that_the_ledger_only_grew_is_proved(cast: Cast, auditor: Caller) -> None:
    first = sign()
    builders.ready_version(cast)
    second = sign()
    answer = auditor.get("/ledger/consistency", old=first.size, new=second.size).json()
    roots = [bytes.fromhex(answer[name]) for name in ("old_root", "new_root")]
    assert roots == [bytes(first.root), bytes(second.root)]
    proof = [bytes.fromhex(each) for each in answer["proof"]]
    assert merkle.is_consistent(first.size, roots[0], second.size, roots[1], proof)


@pytest.mark.parametrize(("old", "new"), [(2, 1), (1, 10**6)])
def test_there_is_no_proof_between_sizes_that_never_were(cast: Cast, auditor: Caller, old: int, new: int) -> None:
    tree.integrate()
    answer = auditor.get("/ledger/consistency", old=old, new=new)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "no-such-sizes")


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/ledger/events", {"kind": "no.such.kind"}, 422),
        ("/ledger/events", {"since": "yesterday"}, 422),
        ("/ledger/events", {"limit": 0}, 422),
        ("/ledger/events", {"before": 0}, 422),
        ("/ledger/events", {"before": 2**63}, 422),
        ("/ledger/events", {"q": "\x00"}, 422),
        ("/ledger/events/nonsense", {}, 422),
        (f"/ledger/events/{uuid.UUID(int=1)}", {}, 404),
        ("/ledger/consistency", {"old": -1, "new": 1}, 422),
        ("/ledger/events", {"stream": "x"}, 422),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, auditor: Caller, path: str, query: dict, status: int) -> None:
    assert auditor.get(path, **query).status_code == status


def test_where_nothing_is_signed_there_is_nothing_to_hand_out(
    cast: Cast, auditor: Caller, signer_of_its_own: Path
) -> None:
    (signer_of_its_own / signing.KEY).unlink()
    event = Event.objects.first()
    for path in ("/ledger/checkpoint", "/ledger/key", f"/ledger/events/{event.uid}/proof"):
        answer = auditor.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "not-signed")
