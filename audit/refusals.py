"""Refused attempts are written down too: at most once a minute for the same person, verb and subject, with a count."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models, transaction
from django.utils import timezone

from audit.models import RefusalTally, reference

if TYPE_CHECKING:
    from registry.models import Person

WINDOW = datetime.timedelta(minutes=1)


def write(kind: str, *, by: Person, subject: models.Model | None, refusal: PermissionDenied | ValidationError) -> None:
    """Writes `<kind>.refused` in a transaction of its own, unless the same refusal was written within the minute."""
    from audit import ledger

    about = subject if subject is not None and subject.pk is not None else by
    times = _count(kind, by, about)
    if times:
        with ledger.refusal_entry(kind, by=by, subject=about) as entry:
            entry.facts = {"codes": codes(refusal), "times": times}


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
def _count(kind: str, by: Person, about: models.Model) -> int:
    """How many refusals the event has to speak for, or 0 when the last one is younger than the window."""
    tallies = RefusalTally.objects.filter(actor=by.pk, kind=kind, subject=reference(about))
    if connection.features.has_select_for_update:
        tallies = tallies.select_for_update()
    tally = tallies.first()
    now = timezone.now()
    if tally is None:
        RefusalTally.objects.create(actor=by.pk, kind=kind, subject=reference(about), written_at=now)
        return 1
    if now - tally.written_at < WINDOW:
        tally.unwritten += 1
        tally.save()
        return 0
    times, tally.unwritten, tally.written_at = tally.unwritten + 1, 0, now
    tally.save()
    return times
