"""Search over everything one can go to: a page of its own, and the same results for the palette."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.finding import find


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    return _found(request, "governance/search.html")


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The options of the palette, as a piece of a page."""
    return _found(request, "governance/_palette_options.html")


def _found(request: HttpRequest, template: str) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    return render(request, template, {"text": text, "groups": find(request.user, text)})
