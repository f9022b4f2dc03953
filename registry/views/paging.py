"""One page of a list whose filters stand in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

ROWS = 50


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    total: int
    count: str
    previous_url: str
    next_url: str


def page_of(request: HttpRequest, queryset: QuerySet | Sequence[Any], rows: int = ROWS) -> Page:
    """The page that the address asks for, else the nearest there is. Two statements: how many, and which."""
    paginator = Paginator(queryset, rows)
    page = paginator.get_page(request.GET.get("page"))
    several = paginator.num_pages > 1
    return Page(
        rows=list(page.object_list),
        total=paginator.count,
        count=f"{page.start_index()}–{page.end_index()} of {paginator.count}" if several else "",
        previous_url=_address(request, page.number - 1) if page.has_previous() else "",
        next_url=_address(request, page.number + 1) if page.has_next() else "",
    )


def _address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
