"""Keeping what is typed of a model card (`registry.drafts`). The form sends itself a second after the last key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from registry import cards, drafts
from registry.drafts import Overtaken, Typed
from registry.forms.cards import CardForm
from registry.models import CardDraft, ModelVersion, Person
from registry.views import documents
from registry.views.doors import find_version

LABELS = {field.name: field.label for section in cards.SECTIONS for field in section.fields}


class SeenDraftForm(forms.Form):
    draft = forms.IntegerField(min_value=0, max_value=2**31 - 1)


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Answers with how the draft stands. A GET answers with the token that the next POST needs: whoever signed in again
    in another window has a new one."""
    if request.method != "POST":
        documents.require_change(request, find_version(request, name, number))
        return HttpResponse(get_token(request), content_type="text/plain; charset=utf-8")
    seen, form = SeenDraftForm(request.POST), CardForm(request.POST)
    wrong = _wrong(seen, form)
    mine = CardDraft.objects.filter(author=request.user, version__model__name=name, version__number=number)
    if not wrong and (kept := drafts.go_on(mine, _typed(seen, form))):
        return _kept(kept)
    version = find_version(request, name, number)
    documents.require_change(request, version)
    if wrong := wrong or [each.message for each in documents.objections(version)]:
        return _told(422, number=seen.cleaned_data.get("draft", 0), wrong=wrong)
    return _begun(version, request.user, _typed(seen, form))


@require_POST
def discard(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    documents.require_change(request, version)
    drafts.drop(version, request.user)
    messages.success(request, "Your draft is gone. Below stands the card as it was last saved.")
    return redirect("registry:card_revise", name=name, number=number)


def _wrong(seen: SeenDraftForm, form: CardForm) -> list[str]:
    if not seen.is_valid():
        return ["Reload the page: it does not know its draft any more."]
    return [f"{form[name].label}: {' '.join(errors)}" for name, errors in form.errors.items()]


def _typed(seen: SeenDraftForm, form: CardForm) -> Typed:
    return Typed(form.content, form.cleaned_data["seen_revision"], seen.cleaned_data["draft"])


def _begun(version: ModelVersion, author: Person, typed: Typed) -> HttpResponse:
    try:
        return _kept(drafts.begin(version, author, typed))
    except Overtaken as overtaken:
        other = overtaken.draft
        theirs = {LABELS[name]: text for name, text in other.texts.items() if typed.texts.get(name) != text}
        return _told(409, number=typed.seen_draft, other=other, theirs=theirs, version=version)


def _kept(number: int) -> HttpResponse:
    return _told(200, number=number, kept_at=timezone.now())


def _told(status: int, **said: Any) -> HttpResponse:
    """Without what whole pages show around it, which has to be read."""
    return HttpResponse(render_to_string("registry/_card_draft.html", said), status=status)
