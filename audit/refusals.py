"""Refused attempts are written down too: at most once a minute for the same person, verb and subject, with a count."""

from __future__ import annotations

import datetime
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from audit.models import RefusalTally

WINDOW = datetime.timedelta(minutes=1)


def codes(refusal: PermissionDenied | ValidationError) -> list[str]:
    """The stable codes of a refusal, each once, in order."""
    if isinstance(refusal, PermissionDenied):
        return ["permission-denied"]
    return list(dict.fromkeys(error.code or "invalid" for error in each(refusal)))


def each(refusal: ValidationError) -> list[ValidationError]:
    """The single errors of a refusal, whether it came as one, a list, or a dictionary by field."""
    if hasattr(refusal, "error_dict"):
        return [error for errors in refusal.error_dict.values() for error in errors]
    return refusal.error_list


@transaction.atomic
def count(kind: str, *, actor: uuid.UUID, subject: str) -> int:
    """Counts one refusal. Returns how many the event to be written speaks for, 0 when none is to be written yet."""
    now = timezone.now()
    tallies = RefusalTally.objects.all()
    if connection.features.has_select_for_update:
        tallies = tallies.select_for_update()
    tally, is_first = tallies.get_or_create(actor=actor, kind=kind, subject=subject, defaults={"written_at": now})
    if is_first:
        return 1
    if now - tally.written_at < WINDOW:
        tally.unwritten += 1
        tally.save()
        return 0
    times, tally.unwritten, tally.written_at = tally.unwritten + 1, 0, now
    tally.save()
    return times
