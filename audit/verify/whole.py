"""The whole proof, as it is asked for by commands and every night, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit.verify import looks
from audit.verify.events import events_whole
from audit.verify.findings import Fault
from audit.verify.looks import Look
from audit.verify.moment import snapshot
from audit.verify.rows import rows_as_recorded

LOG: dict[str, Look] = {"events": events_whole}
DEEP: dict[str, Look] = {"rows": rows_as_recorded}


@dataclass(frozen=True)
class Verification:
    """How much was `read` of what, up to the first `fault`."""

    read: Mapping[str, int]
    fault: Fault | None = None

    def __str__(self) -> str:
        counted = [f"{count} {what}" for what, count in self.read.items()]
        return f"Not whole: {self.fault}." if self.fault else f"Whole: {', '.join(counted)}."


def verify(*, deep: bool) -> Verification:
    """Everything as it stands at one moment; the portal goes on writing meanwhile. `deep` reads rows, history and what
    follows from them as well."""
    read: dict[str, int] = {}
    with snapshot():
        for what, look in (LOG | DEEP | looks.every() if deep else LOG).items():
            proof = look()
            read[what] = proof.count
            if proof.fault:
                return Verification(read, proof.fault)
    return Verification(read)
