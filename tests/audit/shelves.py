"""Anchors of tests: what they are told, and whether they do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from audit.anchors import Anchor, Wanted, compared, everything


class Shelf(Anchor):
    """`before` runs before anything is kept, `after` once it is; `asked` are the names it was asked to keep."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.notes: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.read: list[str] = []
        self.before: Callable[[], None] | None = None
        self.after: Callable[[], None] | None = None

    @property
    def where(self) -> str:
        return f"the shelf {self.label}"

    def keep(self, name: str, note: bytes) -> None:
        self.asked.append(name)
        if self.before:
            self.before()
        compared(name, self.notes.setdefault(name, note), note)
        if self.after:
            self.after()

    def kept(self, wanted: Wanted = everything) -> Iterator[tuple[str, bytes | None]]:
        """`read` are the names of which the content was asked for."""
        for name, note in sorted(self.notes.items()):
            if wanted(name):
                self.read.append(name)
            yield name, note if wanted(name) else None
