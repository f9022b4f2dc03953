"""When somebody was last here. No evidence of anything, so it is no event."""

from __future__ import annotations

import datetime

from registry.models import Person

ROUGHLY = datetime.timedelta(minutes=5)


def note_visit(*, person: Person, at: datetime.datetime) -> None:
    """Kept roughly: written at most once in five minutes."""
    if person.last_seen_at is None or at - person.last_seen_at >= ROUGHLY:
        person.last_seen_at = at
        person.save(update_fields=["last_seen_at"])
