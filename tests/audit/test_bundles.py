"""Evidence of a real portal, checked by the program that lies in it and knows nothing of us."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import bundles, checkpoints, evidence, signing
from audit.actions import ledger
from audit.bundles import Scope
from audit.models import Checkpoint, Event, Leaf, reference
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.attacks import past_the_guards
from tests.audit.test_checkpoints import lose, sign
from tests.builders import Cast
from tests.statements import sql_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines, pytest.mark.usefixtures("signer_of_its_own")]


def exported(path: Path, *options: Any) -> Path:
    call_command("ledger_export", str(path), *options, stdout=io.StringIO())
    return path


def checked(bundle: Path, *options: str) -> tuple[int, str]:
    """By the verifier that lies in the bundle, in an interpreter that has nothing but the standard library."""
    program = bundle.with_suffix(".py")
    program.write_bytes(zipfile.ZipFile(bundle).read("verify_evidence.py"))
    return ended(program, bundle, *options)


def proof_checked(proof: bytes, event: bytes, folder: Path) -> tuple[int, str]:
    """Of one event, as it and its proof were handed out."""
    path = folder / "decision.tlog-proof"
    path.write_bytes(proof)
    path.with_suffix(".json").write_bytes(event)
    return ended(evidence.VERIFIER, path, "--proof")


def ended(program: Path, *arguments: object) -> tuple[int, str]:
    command = [sys.executable, "-I", "-S", program, *arguments, "--key", str(signing.verifier())]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def model_name(cast: Cast) -> str:
    """A model whose version was approved, between checkpoints and other models."""
    sign()
    version = builders.approved_version(cast, "medium")
    sign()
    builders.build_model(cast, name="another-model")
    return version.model.name


@pytest.mark.parametrize("scope", ["log", "model", "range"])
def test_evidence_of_a_portal_is_whole(model_name: str, tmp_path: Path, scope: str) -> None:
    options = {"log": [], "model": ["--about", model_name], "range": ["--range", "5", "20"]}[scope]
    code, said = checked(exported(tmp_path / "evidence.zip", *options))
    assert code == 0, said


def test_what_is_not_signed_yet_is_signed_first(model_name: str, tmp_path: Path) -> None:
    events = Event.objects.count()
    exported(tmp_path / "evidence.zip")
    assert checkpoints.newest().size == events
    assert Event.objects.first().facts == {"about": "the whole ledger", "size": events}


@pytest.mark.parametrize("scope", ["log", "model"])
def test_an_event_that_was_changed_in_the_database_is_named(model_name: str, tmp_path: Path, scope: str) -> None:
    approved = Event.objects.filter(kind="approvals.review.approved").order_by("pk")[0]
    sign()
    forged = bytes(approved.canonical).replace(b"approved", b"rejected")
    with past_the_guards("audit_event"):
        Event.objects.filter(pk=approved.pk).update(canonical=forged)
    options = {"log": [], "model": ["--about", model_name]}[scope]
    code, said = checked(exported(tmp_path / "evidence.zip", *options))
    assert code == 1, said
    assert f"place {Leaf.objects.get(event=approved.pk).index}:" in said


def test_copies_in_an_anchor_agree(model_name: str, tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "anchors"
    settings.LEDGER_ANCHORS = [{"NAME": "f", "ANCHOR": "audit.anchors.folder.Folder", "OPTIONS": {"path": folder}}]
    signed = sign()
    name = f"1/{signed.size:020d}-{int(signed.signed_at.timestamp())}.checkpoint"
    (folder / "1").mkdir(parents=True)
    (folder / name).write_text(signed.note)
    code, said = checked(exported(tmp_path / "evidence.zip"), "--anchors", str(folder))
    assert code == 0, said


def test_a_ledger_that_has_lost_its_end_says_so_in_its_evidence(cast: Cast, tmp_path: Path) -> None:
    people.create_team(name="Lost", by=cast.admin)
    sign()
    lose(1)
    checkpoints.look_back()
    ledger.resume(reason="The disk had to be replaced.", by=Person.objects.system())
    sign()
    bundle = exported(tmp_path / "evidence.zip")
    code, said = checked(bundle)
    assert code == 2, said
    code, said = checked(bundle, "--accept-epoch", "2")
    assert code == 0, said


def test_checkpoints_are_left_out_evenly_and_the_last_never(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        people.create_team(name=f"Team {number}", by=cast.admin)
        sign()
    monkeypatch.setattr(bundles, "MOST_CHECKPOINTS", 3)
    chosen = list(bundles._chosen(checkpoints.newest()).values_list("size", flat=True))
    sizes = list(Checkpoint.objects.order_by("pk").values_list("size", flat=True))
    assert chosen == [*sizes[::3], *sizes[-1:]][: len(chosen)]
    assert chosen[-1] == sizes[-1]


def test_a_part_costs_the_same_statements_with_many_events_as_with_few(cast: Cast) -> None:
    """And with many checkpoints as with two."""
    sign()
    version = builders.build_version(cast)
    scopes = [Scope(stream=reference(version.model)), Scope(first=3)]

    def cost() -> list[int]:
        newest, counted = sign(), []
        for scope in scopes:
            with CaptureQueriesContext(connection) as asked:
                bundles.write(io.BytesIO(), scope, newest)
            counted.append(len(sql_of(asked)))
        return counted

    few = cost()
    for number in range(28):
        builders.attach_evaluation(cast, version)
        sign() if number % 4 == 0 else None
    assert Event.objects.in_stream(version.model).count() == 30
    assert cost() == few


def test_evidence_is_for_those_who_may_read_everything(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        ledger.record_export(scope=Scope(), by=cast.author)
    assert ledger.record_export(scope=Scope(), by=cast.auditor).size > 0


def test_nothing_is_exported_of_what_nobody_signed(cast: Cast, signer_of_its_own: Path, tmp_path: Path) -> None:
    (signer_of_its_own / signing.KEY).unlink()
    with pytest.raises(CommandError, match="is signed yet"):
        exported(tmp_path / "evidence.zip")
    assert not (tmp_path / "evidence.zip").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--about", "nobody-knows-it"], "nothing is called"),
        (["--range", "5", "5"], "A range goes"),
        (["--range", "-1", "5"], "A range goes"),
    ],
)
def test_what_is_not_there_is_not_exported(cast: Cast, tmp_path: Path, options: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        exported(tmp_path / "evidence.zip", *options)


def test_nothing_is_written_over(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "evidence.zip").write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        exported(tmp_path / "evidence.zip")
    assert (tmp_path / "evidence.zip").read_text() == "mine"
