"""Files of models: kept whole, once, under their own digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from registry import artifacts, formats

CONTENT = b"the whole model"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Interrupted(ContentFile):
    """Can be read once; the second time, when it is copied, the disk is full halfway."""

    is_copied = False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield CONTENT[:5]
        if self.is_copied:
            raise OSError("No space left on device")
        self.is_copied = True
        yield CONTENT[5:]


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    """Where the content is kept once it is."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / DIGEST[:2] / DIGEST


def store(content: ContentFile) -> artifacts.StoredArtifact:
    return artifacts.store(content, uri="", sha256="", size=None)


def test_an_interrupted_copy_never_stands_under_the_digest(kept: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        store(Interrupted(CONTENT))
    assert not kept.exists()
    store(ContentFile(CONTENT))
    assert kept.read_bytes() == CONTENT


def test_a_remnant_of_another_size_is_replaced(kept: Path) -> None:
    kept.parent.mkdir()
    kept.write_bytes(CONTENT[:5])
    stored = store(ContentFile(CONTENT))
    assert kept.read_bytes() == CONTENT
    assert (stored.file, stored.size) == (f"{DIGEST[:2]}/{DIGEST}", len(CONTENT))


def test_the_same_bytes_are_kept_once(kept: Path, settings: Any) -> None:
    first = store(ContentFile(CONTENT))
    written_at = kept.stat().st_mtime_ns
    assert store(ContentFile(CONTENT)) == first
    assert kept.stat().st_mtime_ns == written_at
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == [kept]


class TestFormats:
    """Where an organisation names formats, a file has to be one of them by its name and its first bytes."""

    SAFETENSORS = (40).to_bytes(8, "little") + b'{"weight":{"dtype":"F32"}}'

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("reader.onnx", b"\x08\x09\x12\x07pytorch"),
            ("Reader.SAFETENSORS", SAFETENSORS),
            ("reader.tar.gz", b"\x1f\x8b\x08\x00"),
            ("reader.tgz", b"\x1f\x8b\x08\x00"),
        ],
    )
    def test_what_is_named_is_taken(self, kept: Path, settings: Any, name: str, content: bytes) -> None:
        settings.ARTIFACT_FORMATS = ["onnx", "safetensors", "tar.gz"]
        assert store(ContentFile(content, name)).size == len(content)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("reader.pkl", b"\x80\x04\x95"),  # what it says, and not allowed
            ("reader.onnx", b"\x80\x04\x95"),  # a pickle under another name
            ("reader.onnx", b"<script>alert(1)</script>"),
            ("reader.html", b"\x08\x09\x12\x07pytorch"),
            ("reader.safetensors", b"{" * 40),
            ("reader.onnx.exe", b"MZ"),
            ("", b"\x08\x09"),
        ],
    )
    def test_nothing_else_is(self, kept: Path, settings: Any, name: str, content: bytes) -> None:
        settings.ARTIFACT_FORMATS = ["onnx", "safetensors", "tar.gz"]
        with pytest.raises(ValidationError) as refusal:
            store(ContentFile(content, name))
        assert [error.code for error in refusal.value.error_dict["artifact"]] == ["artifact-format"]
        assert not kept.parent.parent.exists() or not list(kept.parent.parent.rglob("*"))

    def test_without_that_every_file_is_taken(self, kept: Path, settings: Any) -> None:
        assert settings.ARTIFACT_FORMATS == []
        assert store(ContentFile(b"anything", "anything.at-all")).size == 8

    def test_every_format_knows_its_own_example(self) -> None:
        beginnings = {
            "gguf": b"GGUF\x03",
            "hdf5": b"\x89HDF\r\n\x1a\n",
            "json": b' {"a": 1}',
            "keras": b"PK\x03\x04",
            "onnx": b"\x08\x09",
            "pickle": b"\x80\x04",
            "safetensors": self.SAFETENSORS,
            "skops": b"PK\x03\x04",
            "tar.gz": b"\x1f\x8b",
            "torch": b"PK\x03\x04",
            "zip": b"PK\x03\x04",
        }
        assert beginnings.keys() == formats.FORMATS.keys()
        for name, beginning in beginnings.items():
            for ending in formats.FORMATS[name].endings:
                assert formats.is_one_of([name], f"model{ending}", beginning)
                assert not formats.is_one_of([name], f"model{ending}", b"\x00\x00MZ")
