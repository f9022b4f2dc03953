"""Who was given a role by whom and when, as the ledger tells it; and which roles wait for a second administrator."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit import presenting
from audit.models import Event
from registry.models import Person


@dataclass(frozen=True)
class Given:
    by: str
    at: datetime.datetime
    url: str


def givings(people: Iterable[Person]) -> list[Event]:
    """Every giving of a role to any of them, oldest first, in one statement."""
    return list(Event.objects.about(*people).filter(kind="registry.role.granted").order_by("pk"))


def given_roles(
    events: Iterable[Event], names: Mapping[uuid.UUID, str] | None = None
) -> dict[tuple[uuid.UUID, str], Given]:
    """By person and role, the newest of these givings. Without `names`, one statement reads them."""
    lines = presenting.lines(events, names)
    return {
        (presenting.subject_person(line.event), line.event.facts["role"]): Given(line.who, line.at, line.url)
        for line in lines
    }


def alone_given(person: Person) -> dict[str, set[uuid.UUID]]:
    """The roles of this person that no second administrator has confirmed, and the identities of who gave them."""
    waiting = person.role_grants.filter(confirmed_at=None).select_related("given_by")
    return {grant.role: {grant.given_by.identity} if grant.given_by else set() for grant in waiting}
