"""The list of people, and one person: who they are, what they may do, and what happened to them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit import csv, presenting
from audit.models import Event, reference
from audit.paging import CURSORS, Sorting, address, page_of
from governance import exports
from governance.forms.people import PeopleFilterForm, RoleForm
from governance.grants import Given, alone_given, given_roles, givings
from governance.roles import BY_SLUG, Role
from governance.views.people.finding import find_person
from registry import rules
from registry.models import ApiToken, Person, RoleGrant, Team

LATEST = 8
MOST_TOKENS = 50
ORDERS = {
    "name": ("name", "username"),
    "-name": ("-name", "-username"),
    "-added": ("-created_at", "-username"),
    "added": ("created_at", "username"),
}
ORDER_WORDS = {
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-added": "Last added first",
    "added": "First added first",
}


@dataclass(frozen=True)
class Row:
    person: Person
    roles: list[str]
    teams: list[str]


@require_safe
def list_people(request: HttpRequest) -> HttpResponse:
    conditions = PeopleFilterForm(request.GET)
    sorting = Sorting(request.GET, ORDERS, ORDER_WORDS)
    page = page_of(request.GET, conditions.narrow(_people()), sorting.order, noun="account")
    teams = list(Team.objects.values_list("slug", "name"))
    context = {
        "chosen": conditions.chosen,
        "conditions": conditions,
        "teams": teams,
        "applied": _applied(request, conditions, dict(teams)),
        "page": page,
        "sorting": sorting,
        "rows": [_row(person) for person in page.rows],
    }
    return render(request, "governance/person_list.html", context)


@require_safe
def download_people(request: HttpRequest) -> HttpResponseBase:
    live = Q(tokens__in=ApiToken.objects.live())
    people = PeopleFilterForm(request.GET).narrow(_people()).annotate(live_tokens=Count("tokens", filter=live))
    ordered = people.order_by(*Sorting(request.GET, ORDERS).order)
    return csv.download("people", exports.PEOPLE, ordered.iterator(csv.ROWS_AT_ONCE))


def _people() -> QuerySet[Person]:
    return Person.objects.known().prefetch_related("role_grants", "memberships__team")


def _row(person: Person) -> Row:
    return Row(person, exports.roles_of(person), exports.teams_of(person))


def _applied(request: HttpRequest, conditions: PeopleFilterForm, teams: dict[str, str]) -> list[dict[str, str]]:
    words = {"role": dict(conditions.ROLES), "team": teams, "account": dict(conditions.ACCOUNTS)}
    words["kind"] = dict(conditions.KINDS)
    return [
        {
            "key": key,
            "value": words.get(key, {}).get(value, value),
            "url": address(request.GET, leave_out=(key, *CURSORS)),
        }
        for key, value in conditions.chosen.items()
        if value
    ]


@dataclass(frozen=True)
class Held:
    """A role the person holds, and who gave it; None when the ledger does not say. `is_given_alone` when it lets them
    decide about others and no second administrator stands behind it; `against_confirming` is why the reader cannot."""

    role: Role
    given: Given | None
    is_given_alone: bool = False
    against_confirming: str = ""


@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    latest, given = list(Event.objects.about(person)[:LATEST]), givings([person])
    names = presenting.names_in([*latest, *given])
    teams = list(Team.objects.all())
    context = {
        "subject": person,
        "is_pipeline": person.kind == Person.Kind.SERVICE,
        "held": _held(person, given_roles(given, names), request.user),
        "accounts": list(Person.objects.accounts_of(person).exclude(pk=person.pk)),
        "free_roles": RoleForm(person=person).fields["role"].choices,
        "teams": [team for team in teams if team.pk in person.standing.teams],
        "free_teams": [(team.pk, team.name) for team in teams if team.pk not in person.standing.teams],
        "tokens": list(ApiToken.objects.filter(person=person).order_by("-created_at")[:MOST_TOKENS]),
        "against": _against(person, request.user),
        "latest": presenting.lines(latest, names),
        "reference": reference(person),
    }
    return render(request, "governance/person_detail.html", context)


def _held(person: Person, given: dict[tuple[uuid.UUID, str], Given], reader: Person) -> list[Held]:
    givers = alone_given(person)
    return [
        Held(
            role,
            given.get((person.pk, slug)),
            is_given_alone=role.is_confirmed_by_two and slug in givers,
            against_confirming=_first(
                rules.against_confirming_role(person, waits=True, givers=givers.get(slug, set()), by=reader)
            ),
        )
        for slug, role in BY_SLUG.items()
        if slug in person.standing.roles
    ]


def _against(person: Person, by: Person) -> dict[str, str]:
    """Why a button of the page does nothing now; "" where it does."""
    administers = RoleGrant.ADMIN in person.standing.roles
    administrators = set(Person.objects.administrators().values_list("pk", flat=True)) if administers else set()
    deactivating = rules.against_deactivating(person, reason="asked later", administrators=administrators, by=by)
    return {
        "deactivating": _first(deactivating),
        "resetting": _first(rules.against_resetting(person, by=by)),
        "rights": _first(rules.against_joining(person, is_in=False, by=by)),
    }


def _first(objections: list[ValidationError]) -> str:
    return objections[0].message if objections else ""
