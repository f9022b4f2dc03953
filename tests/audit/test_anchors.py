"""What every anchor promises, and how a folder keeps it: written once, whole, never over something else."""

from __future__ import annotations

import datetime
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from audit import anchors, checks
from audit.anchors import Anchor, Differs, folder, name_of
from audit.anchors.folder import Folder
from audit.models import Checkpoint
from tests.audit import s3_bucket

FIRST = "1/00000000000000000005-1700000000.checkpoint"
SECOND = "1/00000000000000000012-1700000060.checkpoint"
LATER_EPOCH = "10/00000000000000000003-1700000120.checkpoint"
NOTE = "models.example.org/ledger\n5\nAAEC\n\n— models.example.org/ledger AAAA\n".encode()
OTHER = NOTE.replace(b"\n5\n", b"\n6\n")


@pytest.fixture
def kept_in(tmp_path: Path) -> Folder:
    return Folder(path=tmp_path / "anchors")


@pytest.fixture(scope="module")
def endpoint() -> Any:
    with s3_bucket.moto_endpoint() as found:
        yield found


@pytest.fixture(params=["folder", "s3"])
def anchor(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Anchor:
    if request.param == "folder":
        return Folder(path=tmp_path / "anchors")
    if s3_bucket.REAL_BUCKET:
        return s3_bucket.real_bucket().anchor()
    for name, value in s3_bucket.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return s3_bucket.moto_bucket(request.getfixturevalue("endpoint")).anchor()


class TestEveryAnchor:
    def test_keeps_what_it_is_given_in_the_order_of_names(self, anchor: Anchor) -> None:
        for name in (LATER_EPOCH, SECOND, FIRST):
            anchor.keep(name, NOTE + name.encode())
        assert list(anchor.kept()) == [(name, NOTE + name.encode()) for name in (FIRST, SECOND, LATER_EPOCH)]

    def test_may_be_told_twice(self, anchor: Anchor) -> None:
        anchor.keep(FIRST, NOTE)
        anchor.keep(FIRST, NOTE)
        assert list(anchor.kept()) == [(FIRST, NOTE)]

    @pytest.mark.parametrize("other", [OTHER, b"", NOTE + b"more", NOTE[:-1]], ids=["other", "none", "more", "less"])
    def test_keeps_what_it_was_given_first(self, anchor: Anchor, other: bytes) -> None:
        anchor.keep(FIRST, NOTE)
        with pytest.raises(Differs):
            anchor.keep(FIRST, other)
        assert next(anchor.kept()) == (FIRST, NOTE)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "1/5-1700000000.checkpoint",
            "../00000000000000000005-1700000000.checkpoint",
            f"1/../{FIRST}",
            f"/{FIRST}",
            f"{FIRST}\n",
            f"{FIRST}/",
            FIRST.replace("1/", "01/"),
            FIRST.replace("1/", "1//"),
            FIRST.replace("5", "٥"),
            f"{FIRST}\0",
        ],
    )
    def test_takes_no_other_names(self, anchor: Anchor, name: str) -> None:
        with pytest.raises(ValueError, match="is no name of a checkpoint"):
            anchor.keep(name, NOTE)
        assert list(anchor.kept()) == []

    def test_keeps_nothing_yet(self, anchor: Anchor) -> None:
        assert list(anchor.kept()) == []

    def test_says_where_it_keeps(self, anchor: Anchor) -> None:
        assert f"Copies are kept in {anchor.where}.".startswith("Copies are kept in the ")


def test_a_checkpoint_is_named_by_epoch_size_and_time() -> None:
    at = datetime.datetime(2026, 11, 27, 7, 0, 0, 999_999, tzinfo=datetime.UTC)
    checkpoint = Checkpoint(epoch=3, size=20852163, signed_at=at)
    assert name_of(checkpoint) == "3/00000000000020852163-1795762800.checkpoint"
    assert anchors.checked_name(name_of(checkpoint)) == name_of(checkpoint)


class TestAFolder:
    def test_makes_read_only_files_and_is_made_with_the_first(self, kept_in: Folder, tmp_path: Path) -> None:
        assert not (tmp_path / "anchors").exists()
        kept_in.keep(FIRST, NOTE)
        written = tmp_path / "anchors" / FIRST
        assert written.read_bytes() == NOTE
        assert stat.S_IMODE(written.stat().st_mode) == 0o444

    def test_puts_file_and_names_on_the_disk_before_it_says_so(
        self, kept_in: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced: list[str] = []
        fsync = os.fsync

        def noting(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            synced.append("file" if path.is_file() else str(path.relative_to(tmp_path)))
            fsync(descriptor)

        monkeypatch.setattr(folder.os, "fsync", noting)
        kept_in.keep(FIRST, NOTE)
        assert synced == [".", "anchors", "anchors", "file", "anchors/1"]
        synced.clear()
        kept_in.keep(FIRST, NOTE)  # whoever wrote it may have been killed before its name was on the disk
        assert synced == ["anchors/1"]

    @pytest.mark.parametrize("at", ["fsync", "fchmod", "link"])
    def test_half_a_file_passes_for_none_and_stands_in_nobodys_way(
        self, kept_in: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
    ) -> None:
        """Killed at that point: what was to be done after it is not done, and nothing is cleared away."""
        kept_in.keep(SECOND, NOTE)

        def killed(*_: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patched:
            patched.setattr(folder.os, at, killed)
            patched.setattr(folder.Path, "unlink", lambda _: None)
            with pytest.raises(SystemExit):
                kept_in.keep(FIRST, NOTE)
        assert len(list((tmp_path / "anchors" / folder.UNFINISHED).iterdir())) == 1
        assert [name for name, _ in kept_in.kept()] == [SECOND]
        kept_in.keep(FIRST, NOTE)
        assert list(kept_in.kept()) == [(FIRST, NOTE), (SECOND, NOTE)]

    def test_clears_away_what_it_could_not_finish(
        self, kept_in: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
            patched.setattr(folder.os, "link", full)
            kept_in.keep(FIRST, NOTE)
        assert list((tmp_path / "anchors" / folder.UNFINISHED).iterdir()) == []

    def test_replaces_nothing_that_came_in_between(self, kept_in: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody writes the name after it was seen to be free."""
        link = os.link

        def overtaken(source: str, target: Path) -> None:
            target.write_bytes(OTHER)
            link(source, target)

        monkeypatch.setattr(folder.os, "link", overtaken)
        with pytest.raises(Differs):
            kept_in.keep(FIRST, NOTE)
        assert list(kept_in.kept()) == [(FIRST, OTHER)]

    def test_leaves_out_what_is_no_checkpoint(self, kept_in: Folder, tmp_path: Path) -> None:
        kept_in.keep(FIRST, NOTE)
        for stray in ("README", "1/README", "1/.hidden", f"old/{Path(FIRST).name}", f"1/{Path(FIRST).name}.part"):
            path = tmp_path / "anchors" / stray
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(OTHER)
        assert list(kept_in.kept()) == [(FIRST, NOTE)]

    @pytest.mark.parametrize("make", ["link", "pipe", "folder"])
    def test_follows_no_link_and_waits_for_no_pipe(self, kept_in: Folder, tmp_path: Path, make: str) -> None:
        kept_in.keep(SECOND, NOTE)
        elsewhere, there = tmp_path / "elsewhere", tmp_path / "anchors" / FIRST
        elsewhere.write_bytes(NOTE)
        {"link": lambda: there.symlink_to(elsewhere), "pipe": lambda: os.mkfifo(there), "folder": there.mkdir}[make]()
        with pytest.raises(Differs, match="is no plain file"):
            kept_in.keep(FIRST, NOTE)
        with pytest.raises(Differs, match="is no plain file"):
            list(kept_in.kept())

    def test_reads_no_more_than_a_checkpoint_has(self, kept_in: Folder, tmp_path: Path) -> None:
        kept_in.keep(FIRST, NOTE)
        (tmp_path / "anchors" / SECOND).write_bytes(b"x" * 10 * anchors.MOST_BYTES)
        assert [len(note) for _, note in kept_in.kept()] == [len(NOTE), anchors.MOST_BYTES + 1]


FOLDER = {"NAME": "folder", "ANCHOR": "audit.anchors.folder.Folder", "OPTIONS": {"path": "/srv/anchors"}}
BUCKET = {"NAME": "s3", "ANCHOR": "audit.anchors.s3.S3", "OPTIONS": {"bucket": "checkpoints"}}


class TestTheSettings:
    def test_embedded_there_is_one_folder(self, settings: LazySettings) -> None:
        assert [anchor.where for anchor in anchors.configured().values()] == [f"the folder {settings.VAR}/anchors"]
        assert checks.anchors_are_configured(None) == []

    def test_every_start_checks_them(self, settings: LazySettings) -> None:
        settings.LEDGER_ANCHORS = [FOLDER, FOLDER]
        assert "audit.E010" in [found.id for found in run_checks()]

    def test_anchors_come_in_their_order_and_are_made_once(self, settings: LazySettings) -> None:
        settings.LEDGER_ANCHORS = [BUCKET, FOLDER]
        first, second = anchors.configured(), anchors.configured()
        assert list(first) == ["s3", "folder"]
        assert all(first[name] is second[name] for name in first)

    def test_a_portal_may_do_without(self, settings: LazySettings) -> None:
        settings.LEDGER_ANCHORS = []
        assert anchors.configured() == {}
        assert checks.anchors_are_configured(None) == []

    @pytest.mark.parametrize(
        ("entries", "code", "said"),
        [
            ([FOLDER, BUCKET | {"NAME": "folder"}], "E010", "is named “folder”"),
            ([FOLDER | {"NAME": ""}], "E010", "is named “”"),
            ([FOLDER | {"NAME": "x" * 101}], "E010", "is named “xxx"),
            ([FOLDER | {"ANCHOR": "audit.anchors.Nowhere"}], "E011", "Nowhere"),
            ([FOLDER | {"ANCHOR": "audit.outbox.put"}], "E011", "cannot be made"),
            ([FOLDER | {"ANCHOR": "builtins.dict", "OPTIONS": {}}], "E011", "is no anchor"),
            ([{"NAME": "folder"}], "E011", "ANCHOR"),
            ([FOLDER | {"OPTIONS": {}}], "E011", "path"),
            ([FOLDER | {"OPTIONS": {"path": "/srv", "mode": 0}}], "E011", "mode"),
            ([BUCKET | {"OPTIONS": {"bucket": ""}}], "E011", "has no name"),
            ([BUCKET | {"OPTIONS": {"bucket": "b", "retention_days": 0}}], "E011", "lock nothing"),
        ],
    )
    def test_what_does_not_fit_is_said_at_the_start(
        self, settings: LazySettings, entries: list[Any], code: str, said: str
    ) -> None:
        settings.LEDGER_ANCHORS = entries
        (found,) = checks.anchors_are_configured(None)
        assert found.id == f"audit.{code}"
        assert said in found.msg

    def test_a_missing_boto3_is_said_with_what_to_do(
        self, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "boto3", None)
        settings.LEDGER_ANCHORS = [BUCKET | {"OPTIONS": {"bucket": "another"}}]
        (found,) = checks.anchors_are_configured(None)
        assert "requirements-s3.txt" in found.msg
        with pytest.raises(ImproperlyConfigured):
            anchors.configured()
