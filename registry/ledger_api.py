"""The ledger over REST: events as they were sealed, and what proves them. `registry.tokens` finds who calls."""

from __future__ import annotations

import datetime
import uuid
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, Field

from audit import checkpoints, downloads, merkle, signing, tree
from audit.filters import EventFilter
from audit.models import Checkpoint, Event
from registry import schemas
from registry.models import Person
from registry.problems import Refused, declared, not_found
from registry.schemas import Limit

router = Router(tags=["Ledger"])

Kind = schemas.text(110, 1, r"^[a-z_.]+$")
Reference = schemas.text(100, 1, r"^[a-z]+\.[a-z]+:[0-9a-f-]+$")
Place = Annotated[int, Field(ge=0, le=2**53 - 1)]
Number = Annotated[int, Field(ge=1, le=2**53 - 1)]
Text = {200: str}
SOON = "Wait a minute, then ask again."


class EventOut(BaseModel):
    """`place` is that of its leaf in the tree, null for a moment; `facts` is what it says beyond who, what and when."""

    number: int
    id: uuid.UUID
    kind: str
    subject: str
    subject_number: int
    stream: str
    label: str
    actor: uuid.UUID
    on_behalf_of: uuid.UUID | None
    reason: str
    at: datetime.datetime
    request_id: str
    cause: uuid.UUID | None
    facts: dict[str, Any]
    place: int | None

    @classmethod
    def of(cls, event: Event) -> EventOut:
        leaf = getattr(event, "leaf", None)
        described = {name: getattr(event, name) for name in cls.model_fields if name not in ("number", "id", "place")}
        return cls(number=event.pk, id=event.uid, place=leaf.index if leaf else None, **described)


class EventPage(BaseModel):
    items: list[EventOut]
    next: int | None = Field(description="`before` of the next page; null on the last")


class SealedEvent(EventOut):
    canonical: str = Field(
        description="The exact text that was sealed (RFC 8785). The leaf is SHA-256 of 0x00 and its bytes."
    )


class Consistency(BaseModel):
    """RFC 6962 section 2.1.2, each hash as hexadecimal digits."""

    old: int
    new: int
    old_root: str
    new_root: str
    proof: list[str]


@router.get(
    "/ledger/events", operation_id="list_events", summary="List events", response={200: EventPage, **declared(422)}
)
def list_events(
    request: HttpRequest,
    kind: Kind | None = None,
    subject: Reference | None = None,
    stream: Reference | None = None,
    q: schemas.Line = "",
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    before: Number | None = None,
    limit: Limit = schemas.PAGE,
) -> EventPage:
    """The newest first, of those that the caller may see. `stream` is a model with all that belongs to it, such as
    `registry.aimodel:7`; `kind` finds its refused attempts too; `since` and `until` are days in UTC."""
    found = Event.objects.visible_to(request.auth).select_related("leaf")
    asked = {"kind": kind, "subject": subject, "q": q, "since": since, "until": until}
    conditions = EventFilter({name: value for name, value in asked.items() if value}, queryset=found)
    if not conditions.is_valid():
        raise ValidationError(conditions.form.errors.as_data())
    with timezone.override(datetime.UTC):  # pages ask for days of their reader's zone
        found = conditions.qs.filter(stream=stream) if stream else conditions.qs
    if before:
        found = found.filter(pk__lt=before)
    page = list(found.order_by("-pk")[: limit + 1])
    items = [EventOut.of(event) for event in page[:limit]]
    return EventPage(items=items, next=items[-1].number if len(page) > limit else None)


@router.get(
    "/ledger/events/{uid}",
    operation_id="get_event",
    summary="One event",
    response={200: SealedEvent, **declared(404, 422)},
)
def get_event(request: HttpRequest, uid: uuid.UUID) -> SealedEvent:
    event = _event(request.auth, uid)
    return SealedEvent(canonical=bytes(event.canonical).decode(), **EventOut.of(event).model_dump())


@router.get(
    "/ledger/events/{uid}/proof",
    operation_id="prove_event",
    summary="Prove one event",
    response={**Text, **declared(404, 409, 422)},
)
def prove_event(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Its inclusion proof with the checkpoint it is proved with, at most 2 KB: C2SP tlog-proof as plain text."""
    event = _event(request.auth, uid)
    proof = checkpoints.proof_of(event)
    if proof is None:
        raise Refused(409, "not-signed", "Nothing that is signed covers this event yet.", remedy=SOON)
    return downloads.text(f"event-{event.pk}.tlog-proof", proof)


@router.get(
    "/ledger/checkpoint",
    operation_id="get_checkpoint",
    summary="The newest checkpoint",
    response={**Text, **declared(409)},
)
def get_checkpoint(request: HttpRequest) -> HttpResponse:
    """What was signed last: a C2SP tlog-checkpoint as plain text. Keep it where nobody of the portal gets at it."""
    newest = checkpoints.newest()
    if newest is None:
        raise _unsigned()
    return HttpResponse(newest.note, content_type="text/plain; charset=utf-8")


@router.get(
    "/ledger/consistency",
    operation_id="prove_consistency",
    summary="Prove that the ledger only grew",
    response={200: Consistency, **declared(409, 422)},
)
def prove_consistency(request: HttpRequest, old: Place = 0, new: Place | None = None) -> Consistency:
    """That the tree of `old` events, of which a checkpoint may speak, is the beginning of the one of `new` events. That
    is all of it unless you say otherwise."""
    size = tree.size()
    new = size if new is None else new
    if not old <= new <= size:
        raise Refused(409, "no-such-sizes", f"The ledger has {size} events: old ≤ new ≤ {size}.")
    return Consistency(
        old=old,
        new=new,
        old_root=merkle.root(old, tree.read).hex(),
        new_root=merkle.root(new, tree.read).hex(),
        proof=[each.hex() for each in merkle.consistency_proof(old, new, tree.read)],
    )


@router.get(
    "/ledger/key", operation_id="get_ledger_key", summary="The key of the ledger", response={**Text, **declared(409)}
)
def get_ledger_key(request: HttpRequest) -> HttpResponse:
    """What checkpoints are checked with, `origin+id+key`. Compare it with a copy that you got otherwise."""
    if not Checkpoint.objects.exists():
        raise _unsigned()
    return HttpResponse(f"{signing.verifier()}\n", content_type="text/plain; charset=utf-8")


def _event(person: Person, uid: uuid.UUID) -> Event:
    event = Event.objects.visible_to(person).select_related("leaf").filter(uid=uid).first()
    if event is None:
        raise not_found("event with this id")
    return event


def _unsigned() -> Refused:
    return Refused(409, "not-signed", "Nothing of the ledger is signed yet.", remedy=SOON)
