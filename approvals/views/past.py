"""What was in production on a date: the page that tells it from the ledger."""

from __future__ import annotations

import datetime
from dataclasses import replace
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals import past
from approvals.forms.past import PastForm
from approvals.past import Past
from approvals.presenting.past import Lines, past_told, shown, written
from approvals.views.saying import page
from audit import presenting
from audit.models import Event
from registry.models import AIModel, Person
from registry.views import doors

READ_LEDGER = "audit.view_ledger"


@require_safe
def detail(request: HttpRequest, name: str) -> HttpResponse:
    """An instant of the reader's own clock leads on to the address that means the same everywhere."""
    model = doors.find_model(request, name)
    form = PastForm(request.GET) if "at" in request.GET else None
    if form and not form.is_valid():
        return page(request, "model_past.html", {"model": model, "form": form}, refused=True)
    at = form.cleaned_data["at"] if form else timezone.now()
    if form and request.GET["at"] != written(at):
        return redirect(address_of(model, at))
    found = past.of(model, at)
    context = {
        "model": model,
        "form": PastForm(initial={"at": at}),
        "past": found,
        "told": past_told(found, lines_of(found, request.user)),
        "is_now": form is None,
        "here": settings.PORTAL_URL + address_of(model, at),
        "earlier": address_of(model, found.earlier) if found.earlier else "",
        "later": address_of(model, found.later) if found.later else "",
    }
    return page(request, "model_past.html", context)


def address_of(model: AIModel, at: datetime.datetime) -> str:
    return f"{reverse('approvals:model_past', args=[model.name])}?{urlencode({'at': written(at)}, safe=':')}"


def lines_of(found: Past, reader: Person) -> Lines:
    """What the ledger says of each event; it leads to those that are open to the reader."""
    keys = shown(found)
    events = Event.objects.filter(pk__in=keys).defer("rows", "canonical", "mac")
    seen = Event.objects.visible_to(reader).filter(pk__in=keys).values_list("pk", flat=True)
    is_open = set(seen) if reader.has_perm(READ_LEDGER) else set()
    lines = {line.event.pk: line for line in presenting.lines(events)}
    return {key: line if key in is_open else replace(line, url="") for key, line in lines.items()}
