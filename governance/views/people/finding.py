"""What the pages about people share: finding somebody, asking before something is done, and showing a link once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from governance import invitations
from registry.models import Person
from registry.views.doors import put_refusal


@dataclass(frozen=True)
class Question:
    """What is asked before something is done. `button` repeats the verb of the title, `keep` says what stays."""

    title: str
    lead: str
    button: str
    keep: str
    back: str
    points: tuple[Any, ...] = ()
    is_danger: bool = True


def find_person(pk: uuid.UUID) -> Person:
    """Raises Http404 for Gatehouse itself, which nobody manages."""
    return get_object_or_404(Person.objects.known(), pk=pk)


def tried(form: forms.Form, verb: Callable[..., Any], **given: Any) -> Any:
    """What the action gave back; None when it refused, with each objection beside its field."""
    try:
        return verb(**given)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


def ask(request: HttpRequest, person: Person, question: Question, form: forms.Form) -> HttpResponse:
    context = {"subject": person, "question": question, "form": form}
    return render(request, "governance/person_ask.html", context, status=422 if form.errors else 200)


def show_link(request: HttpRequest, person: Person, title: str) -> HttpResponse:
    """The one-time link, in the answer to the form that made it and nowhere else."""
    context = {
        "subject": person,
        "title": title,
        "link": invitations.link_for(person),
        "days": invitations.days_valid(),
    }
    return render(request, "governance/person_link.html", context)
