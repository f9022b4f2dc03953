"""The first page: what waits for the person signed in, or how an empty portal is begun."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from governance import recorders, visits
from governance.context import duties_of
from governance.my_work import first_steps, news, subjects, versions, waiting
from governance.my_work.first_steps import FirstSteps
from registry import preferences
from registry.models import Person


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    person = request.user
    if not person.is_authenticated:
        return _first_visit(request)
    steps = first_steps.of(person)
    if steps is None:
        return render(request, "governance/no_role.html")
    return render(request, "governance/home.html", _my_work(request, person, steps))


@require_safe
def show_first_steps(request: HttpRequest) -> HttpResponse:
    return render(request, "governance/first_steps.html", {"steps": first_steps.of(request.user)})


@require_POST
def put_first_steps_away(request: HttpRequest) -> HttpResponse:
    preferences.put_away(person=request.user, part=first_steps.PART)
    messages.success(request, "The first steps are hidden. They stay on your account page, under First steps.")
    return redirect("governance:home")


@require_POST
def bring_first_steps_back(request: HttpRequest) -> HttpResponse:
    preferences.bring_back(person=request.user, part=first_steps.PART)
    messages.success(request, "My work shows the first steps again, until they are done.")
    return redirect("governance:home")


def _first_visit(request: HttpRequest) -> HttpResponse:
    if Person.objects.filter(kind=Person.Kind.HUMAN).exists():
        return redirect("account_login")
    return render(request, "governance/setup.html")


def _my_work(request: HttpRequest, person: Person, steps: FirstSteps) -> dict[str, Any]:
    duties = duties_of(request)
    mine = subjects.of(person, duties)
    outlooks = versions.mine(person, mine, duties.decided)
    releases = versions.to_release(person, duties.decided)
    return {
        "steps": steps,
        "lead": waiting.lead(duties, ready=len(releases)),
        "duties": duties,
        "waiting": waiting.rows(duties),
        "releases": releases,
        "outlooks": outlooks[: versions.MOST],
        "recorders": recorders.of(outlooks[: versions.MOST]),
        "has_more_versions": len(outlooks) > versions.MOST,
        "may_register": first_steps.may_register(person),
        "news": news.of(person, mine, visits.since(request)),
    }
