"""What the shell around every page shows: where one may go, where one is, and as whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from approvals import duties
from approvals.duties import Duties
from audit import halts, record
from audit.record import Record, State
from governance.looks.numbers import counted
from governance.looks.times import when_text
from governance.roles import LEDGER, MANAGE, VIEW, roles_of
from registry.models import Person

HOME = "governance:home"
STRIPS: dict[State, tuple[str, str]] = {
    State.INTACT: ("ok", "Record intact, {read}, verified {verified}"),
    State.UNVERIFIED: ("quiet", "Record signed, {events}, not verified yet"),
    State.OVERDUE: ("warn", "Record last verified {verified}, {read}"),
    State.HINDERED: ("warn", "Record not signed at the moment"),
    State.LATE: ("warn", "Record not signed since {signed}"),
    State.BROKEN: ("bad", "Record broken, found {verified}"),
    State.UNREAD: ("warn", "Record verified {verified}, but an anchor could not be read"),
    State.HALTED: ("bad", "Read-only: the record is not what was signed"),
    State.UNSIGNED: ("quiet", "Record not signed yet"),
}


@dataclass(frozen=True)
class Destination:
    """`permission` "" shows it to everybody who is signed in. `also` begins addresses of pages that belong there and
    stand elsewhere."""

    label: str
    url_name: str
    icon: str
    permission: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    current: bool
    count: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    items: list[Item]


DESTINATIONS: tuple[tuple[str, tuple[Destination, ...]], ...] = (
    (
        "",
        (
            Destination("My work", HOME, "home"),
            Destination("Models", "registry:model_list", "models", VIEW, also=("/deployments/", "/assessments/")),
            Destination("Reviews", "approvals:review_list", "review", VIEW, also=("/conditions/",)),
            Destination("Use cases", "registry:use_case_list", "file", VIEW),
            Destination("Performance reviews", "approvals:performance_review_list", "calendar", VIEW),
        ),
    ),
    ("Record", (Destination("Ledger", "audit:event_list", "ledger", LEDGER),)),
    (
        "Set-up",
        (
            Destination("Policies", "approvals:policy_list", "policy", VIEW, also=("/risk-questionnaire/",)),
            Destination("People", "governance:person_list", "users", MANAGE),
            Destination("Roles", "governance:role_list", "shield", VIEW),
            Destination("API tokens", "governance:own_token_list", "key", VIEW, also=("/tokens/",)),
            Destination("Help", "governance:help", "info", VIEW),
            Destination("Style guide", "governance:styleguide", "book", VIEW),
        ),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `person` and `record` of base.html, and `halt`, which visitors are told too who are not signed in."""
    person = getattr(request, "user", None)
    if person is None:
        return {}
    if not person.is_authenticated:
        return {"halt": _halt()}
    stands = record.of(request) if person.has_perm(VIEW) else None
    return {
        "nav": _navigation(request, person),
        "person": {"name": person.name, "roles": _roles_text(person)},
        "record": _strip(stands) if stands else None,
        "halt": _halt_said_by(stands) if stands else _halt(),
    }


def _halt() -> str:
    """Why the portal is read-only, "" when it is not."""
    halt = halts.current()
    return halts.explained(halt.reason) if halt else ""


def _halt_said_by(stands: Record) -> str:
    return halts.explained(stands.reason) if stands.state is State.HALTED else ""


def duties_of(request: HttpRequest) -> Duties:
    """What waits for the person signed in, read once for each request."""
    if not hasattr(request, "duties"):
        request.duties = duties.of(request.user)
    return request.duties


def _navigation(request: HttpRequest, person: Person) -> list[Group]:
    groups = [Group(label, _items(destinations, request, person)) for label, destinations in DESTINATIONS]
    return [group for group in groups if group.items]


def _items(destinations: tuple[Destination, ...], request: HttpRequest, person: Person) -> list[Item]:
    return [
        _item(destination, request)
        for destination in destinations
        if not destination.permission or person.has_perm(destination.permission)
    ]


def _item(destination: Destination, request: HttpRequest) -> Item:
    url = reverse(destination.url_name)
    current = request.path == url if url == "/" else request.path.startswith((url, *destination.also))
    count = duties_of(request).counted if destination.url_name == HOME else ""
    return Item(destination.label, url, destination.icon, current, count)


@dataclass(frozen=True)
class Strip:
    """The one line that says how the record stands."""

    state: str
    text: str
    url: str


def _strip(stands: Record) -> Strip:
    state, text = STRIPS[stands.state]
    said = text.format(
        events=counted(stands.size, "event"),
        read=counted(stands.verified, "event"),
        verified=when_text(stands.verified_at),
        signed=when_text(stands.signed_at),
    )
    return Strip(state, said, reverse("audit:event_list"))


def _roles_text(person: Person) -> str:
    return ", ".join(role.title for role in roles_of(person))
