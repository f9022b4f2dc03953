"""Checkpoints as files of a folder, best one of another machine or of a disk that is written once."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from audit.anchors.base import MOST_BYTES, NAME, Anchor, Differs, Wanted, checked_name, compared, everything

#: Here files are written until they are whole. It must be on the disk of its folder, since they are linked from it.
UNFINISHED = ".unfinished"
READ_ONLY = 0o444


class Folder(Anchor):
    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).absolute()

    @property
    def where(self) -> str:
        return f"the folder {self._path}"

    def keep(self, name: str, note: bytes) -> None:
        target = self._path / checked_name(name)
        _make(target.parent)
        if not os.path.lexists(target):
            self._write(target, note)
        # Asked of the disk whoever wrote it: another worker, or this one before it was killed.
        compared(name, _content(target), note)
        _sync(target.parent)

    def is_absent(self) -> bool:
        return not _names(self._path)

    def kept(self, wanted: Wanted = everything) -> Iterator[tuple[str, bytes | None]]:
        for epoch in _names(self._path):
            for file in _names(self._path / epoch):
                name = f"{epoch}/{file}"
                if NAME.fullmatch(name):
                    yield name, _content(self._path / name) if wanted(name) else None

    def _write(self, target: Path, note: bytes) -> None:
        """The name appears once the content is on the disk, and only where there is none: links replace nothing."""
        folder = self._path / UNFINISHED
        _make(folder)
        descriptor, unfinished = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(note)
                file.flush()
                os.fchmod(file.fileno(), READ_ONLY)
                os.fsync(file.fileno())
            _link(unfinished, target)
        finally:
            Path(unfinished).unlink()


def _link(source: str, target: Path) -> None:
    """Somebody who was quicker has written the same, or `keep` finds that it differs."""
    try:
        os.link(source, target)
    except FileExistsError:
        return


def _make(folder: Path) -> None:
    """With the folders above it; each is on the disk before anything is in it."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _content(path: Path) -> bytes:
    """Of a plain file: neither a link, which leads elsewhere, nor a pipe, which would never end."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Differs(f"{path} is no plain file.")
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)
