"""What was in production on a date, of one model and of all: the pages that tell it from the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals import exports, past, ran
from approvals.forms.past import PastForm, RanForm
from approvals.models import PolicyStage, Stage
from approvals.presenting.past import Lines, address_of, past_told, shown, written
from approvals.presenting.ran import RanRow, events_of, row
from approvals.views.saying import page
from audit import csv, presenting
from audit.models import Event
from audit.paging import CURSORS, address, page_of
from registry.models import AIModel, Environment, Person
from registry.views import doors

READ_LEDGER = "audit.view_ledger"
#: What the list asks about when it does not ask about production.
ELSEWHERE = [choice for choice in Environment.choices if choice[0] != Environment.PRODUCTION]


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
        "told": past_told(found, lines_of(shown(found), request.user)),
        "is_now": form is None,
        "here": settings.PORTAL_URL + address_of(model, at),
        "earlier": address_of(model, found.earlier) if found.earlier else "",
        "later": address_of(model, found.later) if found.later else "",
    }
    return page(request, "model_past.html", context)


@require_safe
def list_ran(request: HttpRequest) -> HttpResponse:
    """As `detail` of one model; the pages of a list without an instant are of the one at which it was opened."""
    form = RanForm(request.GET)
    if not form.is_valid():
        return _not_answered(request, form)
    at, environment = _asked(form)
    asked = request.GET.copy()
    asked["at"] = written(at)
    asked.pop("at_time", None)
    here = _lasting(asked)
    if request.GET.get("at") and request.GET["at"] != asked["at"]:
        return redirect(request.path + here)
    pages = page_of(asked, _found(form, at, request.user), ("name",))
    context = {
        "form": form,
        "at": at,
        "is_now": not form.cleaned_data["at"],
        "typed": PastForm(initial={"at": at})["at"],
        "environment": environment,
        "elsewhere": ELSEWHERE,
        "applied": _applied(request, form),
        "everything": address(asked, leave_out=("team", "tier", *CURSORS)),
        "pages": pages,
        "rows": _rows(pages.rows, environment, at, request.user),
        "here": settings.PORTAL_URL + request.path + here,
        "csv": reverse("approvals:ran_download") + here,
    }
    return page(request, "ran_list.html", context)


def _every_stage() -> list[Stage]:
    """Those that Gatehouse comes with, and those that policies ever defined."""
    asked = PolicyStage.objects.order_by().values_list("stage", flat=True).distinct()
    return sorted({*Stage.KNOWN, *asked}, key=attrgetter("place"))


@require_safe
def download_ran(request: HttpRequest) -> HttpResponseBase:
    form = RanForm(request.GET)
    if not form.is_valid():
        return _not_answered(request, form)
    at, environment = _asked(form)
    found = _found(form, at, request.user).order_by("name")
    columns = exports.ran(environment, at, _every_stage())
    return csv.download("ran", columns, _every_row(found, environment, at, request.user))


def _not_answered(request: HttpRequest, form: RanForm) -> HttpResponse:
    return page(request, "ran_list.html", {"form": form, "elsewhere": ELSEWHERE}, refused=True)


def _lasting(asked: QueryDict) -> str:
    """The conditions as an address that people read, of no page in particular."""
    return "?" + urlencode({key: value for key, value in asked.items() if value and key not in CURSORS}, safe=":")


def _asked(form: RanForm) -> tuple[datetime.datetime, Environment]:
    return form.cleaned_data["at"] or timezone.now(), form.cleaned_data["environment"]


def _found(form: RanForm, at: datetime.datetime, reader: Person) -> QuerySet[AIModel]:
    seen = AIModel.objects.visible_to(reader).select_related("team")
    found = ran.models(seen, form.cleaned_data["environment"], at)
    return ran.narrowed(found, form.cleaned_data["team"], form.cleaned_data["tier"], at)


def _applied(request: HttpRequest, form: RanForm) -> list[dict[str, str]]:
    return [
        {
            "key": name,
            "value": dict(form.fields[name].choices)[form.cleaned_data[name]],
            "url": address(request.GET, leave_out=(name, *CURSORS)),
        }
        for name in ("team", "tier")
        if form.cleaned_data[name]
    ]


def _rows(models: Sequence[AIModel], environment: Environment, at: datetime.datetime, reader: Person) -> list[RanRow]:
    found = list(ran.told(models, environment, at))
    lines = lines_of([event.pk for event in events_of(found)], reader)
    return [row(each, at, lines) for each in found]


def _every_row(
    models: QuerySet[AIModel], environment: Environment, at: datetime.datetime, reader: Person
) -> Iterator[RanRow]:
    read = models.iterator(chunk_size=csv.ROWS_AT_ONCE)
    while some := list(islice(read, csv.ROWS_AT_ONCE)):
        yield from _rows(some, environment, at, reader)


def lines_of(keys: Collection[int], reader: Person) -> Lines:
    """What the ledger says of each event; it leads to those that are open to the reader."""
    events = Event.objects.filter(pk__in=keys).defer("rows", "canonical", "mac")
    seen = Event.objects.visible_to(reader).filter(pk__in=keys).values_list("pk", flat=True)
    is_open = set(seen) if reader.has_perm(READ_LEDGER) else set()
    lines = {line.event.pk: line for line in presenting.lines(events)}
    return {key: line if key in is_open else replace(line, url="") for key, line in lines.items()}
