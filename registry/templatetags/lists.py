"""What every list page offers beside its rows: the reader's saved views of it."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.template import Context

from registry.models import SavedView
from registry.preferences import plain_query

register = template.Library()


@dataclass(frozen=True)
class Views:
    """The reader's views of one list. `current` is the one that the address says; `query` is what could be saved."""

    page: str
    query: str
    saved: list[SavedView]

    @property
    def current(self) -> SavedView | None:
        return next((view for view in self.saved if view.query == self.query), None)


@register.simple_tag(takes_context=True)
def saved_views(context: Context, page: str) -> Views:
    request = context["request"]
    saved = SavedView.objects.filter(person=request.user, page=page)
    return Views(page, plain_query(request.GET.urlencode()), list(saved))
