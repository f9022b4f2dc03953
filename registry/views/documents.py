"""What the pages of the card and of the release plan share: old revisions, who wrote them, and writing the next one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit import refusals
from audit.paging import ROWS
from registry import rules
from registry.actions.cards import CHANGE
from registry.forms.documents import DocumentForm
from registry.models import ModelCard, ModelVersion, ReleasePlan
from registry.models.people import display_names
from registry.views.doors import put_refusal

Document = ModelCard | ReleasePlan
Show = Callable[[Document | None, DocumentForm], HttpResponse]
#: What a form begins with, where that is not the newest revision; empty where it is.
Start = Callable[[Document | None], Mapping[str, Any]]


@dataclass(frozen=True)
class Revision:
    """One revision of a document; `changed` names the parts in which it differs from the one before."""

    number: int
    who: str
    at: datetime.datetime
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Revisions:
    """A page of revisions, newest first."""

    rows: tuple[Revision, ...]
    count: str
    previous_url: str
    next_url: str


@dataclass(frozen=True)
class Line:
    """A field of a form, and what somebody else's newer revision says there instead."""

    field: BoundField
    theirs: str | None


@dataclass(frozen=True)
class Kind:
    """How one kind of document is written: its table, form, action, page, and what is said after saving."""

    model: type[Document]
    form: type[DocumentForm]
    action: Callable[..., Document]
    detail: str
    said: Callable[[Document], str]


def newest(model: type[Document], version: ModelVersion) -> Document | None:
    return model.objects.filter(version=version).select_related("revised_by").first()


def asked_revision(request: HttpRequest, document: Document | None) -> models.Model | None:
    """The old revision that the address asks for, None for the newest. Raises Http404 for a number nobody wrote."""
    wanted = request.GET.get("revision", "")
    if not wanted:
        return None
    if document is None or not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):
        raise Http404("There is no such revision.")
    if int(wanted) == document.revision:
        return None
    found = document.history.filter(revision=int(wanted)).order_by("-history_id").first()
    if found is None:
        raise Http404("There is no such revision.")
    return found


def revisions(request: HttpRequest, document: Document | None, parts: Mapping[str, Iterable[str]]) -> Revisions | None:
    """Who wrote what when. `parts` are the names of parts for readers, with the fields that make them up."""
    if document is None:
        return None
    start = _start(request, document.revision)
    found = list(document.history.order_by("-history_id")[start : start + ROWS + 1])
    names = display_names({row.history_user_id for row in found})
    before = [*found[1:], None]
    shown = [_revision(row, earlier, names, parts) for row, earlier in zip(found, before, strict=True)][:ROWS]
    several = document.revision > ROWS
    return Revisions(
        rows=tuple(shown),
        count=f"{start + 1}–{start + len(shown)} of {document.revision}" if several else "",
        previous_url=f"?page={start // ROWS}#revisions" if start else "",
        next_url=f"?page={start // ROWS + 2}#revisions" if len(found) > ROWS else "",
    )


def _start(request: HttpRequest, total: int) -> int:
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1
    return (min(max(number, 1), (total - 1) // ROWS + 1) - 1) * ROWS


def _revision(row: Any, earlier: Any, names: Mapping, parts: Mapping[str, Iterable[str]]) -> Revision:
    changed = [
        title
        for title, fields in parts.items()
        if any(getattr(row, field) != (getattr(earlier, field) if earlier else _empty(row, field)) for field in fields)
    ]
    who = names.get(row.history_user_id, f"person {str(row.history_user_id)[:8]}")
    return Revision(row.revision, who, row.revised_at, tuple(changed))


def _empty(row: models.Model, field: str) -> Any:
    return None if row._meta.get_field(field).null else ""


def objections(version: ModelVersion) -> list[ValidationError]:
    return rules.against_changing(version, is_retired=version.is_retired)


def require_change(request: HttpRequest, version: ModelVersion) -> None:
    if not request.user.has_perm(CHANGE, version):
        raise PermissionDenied(f"{version} is described by the team {version.model.team}. Ask somebody of that team.")


def revise(
    request: HttpRequest, version: ModelVersion, kind: Kind, show: Show, start: Start = lambda _: {}
) -> HttpResponse:
    """Saves what was sent as the next revision, or shows the form by `show`, beginning with what `start` says.

    When somebody else was faster, the author's text stays, what the other one wrote stands beside it, and saving again
    is a choice.
    """
    document = newest(kind.model, version)
    if request.method == "POST":
        form = kind.form(request.POST, initial=_content(kind, document))
    else:
        form = kind.form(initial=start(document) or _content(kind, document))
    if form.is_valid() and form.has_changed() and (saved := _saved(kind, form, version, request)):
        messages.success(request, kind.said(saved))
        return redirect(kind.detail, name=version.model.name, number=version.number)
    require_change(request, version)
    if form.is_valid() and not form.has_changed():
        messages.info(request, "Nothing was changed, so there is no new revision.")
        return redirect(kind.detail, name=version.model.name, number=version.number)
    return show(newest(kind.model, version) if form.is_bound else document, form)


def lines(form: DocumentForm, names: Iterable[str], theirs: Mapping[str, str]) -> list[Line]:
    return [Line(form[name], theirs.get(name)) for name in names]


def is_outrun(form: DocumentForm) -> bool:
    """Whether somebody else wrote a newer revision than the one this form started from."""
    return form.is_bound and form.has_error("__all__", code="newer-revision")


def theirs(form: DocumentForm, document: Document | None) -> dict[str, str]:
    """What the newer revision says that this form was refused for, where its author wrote something else."""
    return differing(form.content, document) if document and is_outrun(form) else {}


def differing(said: Mapping[str, Any], document: Document) -> dict[str, str]:
    """What `document` says in the fields where `said` says something else, in words for readers."""
    return {
        name: str(getattr(document, name) or "nothing")
        for name, value in said.items()
        if getattr(document, name) != value
    }


def _content(kind: Kind, document: Document | None) -> dict[str, Any]:
    names = [name for name in kind.form().fields if name != "seen_revision"]
    if document is None:
        return {"seen_revision": 0}
    return {name: getattr(document, name) for name in names} | {"seen_revision": document.revision}


def _saved(kind: Kind, form: DocumentForm, version: ModelVersion, request: HttpRequest) -> Document | None:
    try:
        return kind.action(
            version=version, by=request.user, seen_revision=form.cleaned_data["seen_revision"], **form.content
        )
    except ValidationError as refusal:
        put_refusal(form, refusal)
        if "newer-revision" in refusals.codes(refusal):
            form.start_from(newest(kind.model, version).revision)
        return None
