"""Teams: all of them, and one with its people and models."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from audit import presenting
from audit.models import Event
from audit.paging import page_of
from governance.forms.people import TeamForm
from governance.roles import BY_SLUG
from governance.views.people.finding import tried
from registry.actions import people
from registry.models import AIModel, Person, Team, TeamMembership

FORM = ["GET", "HEAD", "POST"]
LATEST = 8


@require_safe
def list_teams(request: HttpRequest) -> HttpResponse:
    page = page_of(request.GET, Team.objects.all(), ("name", "id"), noun="team")
    members = TeamMembership.objects.filter(team__in=page.rows, person__is_active=True)
    sizes = {"members": _by_team(members), "models": _by_team(AIModel.objects.filter(team__in=page.rows))}
    rows = [(team, sizes["members"].get(team.pk, 0), sizes["models"].get(team.pk, 0)) for team in page.rows]
    return render(request, "governance/team_list.html", {"page": page, "rows": rows})


@require_safe
def detail(request: HttpRequest, team: str) -> HttpResponse:
    found = get_object_or_404(Team, slug=team)
    members = Person.objects.filter(memberships__team=found).prefetch_related("role_grants")
    page = page_of(request.GET, members, ("name", "username"), noun="member")
    context = {
        "team": found,
        "page": page,
        "members": [(person, _titles(person)) for person in page.rows],
        "models": AIModel.objects.filter(team=found).count(),
        "latest": presenting.lines(Event.objects.about(found)[:LATEST]),
    }
    return render(request, "governance/team_detail.html", context)


@require_http_methods(FORM)
def create(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if form.is_valid() and (team := tried(form, people.create_team, by=request.user, **form.cleaned_data)):
        messages.success(request, f"The team {team} is created. Put people into it on their pages.")
        return redirect("governance:team_detail", team.slug)
    return render(request, "governance/team_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(FORM)
def rename(request: HttpRequest, team: str) -> HttpResponse:
    found = get_object_or_404(Team, slug=team)
    form = TeamForm(request.POST or None, initial={"name": found.name})
    if form.is_valid() and tried(form, people.rename_team, team=found, by=request.user, **form.cleaned_data):
        messages.success(request, f"The team is now called {form.cleaned_data['name']}.")
        return redirect("governance:team_detail", team)
    context = {"form": form, "team": found}
    return render(request, "governance/team_form.html", context, status=422 if form.errors else 200)


def _by_team(rows: QuerySet) -> dict[int, int]:
    return dict(rows.order_by().values_list("team").annotate(Count("pk")))


def _titles(person: Person) -> list[str]:
    held = {grant.role for grant in person.role_grants.all()}
    return [role.title for slug, role in BY_SLUG.items() if slug in held]
