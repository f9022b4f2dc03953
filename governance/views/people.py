"""Who belongs to the organisation, for administrators."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from governance import invitations
from governance.forms import SENTENCES, PersonForm
from governance.roles import BY_SLUG
from registry.actions import people
from registry.models import Person
from registry.views.doors import put_refusal

PAGE_SIZE = 50


@dataclass(frozen=True)
class Row:
    person: Person
    roles: list[str]
    teams: list[str]


@require_safe
def list_people(request: HttpRequest) -> HttpResponse:
    page = Paginator(_people(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request, "governance/person_list.html", {"page": page, "rows": [_row(person) for person in page.object_list]}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The answer to a form that was taken shows the one-time link, which is kept nowhere."""
    form = PersonForm(request.POST or None)
    if form.is_valid() and (added := _added(form, request.user)):
        context = {"added": added, "link": invitations.link_for(added), "days": invitations.days_valid()}
        return render(request, "governance/person_added.html", context)
    context = {"form": form, "sentences": SENTENCES}
    return render(request, "governance/person_add.html", context, status=422 if form.errors else 200)


def _added(form: PersonForm, by: Person) -> Person | None:
    try:
        return people.invite_person(**form.for_action(), by=by)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


def _people() -> QuerySet[Person]:
    return (
        Person.objects.exclude(kind=Person.Kind.SYSTEM)
        .order_by("name", "username")
        .prefetch_related("role_grants", "memberships__team")
    )


def _row(person: Person) -> Row:
    held = {grant.role for grant in person.role_grants.all()}
    titles = [role.title for slug, role in BY_SLUG.items() if slug in held]
    return Row(person, titles, sorted(membership.team.name for membership in person.memberships.all()))
