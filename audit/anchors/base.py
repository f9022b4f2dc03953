"""What an anchor is, and what checkpoints are called there."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from audit import retries

if TYPE_CHECKING:
    from audit.models import Checkpoint

#: Of one text, and no other characters: whatever holds to it names a file inside a folder, or an object under a prefix.
NAME = re.compile(r"(?:0|[1-9][0-9]{0,9})/[0-9]{20}-(?:0|[1-9][0-9]{0,11})\.checkpoint", re.ASCII)
PARTS = re.compile(r"([0-9]+)/([0-9]+)-([0-9]+)\.checkpoint")
#: A signed checkpoint has some hundred bytes. Nobody reads more of what lies under a name.
MOST_BYTES = 16 * 1024


class Differs(Exception):
    """Under the name of a checkpoint there is something else."""


class Unfit(Exception):
    """The place is there and would not keep what it is given, such as a bucket without a lock."""


class Absent(Exception):
    """Nothing is left of the place, such as a folder that is not mounted."""


#: Says of a name whether its content is to be read.
Wanted = Callable[[str], bool]


def everything(name: str) -> bool:
    return True


def nothing(name: str) -> bool:
    return False


class Anchor(ABC):
    """Making one touches neither disk nor network, so that every start can check the settings."""

    @property
    @abstractmethod
    def where(self) -> str:
        """For people, as in “kept in …”."""

    @abstractmethod
    def keep(self, name: str, note: bytes) -> None:
        """Returns when the copy is safe there. Doing it again is fine; raises Differs when something else is there."""

    def is_absent(self) -> bool:
        """Whether nothing is there at all, asked where copies were kept before: to keep more in what stands in its
        place would part them from each other."""
        return False

    @abstractmethod
    def kept(self, wanted: Wanted = everything) -> Iterator[tuple[str, bytes | None]]:
        """Every copy, in the order of names; at most MOST_BYTES and one of each. What has no name of one is left out.

        Only the content of those that are `wanted` is read, and is None for the others. Raises Differs where something
        cannot be what was kept; an anchor that can go on does so first.
        """


def reason(error: Exception) -> str:
    """Why nothing was kept or read, for pages; of what is not there, our own words are enough."""
    return str(error) if isinstance(error, Absent) else retries.reason(error)


def refuse_absent(anchor: Anchor) -> None:
    if anchor.is_absent():
        raise Absent(f"nothing is in {anchor.where}, though copies were kept there, as when it is not mounted")


def name_of(checkpoint: Checkpoint) -> str:
    """Names sort as the tree grew, within an epoch."""
    return f"{checkpoint.epoch}/{checkpoint.size:020d}-{int(checkpoint.signed_at.timestamp())}.checkpoint"


def place_of(name: str) -> tuple[int, int, int]:
    """Epoch, size and time of the checkpoint that is called so."""
    epoch, size, at = map(int, PARTS.fullmatch(checked_name(name)).groups())
    return epoch, size, at


def checked_name(name: str) -> str:
    """Raises ValueError for what is not the name of a checkpoint."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a checkpoint.")
    return name


def compared(name: str, found: bytes, note: bytes) -> None:
    """Raises Differs unless both are the same."""
    if found != note:
        raise Differs(f"{name} is there already, with another content.")
