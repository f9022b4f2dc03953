"""What one needs to find one's way: what one's roles do and where, what words mean, and whom to ask."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from approvals import own_stages
from governance import manual
from governance.guides import EVERY, guide_named, guide_of
from governance.roles import roles_of
from registry.models import Person


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    mine = roles_of(request.user)
    context = {
        "mine": [(role, guide_of(role)) for role in mine],
        "guides": EVERY,
        "own_stages": [each for each in own_stages.in_force() if not each.stage.is_known],
        "administrators": list(Person.objects.administrators()),
    }
    return render(request, "governance/help.html", context)


@require_safe
def show_guide(request: HttpRequest, guide: str) -> HttpResponse:
    found = guide_named(guide)
    if found is None:
        raise Http404("There is no such guide.")
    try:
        markup = manual.page_of(found)
    except FileNotFoundError as missing:
        raise Http404(f"docs/{found.file} was not brought along.") from missing
    return render(request, "governance/guide.html", {"guide": found, "markup": markup, "guides": EVERY})
