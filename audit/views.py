"""The ledger for readers: all events, one event with everything that was signed, and taking events out as CSV."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from itertools import islice

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from audit import (
    anchors,
    bundles,
    checkpoints,
    csv,
    differences,
    downloads,
    evidence,
    integrity,
    kinds,
    merkle,
    presenting,
    record,
    signing,
    tree,
)
from audit.actions import ledger as ledger_actions
from audit.bundles import Scope
from audit.filters import ORDERS, EventFilter, actor_choices, environment_choices, kind_choices, room_choices
from audit.models import WHOLE, Event, EventQuerySet
from audit.paging import Sorting, page_of
from audit.presenting import Line

#: Of the ledger on a page: each is a line, and people read down it.
EVENTS = 50
JSON_LINES = "application/jsonl"
#: So many events of evidence are written while a browser waits.
MOST_AT_ONCE = 50_000
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
    return EventFilter(request.GET, queryset=Event.objects.visible_to(request.user).select_related("leaf"))


def _list(request: HttpRequest) -> HttpResponse:
    conditions, sorting = _asked(request), Sorting(request.GET, ORDERS)
    understood = conditions.is_valid()
    found = conditions.qs if understood else Event.objects.none()
    page = page_of(request.GET, found, sorting.order, rows=EVENTS)
    return render(
        request,
        "audit/event_list.html",
        {
            "conditions": conditions,
            "applied": conditions.applied() if understood else [],
            "kinds": kind_choices(),
            "rooms": room_choices(),
            "environments": environment_choices(),
            "actors": actor_choices(),
            "days": presenting.by_day(presenting.proved_lines(page.rows, record.of(request))),
            "page": page,
            "sorting": sorting,
            "integrity": integrity.of(request),
            "may_export": request.user.has_perm(WHOLE),
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
    if request.POST.get("format") == JSON_LINES:
        return downloads.streamed(f"ledger-{timezone.localdate():%Y-%m-%d}.jsonl", JSON_LINES, _json_lines(found))
    return csv.download("ledger", COLUMNS, _lines(found))


def _lines(events: EventQuerySet) -> Iterator[Line]:
    read = events.iterator(chunk_size=csv.ROWS_AT_ONCE)
    while some := list(islice(read, csv.ROWS_AT_ONCE)):
        yield from presenting.lines(some)


def _json_lines(events: EventQuerySet) -> Iterator[bytes]:
    """The exact bytes under the seal of each event, one a line: canonical JSON has no line breaks in it."""
    for canonical in events.values_list("canonical", flat=True).iterator(chunk_size=csv.ROWS_AT_ONCE):
        yield bytes(canonical) + b"\n"


@require_safe
def detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    seen = Event.objects.visible_to(request.user)
    event = get_object_or_404(seen, uid=uid)
    cause = seen.filter(uid=event.cause).first() if event.cause else None
    earlier, later = seen.beside(event)
    told = [event, cause] if cause else [event]
    names = presenting.names_in(told)
    line, *outer = presenting.lines(told, names)
    return render(
        request,
        "audit/event_detail.html",
        {
            "event": event,
            "line": line,
            "earlier": earlier,
            "later": later,
            "outer": outer[0] if outer else None,
            "on_behalf_of": presenting.name_of(event.on_behalf_of, names) if event.on_behalf_of else "",
            "facts": presenting.facts_of(event),
            "canonical": bytes(event.canonical).decode(),
            "mac": f"hmac-sha256:{bytes(event.mac).hex()}",
            "place": tree.index_of(event),
            "leaf": merkle.leaf_hash(bytes(event.canonical)).hex(),
            "stands": record.of(request),
            "changed": differences.of(event),
        },
    )


@require_safe
def proof(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The inclusion proof of one event, to be kept beside its bytes."""
    event = get_object_or_404(Event.objects.visible_to(request.user), uid=uid)
    written = checkpoints.proof_of(event)
    if written is None:
        messages.warning(request, "Nothing that is signed covers this event yet. Try again in a minute.")
        return redirect("audit:event_detail", uid)
    return downloads.text(f"event-{event.pk}.tlog-proof", written)


@require_safe
def content(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The bytes that the proof is about, as they are."""
    event = get_object_or_404(Event.objects.visible_to(request.user), uid=uid)
    return downloads.whole(f"event-{event.pk}.json", "application/json", bytes(event.canonical))


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """What was signed last, as a file to keep where nobody of the portal gets at it."""
    newest = checkpoints.newest()
    if newest is None:
        messages.warning(request, "Nothing is signed yet. Try again in a minute.")
        return redirect("audit:event_list")
    name = anchors.name_of(newest).replace("/", "-")
    return downloads.text(name, newest.note)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """What everybody checks checkpoints with. Who relies on it compares it with a copy from elsewhere."""
    return HttpResponse(f"{signing.verifier()}\n", content_type="text/plain; charset=utf-8")


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks evidence without the portal."""
    return downloads.whole(evidence.VERIFIER.name, "text/x-python; charset=utf-8", evidence.VERIFIER.read_bytes())


@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """How the record stands, alone: what the page shows of a proof that runs, as it goes on."""
    context = {"integrity": integrity.of(request), "may_export": request.user.has_perm(WHOLE)}
    return render(request, "audit/_integrity.html", context)


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Asks the worker for the whole proof, which takes a while in a large ledger."""
    ledger_actions.ask_verification(by=request.user)
    messages.info(request, "You asked for the ledger to be verified. How far that is, and what it found, stands here.")
    return redirect("audit:event_list")


@require_POST
def bundle(request: HttpRequest) -> HttpResponseBase:
    """Evidence of everything, or of the subject that the form names, as one file."""
    scope = _scope(request)
    if not scope.stream and record.of(request).size > MOST_AT_ONCE:
        messages.error(request, "The whole ledger is too long for a page. Use manage.py ledger_export on the server.")
        return redirect("audit:event_list")
    try:
        proved_with = ledger_actions.record_export(scope=scope, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("audit:event_list")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it once it is sent
    try:
        bundles.write(file, scope, proved_with)
    except tree.Damaged as damage:
        messages.error(request, f"{damage}. Evidence of the whole ledger can still be taken out.")
        return redirect("audit:event_list")
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=_file_name(scope))


def _file_name(scope: Scope) -> str:
    about = f"{slugify(scope.about)[:60]}-" if scope.stream else ""
    return f"gatehouse-evidence-{about}{timezone.localdate():%Y-%m-%d}.zip"


def _scope(request: HttpRequest) -> Scope:
    about = request.POST.get("about", "")
    if not about:
        return Scope()
    event = Event.objects.filter(stream=about).first()
    if event is None:
        raise Http404("Nothing of this name is in the ledger.")
    root = Event.objects.filter(subject=about).order_by("subject_number").first() or event
    return Scope(about=root.label if kinds.is_open_to_all(root.kind) else about, stream=about)
