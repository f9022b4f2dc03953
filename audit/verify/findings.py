"""What a proof says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """The first thing found that is not as it was written. `where` names an event, a row or a checkpoint."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}"


@dataclass(frozen=True)
class Proof:
    """How much was read before the end, or before `fault`."""

    count: int
    fault: Fault | None = None
