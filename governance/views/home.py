"""The first page: what waits for the person signed in, or how an empty portal is begun."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance import visits
from governance.context import duties_of
from governance.my_work import first_steps, news, subjects, versions, waiting
from registry.models import AIModel, Person


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    person = request.user
    if not person.is_authenticated:
        return _first_visit(request)
    if not AIModel.objects.visible_to(person).exists():
        return render(request, "governance/welcome.html", {"steps": first_steps.of(person)})
    return render(request, "governance/home.html", _my_work(request, person))


def _first_visit(request: HttpRequest) -> HttpResponse:
    if Person.objects.filter(kind=Person.Kind.HUMAN).exists():
        return redirect("account_login")
    return render(request, "governance/setup.html")


def _my_work(request: HttpRequest, person: Person) -> dict[str, Any]:
    duties = duties_of(request)
    mine = subjects.of(person, duties)
    outlooks = versions.mine(person, mine, duties.decided)
    return {
        "lead": waiting.lead(duties),
        "duties": duties,
        "waiting": waiting.rows(duties),
        "releases": versions.to_release(person, duties.decided),
        "outlooks": outlooks[: versions.MOST],
        "has_more_versions": len(outlooks) > versions.MOST,
        "may_register": first_steps.may_register(person),
        "news": news.of(person, mine, visits.since(request)),
    }
