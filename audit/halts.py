"""Nothing is written while the ledger is not the one that was signed: what would be written might be lost with it."""

from __future__ import annotations

import logging

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Subquery
from django.utils import timezone

from audit.models import Halt

log = logging.getLogger(__name__)

#: What every refusal is called that only the halt is to blame for.
CODE = "read-only"


class Halted(ValidationError):
    """The portal is read-only. `reason` is a clause that says why."""

    def __init__(self, reason: str) -> None:
        said = f"Nothing can be saved at the moment: the portal is read-only. {explained(reason)}"
        super().__init__(said, code=CODE)


def explained(reason: str) -> str:
    """The same words wherever a reader is told."""
    return f"{reason}. Whoever runs the portal has to look into it; what you read here may be older than it should be."


def begin(reason: str) -> None:
    """From now on every entry is refused. `reason` is one sentence without its stop; the first one stays."""
    try:
        with transaction.atomic():
            Halt.objects.create(reason=reason, since=timezone.now())
    except IntegrityError:
        return  # it was read-only already, and has been said to be
    log.critical("The portal is read-only from now on. %s.", reason)


def current() -> Halt | None:
    return Halt.objects.first()


def standing_reason() -> Subquery:
    """For whoever reads something else and has to know it in the same statement; null while there is none."""
    return Subquery(Halt.objects.values("reason")[:1])


def end() -> None:
    Halt.objects.all().delete()
