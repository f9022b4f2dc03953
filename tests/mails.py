"""Mail that waits in the outbox."""

from __future__ import annotations

from audit.models import OutboxMessage
from registry.models import Person


def reached() -> list[str]:
    """The addresses that it goes to, one for each message, sorted."""
    waiting = OutboxMessage.objects.filter(sink="mail", sent_at=None)
    return sorted(Person.objects.get(pk=message.payload["person"]).email for message in waiting)
