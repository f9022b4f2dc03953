"""What the pages of this room share: showing a page, and saying no after a button without a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from audit import refusals

ROWS = 50


def page(request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    return render(request, f"approvals/{template}", context, status=422 if refused else 200)


def say_no(request: HttpRequest, refusal: ValidationError) -> None:
    """Each objection as a message on the page that comes next."""
    for objection in refusals.each(refusal):
        messages.error(request, " ".join(objection.messages))


def rows_of(request: HttpRequest, found: QuerySet | Sequence) -> Page:
    return Paginator(found, ROWS).get_page(request.GET.get("page"))


def turning(request: HttpRequest, rows: Page) -> dict[str, str]:
    """Addresses of the pages before and after, with the same conditions, and which rows these are."""
    return {
        "previous_url": _at(request, rows.previous_page_number()) if rows.has_previous() else "",
        "next_url": _at(request, rows.next_page_number()) if rows.has_next() else "",
        "count": f"{rows.start_index()}–{rows.end_index()} of {rows.paginator.count}",
    }


def _at(request: HttpRequest, number: int) -> str:
    return with_query(request, page=str(number))


def with_query(request: HttpRequest, **changes: str) -> str:
    """The query of this address with some values changed; "" takes one out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
