"""Why nothing is signed for the moment, on a machine that would: said to readers, until that machine signs again.

The ledger is not in doubt by it, and is written to. One row for each machine: of two that have the key, the one that
may sign says nothing of the other.
"""

from __future__ import annotations

import datetime
import logging
import socket

from django.db.models import QuerySet, Subquery
from django.utils import timezone

from audit.models import Hindrance

log = logging.getLogger(__name__)

#: A machine that tries and cannot says so with every sweep. Of one that fell silent nothing is known any more.
SILENT = datetime.timedelta(minutes=10)


def begin(reason: str) -> None:
    """`reason` is one sentence without its stop."""
    now = timezone.now()
    _, is_new = Hindrance.objects.update_or_create(
        machine=socket.gethostname(),
        defaults={"reason": reason, "seen_at": now},
        create_defaults={"reason": reason, "seen_at": now, "since": now},
    )
    if is_new:
        log.error("Nothing is signed here for the moment. %s.", reason)


def end() -> None:
    """This machine signs."""
    Hindrance.objects.filter(machine=socket.gethostname()).delete()


def is_here() -> bool:
    return Hindrance.objects.filter(machine=socket.gethostname()).exists()


def current() -> QuerySet[Hindrance]:
    return Hindrance.objects.filter(seen_at__gt=timezone.now() - SILENT).order_by("since", "machine")


def standing_reason() -> Subquery:
    """For whoever reads something else and has to know it in the same statement; null while there is none."""
    return Subquery(current().values("reason")[:1])
