"""What is done while nothing can be written, because somebody has to be able to do it just then: taking evidence out.

The log says it at once, a row keeps it, and the sweep makes it an event once the portal is written to again. A database
that is put in place of this one has no such row; then the log is what there is. The row is sealed with the ledger's own
key: what somebody else has put there never becomes an event.
"""

from __future__ import annotations

import logging

from django.utils import timezone

from audit import canonical, keys
from audit.ledger import Entry
from audit.models import Event, OwedEvent

log = logging.getLogger(__name__)

#: So that the code of an owed row is never taken for that of an event.
FORMAT = b"gatehouse-owed/1\n"


class NotOurs(Exception):
    """The sentence says why the row cannot become an event."""


def note(unwritten: Entry) -> None:
    """Keeps what the entry would have said."""
    facts = canonical.plain(unwritten.facts)
    owed = OwedEvent(kind=unwritten.kind, actor=unwritten.actor.pk, facts=facts, at=timezone.now())
    owed.mac, owed.key_id = keys.sign(_sealed(owed))
    owed.save()
    log.warning(
        "%s by the person %s while the portal is read-only, not in the ledger yet: %s",
        unwritten.kind,
        unwritten.actor.pk,
        facts,
    )


def facts_of(owed: OwedEvent) -> dict:
    """What the event will say. Raises NotOurs for a row that was not kept by `note`, or that is an event already."""
    if fault := keys.Ring().fault(_sealed(owed), bytes(owed.mac), owed.key_id):
        raise NotOurs(fault)
    facts = owed.facts | {"done_at": canonical.plain(owed.at)}
    if Event.objects.filter(kind=owed.kind, on_behalf_of=owed.actor, facts__done_at=facts["done_at"]).exists():
        raise NotOurs("it is an event already")
    return facts


def _sealed(owed: OwedEvent) -> bytes:
    said = {"kind": owed.kind, "actor": str(owed.actor), "facts": owed.facts, "at": canonical.plain(owed.at)}
    return FORMAT + canonical.encode(said)
