"""Saving and deleting what people set for their own ease. Not governed, so no entry and no event belong to it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.paging import CURSORS
from registry.models import Person, SavedView

#: The lists whose views can be saved, by URL name.
LISTS = (
    "registry:model_list",
    "registry:use_case_list",
    "approvals:review_list",
    "approvals:performance_review_list",
    "audit:event_list",
    "governance:person_list",
)


def plain_query(query: str) -> str:
    """Conditions and order in a fixed order, without the page, so that two addresses of one view are equal."""
    return urlencode(sorted((key, value) for key, value in parse_qsl(query.lstrip("?")) if key not in CURSORS))


@transaction.atomic
def save_view(*, person: Person, page: str, name: str, query: str) -> SavedView:
    """Raises ValidationError when the view says nothing, or the person has too many or one of this name."""
    view = SavedView(person=person, page=page, name=name, query=plain_query(query))
    if page not in LISTS:
        raise ValidationError("Views of this page cannot be saved.", code="unknown-list")
    if not view.query:
        raise ValidationError("Filter or sort the list first, then save it as a view.", code="empty-view")
    taken = list(SavedView.objects.filter(person=person, page=page).values_list("name", flat=True))
    if name in taken:
        raise ValidationError(f"You have a view “{name}” already. Choose another name.", code="name-taken")
    if len(taken) >= SavedView.MOST:
        raise ValidationError(f"You have {SavedView.MOST} views of this list. Delete one first.", code="too-many-views")
    view.full_clean()
    view.save()
    return view


def delete_view(view: SavedView) -> None:
    view.delete()
