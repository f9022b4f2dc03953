"""Since when what happened is news to a reader: the end of their visit before this one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from governance.access import API_NAMESPACE
from registry.actions import people
from registry.models import Person

SINCE = "since"
#: Somebody who was away for so long comes back to a new visit, signed in or not.
AWAY = datetime.timedelta(hours=2)


class VisitMiddleware:
    """Remembers in the session when the visit before this one ended, and on the person's row that they are here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> None:
        if request.user.is_authenticated and request.resolver_match.namespace != API_NAMESPACE:
            _note(request, request.user, timezone.now())


def since(request: HttpRequest) -> datetime.datetime | None:
    """None on somebody's first visit."""
    return parse_datetime(request.session.get(SINCE, ""))


def _note(request: HttpRequest, person: Person, now: datetime.datetime) -> None:
    before = person.last_seen_at
    if SINCE not in request.session or (before and now - before >= AWAY):
        request.session[SINCE] = before.isoformat() if before else ""
    people.note_visit(person=person, at=now)
