"""What people do with their own ways of signing in: sessions, second factors, passkeys, identities of elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from audit import ledger
from registry.models import Person

MANAGE = "registry.manage_people"


def choose_time_zone(*, time_zone: str, by: Person) -> None:
    """The zone in which `by` is shown moments; "" leaves it to their browser. Which one is nobody's evidence."""
    with ledger.entry("registry.person.time_zone_chosen", by=by, subject=by):
        by.time_zone = time_zone
        by.save(update_fields=["time_zone"])


def end_sessions(*, sessions: Iterable[UserSession], person: Person, by: Person) -> None:
    """Signs `person` out of these sessions, which are theirs; one event for all of them."""
    keys = [session.session_key for session in sessions]
    with ledger.entry("registry.session.ended", by=by, subject=person) as entry:
        if by.pk != person.pk:
            entry.require(MANAGE)
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys, user=person).delete()
        entry.facts = {"sessions": len(keys)}
