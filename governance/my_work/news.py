"""What happened to a person's models and use cases while they were away."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from audit import presenting
from audit.models import Event, EventQuerySet, reference_of
from audit.presenting import Line
from governance.looks import times
from governance.my_work.subjects import Subjects
from governance.roles import LEDGER
from registry.models import AIModel, Person

MOST = 8


@dataclass(frozen=True)
class News:
    """Newest first. Without `since` it is what happened last; `of_all` when nothing is the person's own."""

    since: datetime.datetime | None
    lines: list[Line]
    is_cut: bool
    of_all: bool
    ledger_url: str

    @property
    def title(self) -> str:
        if self.since:
            return f"Since {times.when_text(self.since)}"
        return "Latest in the portal" if self.of_all else "Latest"


def of(person: Person, subjects: Subjects, since: datetime.datetime | None) -> News:
    """What the person did themselves is no news to them."""
    events = _about(subjects).visible_to(person)
    if since:
        events = events.since(since).exclude(actor=person.pk)
    found = list(events.order_by("-pk")[: MOST + 1])
    return News(
        since=since,
        lines=presenting.lines(found[:MOST]),
        is_cut=len(found) > MOST,
        of_all=not subjects.streams,
        ledger_url=_ledger(since) if person.has_perm(LEDGER) else "",
    )


def _about(subjects: Subjects) -> EventQuerySet:
    if subjects.streams:
        return Event.objects.filter(stream__in=subjects.streams)
    return Event.objects.filter(stream__startswith=reference_of(AIModel, ""))


def _ledger(since: datetime.datetime | None) -> str:
    address = reverse("audit:event_list")
    return f"{address}?{urlencode({'since': timezone.localdate(since)})}" if since else address
