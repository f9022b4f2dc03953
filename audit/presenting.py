"""Events as sentences for readers: who did what, with names looked up when shown, since the ledger holds only ids."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from audit import kinds, record
from audit.kinds import Kind
from audit.models import Event
from audit.record import Record, State

UNSAID = "…"
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Line:
    """An event as a timeline or the ledger page prints it: `who`, then `sentence`. Plain text, escaped by templates.

    `proof` says whether what was signed covers it, `in` or `waiting`; "" where that is not shown.
    """

    event: Event
    who: str
    sentence: str
    label: str
    icon: str
    state: str
    at: datetime.datetime
    url: str
    proof: str = ""


@dataclass(frozen=True)
class Fact:
    name: str
    value: str
    is_digest: bool


class _Words(dict):
    """What a sentence may name; something the event does not say is shown as left out."""

    def __missing__(self, key: str) -> str:
        return UNSAID


def lines(events: Iterable[Event], names: Mapping[uuid.UUID, str] | None = None) -> list[Line]:
    """One line an event, in the given order. Without `names`, one statement reads them for all."""
    listed = list(events)
    known = names_in(listed) if names is None else names
    return [_line(event, known) for event in listed]


def proved_lines(events: Iterable[Event], stands: Record) -> list[Line]:
    """With each line whether what was signed covers the event; their leaves are read with them. Of a ledger that is not
    what was signed nothing is said of any one event."""
    if stands.state is State.HALTED:
        return lines(events)
    return [replace(line, proof="in" if record.covers(stands, line.event) else "waiting") for line in lines(events)]


def by_day(listed: Iterable[Line]) -> list[tuple[datetime.date, list[Line]]]:
    """The lines under the day, in the reader's time zone, on which each happened."""
    return [(day, list(of_day)) for day, of_day in groupby(listed, key=lambda line: timezone.localdate(line.at))]


def names_in(events: Iterable[Event]) -> dict[uuid.UUID, str]:
    """Names of everybody who acts in these events, or whom they are about, in one statement."""
    people = {
        person for event in events for person in (event.actor, event.on_behalf_of, subject_person(event)) if person
    }
    return dict(get_user_model()._default_manager.filter(pk__in=people).values_list("pk", "name")) if people else {}


def name_of(person: uuid.UUID, names: Mapping[uuid.UUID, str]) -> str:
    """The name, or the ledger's own words for somebody whose name is not known or was forgotten."""
    return names.get(person) or f"person {str(person)[:8]}"


def label_of(event: Event, names: Mapping[uuid.UUID, str]) -> str:
    """The event's subject for readers."""
    person = subject_person(event)
    return name_of(person, names) if person else event.label


def subject_person(event: Event) -> uuid.UUID | None:
    """The person this event is about, None when it is about something else."""
    table, _, key = event.subject.partition(":")
    return uuid.UUID(key) if table == get_user_model()._meta.label_lower else None


def kind_of(event: Event) -> Kind:
    """Its declared kind; one that is no longer declared is shown by its name, since the past outlives the code."""
    try:
        return kinds.declared(event.kind)
    except KeyError:
        return Kind(event.kind, f"{event.kind}: {{label}}")


def facts_of(event: Event) -> list[Fact]:
    """Everything the event says beyond who, what and when, one fact a line."""
    return _flat("", event.facts)


def _flat(name: str, value: Any) -> list[Fact]:
    if isinstance(value, Mapping):
        return [fact for key, inner in value.items() for fact in _flat(f"{name} {key}".strip(), inner)]
    text = _in_words(value)
    return [Fact(name.replace("_", " "), text, is_digest=bool(SHA256.fullmatch(text)))]


def _line(event: Event, names: Mapping[uuid.UUID, str]) -> Line:
    kind = kind_of(event).told_of(event.facts)
    label = label_of(event, names)
    return Line(
        event=event,
        who=name_of(event.actor, names),
        sentence=_sentence(kind, event).format_map(_Words(_facts_in_words(event.facts), label=label)),
        label=label,
        icon=kind.icon,
        state=kind.state,
        at=event.at,
        url=reverse("audit:event_detail", args=[event.uid]),
    )


def _sentence(kind: Kind, event: Event) -> str:
    return kind.of_oneself if kind.of_oneself and subject_person(event) == event.actor else kind.sentence


def _facts_in_words(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: kinds.in_words(name, _in_words(value)) for name, value in facts.items()}


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(item) for item in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return UNSAID if value is None else str(value)
