"""The whole proof, as it is asked for by commands and every night, and written down."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from django.utils import timezone

from audit.models import Event
from audit.verify import looks
from audit.verify.events import events_whole
from audit.verify.findings import Fault, Progress
from audit.verify.looks import Look
from audit.verify.moment import snapshot
from audit.verify.rows import rows_as_recorded

DEEP: dict[str, Look] = {"rows": rows_as_recorded}


@dataclass(frozen=True)
class Verification:
    """How much was `read` of what, up to the first `fault`, and which anchors could not be read, and why."""

    read: Mapping[str, int]
    fault: Fault | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    began_at: datetime.datetime = field(default_factory=timezone.now)

    def __str__(self) -> str:
        if self.fault:
            return f"Not whole: {self.fault}."
        counted = ", ".join(f"{count} {what}" for what, count in self.read.items())
        if not self.unread:
            return f"Whole: {counted}."
        missing = "; ".join(f"the anchor {name}: {why}" for name, why in self.unread.items())
        return f"Whole as far as it could be read: {counted}. Not read: {missing}"


def verify(*, deep: bool, every_copy: bool, progress: Progress | None = None) -> Verification:
    """Everything as it stands at one moment; the portal goes on writing meanwhile. `deep` reads rows, history and what
    follows from them as well; `every_copy` those that anchors keep, also where an earlier proof has read them."""
    began_at, progress = timezone.now(), progress or Progress()
    read: dict[str, int] = {}
    unread: dict[str, str] = {}
    log: dict[str, Look] = {"events": partial(events_whole, every_copy=every_copy, progress=progress)}
    with snapshot():
        progress.total = Event.objects.count()
        for what, look in (log | DEEP | looks.every() if deep else log).items():
            progress.what = what
            proof = look()
            read[what] = proof.count
            unread |= proof.unread
            if proof.fault:
                return Verification(read, proof.fault, unread, began_at)
    return Verification(read, None, unread, began_at)
