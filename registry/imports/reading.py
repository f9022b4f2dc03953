"""What a reader hands over, and how it refuses a source as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from registry.imports.candidates import Candidate

MOST_ROWS = 5_000
MOST_BYTES = 5 * 1024 * 1024
#: What reading a value as something that it is not ends in.
MISREAD = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Inventory:
    """All that one source lists. `sha256` is of the bytes that were read."""

    source: str
    name: str
    sha256: str
    candidates: tuple[Candidate, ...]


@contextmanager
def read_with_care(message: str, code: str) -> Iterator[None]:
    """Whatever stands where something else is expected is no fault of ours: the source is not what it is said to be."""
    try:
        yield
    except MISREAD as error:
        raise unreadable(message, code) from error


def unreadable(message: str, code: str) -> ValidationError:
    """The source as a whole cannot be read; there is nothing to show row by row."""
    return ValidationError(message, code=code)


def too_many_rows() -> ValidationError:
    return unreadable(f"It lists more than {MOST_ROWS} versions. Split it, and import the parts.", "too-many-rows")
