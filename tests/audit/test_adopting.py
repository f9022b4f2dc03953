"""A signer without its memory goes on only from what somebody has confirmed."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit import anchoring, checkpoints, halts, hindrances, signing, tree
from audit.models import Anchoring, Checkpoint, Event
from registry.actions import people
from tests.attacks import past_the_guards
from tests.audit.test_checkpoints import lose, sign
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def copies(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "copies"
    settings.LEDGER_ANCHORS = [
        {"NAME": "folder", "ANCHOR": "audit.anchors.folder.Folder", "OPTIONS": {"path": str(folder)}}
    ]
    return folder


@pytest.fixture(autouse=True)
def memory(signer_of_its_own: Path, copies: Path, cast: Cast) -> Path:
    """It is gone, though something was signed and kept."""
    sign()
    people.create_team(name="New", by=cast.admin)
    sign()
    anchoring.keep_due()
    path = signer_of_its_own / signing.MEMORY
    path.unlink()
    assert checkpoints.sign_now() is None
    return path


def adopt(*options: str) -> str:
    said = io.StringIO()
    call_command("ledger_adopt", "--reason", "The file was lost.", *options, stdout=said)
    return said.getvalue()


def test_it_says_first_what_would_be_adopted_and_asks(memory: Path) -> None:
    size = Checkpoint.objects.first().size
    for options in ([], ["--size", str(size - 1)]):
        with pytest.raises(CommandError, match=f"of {size} events.*no other machine.*--size {size}"):
            adopt(*options)
    assert not memory.exists()
    assert not Event.objects.filter(kind="audit.signer.adopted").exists()


def test_once_it_is_confirmed_the_signer_goes_on_in_the_same_epoch(cast: Cast) -> None:
    newest = Checkpoint.objects.first()
    assert f"of {newest.size} events" in adopt("--size", str(newest.size))
    event = Event.objects.first()
    assert (event.kind, event.reason) == ("audit.signer.adopted", "The file was lost.")
    assert event.facts == {"epoch": 1, "size": newest.size, "root": bytes(newest.root).hex()}
    tree.integrate()
    signed = checkpoints.sign_due()
    assert (signed.epoch, signed.size) == (1, newest.size + 1)
    assert not hindrances.current().exists()


def test_of_a_database_that_was_set_back_an_anchor_knows(cast: Cast, memory: Path) -> None:
    size = Checkpoint.objects.first().size
    lose(1)
    with pytest.raises(CommandError, match=f"read-only.*and {size} were signed for"):
        adopt("--size", str(size))
    assert halts.current() is not None
    assert signing.remembered().head.size == size
    assert not Event.objects.filter(kind="audit.signer.adopted").exists()


def test_nothing_is_adopted_that_another_key_has_signed(signer_of_its_own: Path, copies: Path) -> None:
    size = Checkpoint.objects.first().size
    shutil.rmtree(copies)
    forged = signing.SigningKey.made("models.example.org/ledger").note(tree.head(), at=2**33)
    folder = copies / "1"
    folder.mkdir(parents=True)
    (folder / f"{size + 1:020d}-{2**33}.checkpoint").write_text(forged)
    with pytest.raises(CommandError, match="cannot be adopted"):
        adopt("--size", str(size + 1))


def test_an_anchor_that_cannot_be_read_is_put_right_first(copies: Path) -> None:
    shutil.rmtree(copies / "1")
    (copies / "1").write_text("no folder")
    copy = copies / "1"
    copy.unlink()
    copy.mkdir()
    (copy / f"{5:020d}-1.checkpoint").symlink_to("/dev/null")
    with pytest.raises(CommandError, match="The anchor folder cannot be read"):
        adopt("--size", "5")


def test_a_signer_that_remembers_has_nothing_to_adopt() -> None:
    adopt("--size", str(Checkpoint.objects.first().size))
    with pytest.raises(CommandError, match="nothing to adopt"):
        adopt("--size", "5")


def test_a_machine_without_the_key_has_nothing_to_adopt(signer_of_its_own: Path) -> None:
    (signer_of_its_own / signing.KEY).unlink()
    with pytest.raises(CommandError, match="nothing to adopt"):
        adopt("--size", "5")


def test_a_row_that_claims_more_than_was_signed_is_not_adopted(memory: Path) -> None:
    newest = Checkpoint.objects.first()
    with past_the_guards("audit_checkpoint"):
        Checkpoint.objects.filter(pk=newest.pk).update(size=newest.size + 500)
    with pytest.raises(CommandError, match="Somebody has put it there"):
        adopt("--size", str(newest.size))
    assert not memory.exists()


def test_an_old_copy_under_a_newer_name_is_not_adopted(memory: Path, copies: Path) -> None:
    newest = Checkpoint.objects.first()
    (oldest, *_) = sorted(copies.rglob("*.checkpoint"))
    oldest.with_name(f"{newest.size + 9:020d}-1.checkpoint").write_bytes(oldest.read_bytes())
    with pytest.raises(CommandError, match="Somebody has put it there"):
        adopt("--size", str(newest.size))


def test_nothing_is_adopted_while_an_anchor_is_not_there_whatever_the_database_says(copies: Path) -> None:
    Anchoring.objects.all().delete()
    shutil.rmtree(copies)
    with pytest.raises(CommandError, match="cannot be read"):
        adopt("--size", str(Checkpoint.objects.first().size))
