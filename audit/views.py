"""The ledger for readers: all events, one event with everything that was signed, and taking events out as CSV."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import islice

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from audit import csv, presenting
from audit.actions import ledger as ledger_actions
from audit.filters import ORDERS, EventFilter, actor_choices, kind_choices, room_choices
from audit.models import Event, EventQuerySet
from audit.paging import Sorting, page_of
from audit.presenting import Line

COLUMNS: csv.Columns = {
    "number": "event.pk",
    "at": "at",
    "kind": "event.kind",
    "who": "who",
    "what": "sentence",
    "subject": "event.subject",
    "reason": "event.reason",
    "facts": "event.facts",
    "actor id": "event.actor",
    "token id": "event.token",
    "request id": "event.request_id",
    "event id": "event.uid",
    "cause": "event.cause",
}


@require_safe
def list_events(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _asked(request: HttpRequest) -> EventFilter:
    return EventFilter(request.GET, queryset=Event.objects.visible_to(request.user))


def _list(request: HttpRequest) -> HttpResponse:
    conditions, sorting = _asked(request), Sorting(request.GET, ORDERS)
    understood = conditions.is_valid()
    page = page_of(request.GET, conditions.qs if understood else Event.objects.none(), sorting.order)
    return render(
        request,
        "audit/event_list.html",
        {
            "conditions": conditions,
            "applied": conditions.applied() if understood else [],
            "kinds": kind_choices(),
            "rooms": room_choices(),
            "actors": actor_choices(),
            "days": presenting.by_day(presenting.lines(page.rows)),
            "page": page,
            "sorting": sorting,
        },
        status=200 if understood else 422,
    )


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """The events of the address as CSV, by a button: taking evidence out is an event itself."""
    conditions = _asked(request)
    if not conditions.is_valid():
        return _list(request)
    newest = ledger_actions.export(conditions=conditions.stated(), by=request.user)
    found = conditions.qs.filter(pk__lte=newest).order_by(*Sorting(request.GET, ORDERS).order)
    return csv.download("ledger", COLUMNS, _lines(found))


def _lines(events: EventQuerySet) -> Iterator[Line]:
    read = events.iterator(chunk_size=csv.ROWS_AT_ONCE)
    while some := list(islice(read, csv.ROWS_AT_ONCE)):
        yield from presenting.lines(some)


@require_safe
def detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    event = get_object_or_404(Event.objects.visible_to(request.user), uid=uid)
    cause = Event.objects.visible_to(request.user).filter(uid=event.cause).first() if event.cause else None
    told = [event, cause] if cause else [event]
    names = presenting.names_in(told)
    line, *outer = presenting.lines(told, names)
    return render(
        request,
        "audit/event_detail.html",
        {
            "event": event,
            "line": line,
            "outer": outer[0] if outer else None,
            "on_behalf_of": presenting.name_of(event.on_behalf_of, names) if event.on_behalf_of else "",
            "facts": presenting.facts_of(event),
            "canonical": bytes(event.canonical).decode(),
            "mac": f"hmac-sha256:{bytes(event.mac).hex()}",
        },
    )
