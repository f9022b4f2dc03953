"""What is done while nothing can be written, because somebody has to be able to do it just then: taking evidence out.

The log says it at once, a row keeps it, and the sweep makes it an event once the portal is written to again. A database
that is put in place of this one has no such row; then the log is what there is.
"""

from __future__ import annotations

import logging

from django.utils import timezone

from audit import canonical
from audit.ledger import Entry
from audit.models import OwedEvent

log = logging.getLogger(__name__)


def note(unwritten: Entry) -> None:
    """Keeps what the entry would have said."""
    facts = canonical.plain(unwritten.facts)
    OwedEvent.objects.create(kind=unwritten.kind, actor=unwritten.actor.pk, facts=facts, at=timezone.now())
    log.warning(
        "%s by the person %s while the portal is read-only, not in the ledger yet: %s",
        unwritten.kind,
        unwritten.actor.pk,
        facts,
    )
