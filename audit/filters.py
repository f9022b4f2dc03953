"""Which events a reader asks for. Conditions and page both stand in the address, so that they can be sent to others."""

from __future__ import annotations

import datetime
import re
import uuid
from dataclasses import dataclass

import django_filters
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from audit import kinds
from audit.models import Event, EventQuerySet, Leaf, StreamWord, reference_of
from audit.paging import CURSORS, MOST_COUNTED, NO_BREAK, address
from audit.words import few_having, having

ORDERS = {"-number": ("-pk",), "number": ("pk",)}
NEWEST_FIRST = ORDERS["-number"]
MOST_OFFERED = 500
#: "17", "event 1 234" and "place 16", the last one of the tree.
NUMBERED = re.compile(r"(?P<what>event |place |#)?(?P<number>[0-9]{1,18})", re.IGNORECASE)
#: The beginning of somebody's id that the ledger calls them by where it has no name, or all of it.
PERSON_ID = re.compile(
    r"(?:person )?(?P<digits>[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|[0-9a-f]{8})", re.IGNORECASE
)
ONE_DAY = datetime.timedelta(days=1)
#: Days whose midnights, theirs and the next one's, can be told in every time zone.
POSSIBLE_DAYS = [MinValueValidator(datetime.date.min + ONE_DAY), MaxValueValidator(datetime.date.max - ONE_DAY)]


@dataclass(frozen=True)
class Applied:
    """A condition in force, and the address without it."""

    key: str
    value: str
    url: str


class EventFilter(django_filters.FilterSet):
    """The ledger page's conditions. One kind finds its refused attempts too."""

    q = django_filters.CharFilter(method="matching", label="Search")
    kind = django_filters.ChoiceFilter(choices=lambda: kind_choices(), method="of_kind", label="What")
    room = django_filters.ChoiceFilter(choices=lambda: room_choices(), method="in_room", label="Area")
    actor = django_filters.CharFilter(method="by_actor", label="Person")
    subject = django_filters.CharFilter(label="Subject")
    environment = django_filters.ChoiceFilter(
        choices=lambda: environment_choices(), method="in_environment", label="Environment"
    )
    since = django_filters.DateFilter(method="from_day", label="From", validators=POSSIBLE_DAYS)
    until = django_filters.DateFilter(method="to_day", label="To", validators=POSSIBLE_DAYS)

    class Meta:
        model = Event
        fields: list[str] = []

    def matching(self, events: EventQuerySet, name: str, text: str) -> EventQuerySet:
        """By what it is about, from the beginning of a word on; by what happened, and by people: what they did and what
        was done to them; by its number, its place in the tree, or its id."""
        called = people_called(text)
        about = [reference_of(get_user_model(), key) for key in called]
        otherwise = Q(kind__in=kinds_called(text)) | Q(actor__in=called) | Q(subject__in=about) | _named(text)
        streams = few_having(text, StreamWord)
        if streams is not None and _are_few(events.filter(otherwise)):
            # Each way by an index of its own. Of many, reading on from the newest one fills a page sooner.
            named = Q(stream__in=streams)
        else:
            # PostgreSQL does not look into a CASE; it would gather every event of every stream that has the words.
            named = Q(Case(When(having(text, StreamWord, of="stream"), then=Value(True)), default=Value(False)))
        return events.filter(Q(named, label__icontains=text) | otherwise)

    def of_kind(self, events: EventQuerySet, name: str, kind: str) -> EventQuerySet:
        return events.filter(kind__in=[kind, kinds.refusal_name(kind)])

    def in_room(self, events: EventQuerySet, name: str, room: str) -> EventQuerySet:
        return events.filter(kind__startswith=f"{room}.")

    def in_environment(self, events: EventQuerySet, name: str, environment: str) -> EventQuerySet:
        return events.filter(kind__in=kinds.telling("environment"), facts__environment=environment)

    def by_actor(self, events: EventQuerySet, name: str, person: str) -> EventQuerySet:
        """Somebody by their whole name or user name, or by their id, else everybody who is called a little like it."""
        people = get_user_model()._default_manager.filter(Q(username__iexact=person) | Q(name__iexact=person))
        if keys := list(people.values_list("pk", flat=True)):
            return events.filter(actor__in=keys)
        if written := PERSON_ID.fullmatch(person):
            return events.filter(actor__range=_ids_beginning_with(written["digits"]))
        return events.filter(actor__in=people_called(person))

    def from_day(self, events: EventQuerySet, name: str, day: datetime.date) -> EventQuerySet:
        return events.filter(at__gte=_midnight(day))

    def to_day(self, events: EventQuerySet, name: str, day: datetime.date) -> EventQuerySet:
        return events.filter(at__lt=_midnight(day + ONE_DAY))

    def applied(self) -> list[Applied]:
        """The conditions that were understood and are in force."""
        return [
            Applied(
                self.filters[name].label, self._in_words(name, value), address(self.data, leave_out=(name, *CURSORS))
            )
            for name, value in self.form.cleaned_data.items()
            if value
        ]

    def stated(self) -> dict[str, str]:
        """The conditions in force as the address writes them."""
        return {name: str(value) for name, value in self.form.cleaned_data.items() if value}

    def _in_words(self, name: str, value: object) -> str:
        return dict(getattr(self.form.fields[name], "choices", ())).get(value, str(value))


def _are_few(events: EventQuerySet) -> bool:
    return events.order_by().values("pk")[: MOST_COUNTED + 1].count() <= MOST_COUNTED


def _named(text: str) -> Q:
    """The one event that the text names outright, if it does."""
    if written := NUMBERED.fullmatch(text.replace(NO_BREAK, "")):
        number = int(written["number"])
        is_place = (written["what"] or "").lower() == "place "
        return Q(pk__in=Leaf.objects.filter(index=number).values("event")) if is_place else Q(pk=number)
    try:
        return Q(uid=uuid.UUID(text))
    except ValueError:
        return Q(pk__in=[])


def _ids_beginning_with(digits: str) -> tuple[uuid.UUID, uuid.UUID]:
    digits = digits.replace("-", "")
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))


def people_called(text: str) -> list[uuid.UUID]:
    """The keys of people whose name or user name has the words of `text`."""
    called = get_user_model()._default_manager.matching(text)
    return list(called.values_list("pk", flat=True)[:MOST_OFFERED])


def kinds_called(text: str) -> list[str]:
    """The kinds whose name has `text` in it, refusals among them."""
    names = (name for kind in kinds.every() for name in (kind.name, kinds.refusal_name(kind.name)))
    return [name for name in names if text.lower() in name]


def kind_choices() -> list[tuple[str, str]]:
    """Each kind by its title, with the name that API and timelines use beside it."""
    return sorted(((kind.name, f"{kind.title} · {kind.name}") for kind in kinds.every()), key=lambda choice: choice[1])


def environment_choices() -> list[tuple[str, str]]:
    return [(value, words.capitalize()) for value, words in kinds.words_for("environment").items()]


def room_choices() -> list[tuple[str, str]]:
    return sorted({(room, room.capitalize()) for room in (kind.name.partition(".")[0] for kind in kinds.every())})


def actor_choices() -> list[tuple[str, str]]:
    """User names and names to pick from; somebody who is not among them can be typed."""
    return list(get_user_model()._default_manager.order_by("name").values_list("username", "name")[:MOST_OFFERED])


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
