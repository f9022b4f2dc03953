"""Files of models: kept whole, once, under their own digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from registry import artifacts

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
