"""The ledger for readers: all events, and one event with everything that was signed."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from audit import presenting
from audit.filters import NEWEST_FIRST, EventFilter, kind_choices, room_choices
from audit.models import Event
from audit.paging import page_of


@require_safe
def list_events(request: HttpRequest) -> HttpResponse:
    conditions = EventFilter(request.GET, queryset=Event.objects.all())
    understood = conditions.is_valid()
    page = page_of(request.GET, conditions.qs if understood else Event.objects.none(), NEWEST_FIRST)
    return render(
        request,
        "audit/event_list.html",
        {
            "conditions": conditions,
            "applied": conditions.applied() if understood else [],
            "kinds": kind_choices(),
            "rooms": room_choices(),
            "days": presenting.by_day(presenting.lines(page.rows)),
            "page": page,
        },
        status=200 if understood else 422,
    )


@require_safe
def detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    event = get_object_or_404(Event, uid=uid)
    cause = Event.objects.filter(uid=event.cause).first() if event.cause else None
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
