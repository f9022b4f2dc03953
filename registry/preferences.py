"""What people set for their own ease: saved views, and what they put away. Not governed: no entry, no event."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from audit.paging import CURSORS
from registry.models import Person, PutAway, SavedView

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


def save_view(*, person: Person, page: str, name: str, query: str) -> SavedView:
    """Raises ValidationError when the view says nothing, or the person has too many or one of this name."""
    try:
        with transaction.atomic():
            return _save_view(person, page, name, query)
    except IntegrityError as saved_meanwhile:
        raise _taken(name) from saved_meanwhile


def _save_view(person: Person, page: str, name: str, query: str) -> SavedView:
    view = SavedView(person=person, page=page, name=name, query=plain_query(query))
    if page not in LISTS:
        raise ValidationError("Views of this page cannot be saved.", code="unknown-list")
    if not view.query:
        raise ValidationError("Filter or sort the list first, then save it as a view.", code="empty-view")
    taken = list(SavedView.objects.filter(person=person, page=page).values_list("name", flat=True))
    if name in taken:
        raise _taken(name)
    if len(taken) >= SavedView.MOST:
        raise ValidationError(f"You have {SavedView.MOST} views of this list. Delete one first.", code="too-many-views")
    view.full_clean(validate_constraints=False)  # the name is unique by the database, and told as above
    view.save()
    return view


def _taken(name: str) -> ValidationError:
    return ValidationError(f"You have a view “{name}” already. Choose another name.", code="name-taken")


def delete_view(view: SavedView) -> None:
    view.delete()


def put_away(*, person: Person, part: str) -> None:
    """Twice is as good as once."""
    PutAway.objects.get_or_create(person=person, part=part)


def bring_back(*, person: Person, part: str) -> None:
    PutAway.objects.filter(person=person, part=part).delete()
