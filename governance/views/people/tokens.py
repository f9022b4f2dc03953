"""API tokens: one's own, and for administrators those of anybody. A secret is shown once."""

from __future__ import annotations

import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit.paging import page_of
from governance.forms.tokens import SCOPE_WORDS, TokenForm
from governance.views.people.finding import Question, ask, find_person, tried
from registry.actions import people
from registry.models import ApiToken, Person

FORM = ["GET", "HEAD", "POST"]


@require_safe
def list_own(request: HttpRequest) -> HttpResponse:
    page = page_of(request.GET, ApiToken.objects.filter(person=request.user), ("-created_at", "id"), noun="token")
    return render(request, "governance/own_token_list.html", {"page": page})


@never_cache
@require_http_methods(FORM)
def issue_own(request: HttpRequest) -> HttpResponse:
    return _issue(request, request.user, reverse("governance:own_token_list"))


@never_cache
@require_http_methods(FORM)
def issue(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    return _issue(request, person, reverse("governance:person_detail", args=[pk]))


def _issue(request: HttpRequest, person: Person, back: str) -> HttpResponse:
    """The answer to a form that was taken shows the secret, which is kept nowhere."""
    form = TokenForm(request.POST or None, person=person)
    context = {"subject": person, "is_own": person.pk == request.user.pk, "back": back}
    given = {"person": person, "by": request.user}
    if form.is_valid() and (issued := tried(form, people.issue_token, **given, **form.for_action())):
        token, secret = issued
        shown = {"token": token, "secret": secret, "portal": settings.PORTAL_URL}
        return render(request, "governance/token_issued.html", context | shown)
    context |= {"form": form, "words": SCOPE_WORDS}
    return render(request, "governance/token_issue.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    token = _find(request, pk)
    is_own = token.person_id == request.user.pk
    back = reverse("governance:own_token_list" if is_own else "governance:person_detail", args=_of(token, is_own))
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and tried(form, people.revoke_token, token=token, by=request.user):
        messages.success(request, f"The token “{token.label}” is revoked. Whoever uses it is turned away from now on.")
        return redirect(back)
    question = Question(
        title=f"Revoke the token “{token.label}”",
        lead=f"It begins with {token.prefix} and belongs to {token.person.name}. Whatever uses it is turned away at "
        "once, and it does not come back; a new one can be issued.",
        button="Revoke token",
        keep="Keep the token",
        back=back,
    )
    return ask(request, token.person, question, form)


def _find(request: HttpRequest, pk: uuid.UUID) -> ApiToken:
    """Raises Http404 unless it is one's own, or one manages people."""
    token = get_object_or_404(ApiToken.objects.select_related("person"), pk=pk)
    if token.person_id != request.user.pk and not request.user.has_perm(people.MANAGE):
        raise Http404("There is no such token.")
    return token


def _of(token: ApiToken, is_own: bool) -> list[uuid.UUID]:
    return [] if is_own else [token.person_id]
