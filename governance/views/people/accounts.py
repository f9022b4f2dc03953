"""Changing somebody's account, closing it, opening it again, and giving them a new way in."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.departure import depends_on
from governance.forms.people import AccountLinkForm, PersonChangeForm, ReasonForm
from governance.views.people.finding import Question, ask, find_person, show_link, tried
from registry.actions import people, sign_in
from registry.models import Person

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
def change(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    now = {"name": person.name, "username": person.username, "email": person.email}
    form = PersonChangeForm(request.POST or None, initial=now)
    if form.is_valid() and tried(form, people.change_person, person=person, by=request.user, **form.cleaned_data):
        messages.success(request, f"{form.cleaned_data['name']} is changed.")
        return redirect("governance:person_detail", pk)
    context = {"subject": person, "form": form}
    return render(request, "governance/person_change.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM)
def deactivate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = ReasonForm(request.POST or None)
    given = {"person": person, "by": request.user}
    if form.is_valid() and tried(form, people.deactivate, **given, **form.cleaned_data):
        messages.success(request, f"{person.name} is deactivated. Sessions and tokens have ended.")
        return redirect("governance:person_detail", pk)
    question = Question(
        title=f"Deactivate {person.name}",
        lead="The account is closed at once: signed out everywhere, every token ended, no further decision. "
        "What was done before stays on record, with the roles and teams.",
        button=f"Deactivate {person.name}",
        keep="Keep the account active",
        back=_address(person),
        points=tuple(depends_on(person)),
    )
    return ask(request, person, question, form)


@never_cache
@require_http_methods(FORM)
def reactivate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and (active := tried(form, people.reactivate, person=person, by=request.user)):
        if active.kind == Person.Kind.HUMAN:
            return show_link(request, active, f"{active.name} is reactivated")
        messages.success(request, f"{active.name} is reactivated. Its old tokens stay ended: issue a new one.")
        return redirect("governance:token_issue", pk)
    question = Question(
        title=f"Reactivate {person.name}",
        lead="The account is opened again, with the roles and teams on record. Old sessions, tokens and the old "
        "password stay ended." + (" You get a new one-time link." if person.kind == Person.Kind.HUMAN else ""),
        button=f"Reactivate {person.name}",
        keep="Keep the account closed",
        back=_address(person),
        is_danger=False,
    )
    return ask(request, person, question, form)


@never_cache
@require_http_methods(FORM)
def reset(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and (waiting := tried(form, people.reset, person=person, by=request.user)):
        return show_link(request, waiting, f"{waiting.name} can set a new password")
    question = Question(
        title=f"Reset the password of {person.name}",
        lead="For a forgotten password, or one that somebody else may know. The old password and every older link end, "
        "and they are signed out everywhere. You get a new one-time link. API tokens stay: revoke them on the "
        "person’s page when somebody else may have made one.",
        button="Reset password",
        keep="Keep the password",
        back=_address(person),
    )
    return ask(request, person, question, form)


@require_http_methods(FORM)
def sign_out(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        sign_in.sign_out_everywhere(person=person, by=request.user, **form.cleaned_data)
        messages.success(request, f"{person.name} is signed out everywhere, and may sign in again.")
        return redirect("governance:person_detail", pk)
    question = Question(
        title=f"Sign {person.name} out everywhere",
        lead="For a laptop that was left somewhere. Every session ends at once; password, second factors and API "
        "tokens stay. When somebody else may know the password, reset it instead.",
        button="Sign out everywhere",
        keep="Leave them signed in",
        back=_address(person),
    )
    return ask(request, person, question, form)


@require_http_methods(FORM)
def link(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = AccountLinkForm(request.POST or None)
    if form.is_valid() and tried(form, people.link_accounts, person=person, by=request.user, **form.for_action()):
        messages.success(request, f"{form.other.name} and {person.name} count as one person from now on.")
        return redirect("governance:person_detail", pk)
    question = Question(
        title=f"Link {person.name} to another account",
        lead="When one person has two accounts, say so: wherever a second person is needed, the two count as one. Each "
        "keeps its own way in, roles and teams. What was decided before stays decided, and counts as one person’s.",
        button="Link the accounts",
        keep="Leave them apart",
        back=_address(person),
        is_danger=False,
    )
    return ask(request, person, question, form)


@require_http_methods(FORM)
def separate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and tried(form, people.separate_account, person=person, by=request.user, **form.cleaned_data):
        messages.success(request, f"{person.name} counts as a person of their own again.")
        return redirect("governance:person_detail", pk)
    question = Question(
        title=f"Separate the accounts of {person.name}",
        lead="From then on they are two people to the rules: what one of them made or asked for, the other may decide.",
        button="Separate the accounts",
        keep="Leave them linked",
        back=_address(person),
    )
    return ask(request, person, question, form)


def _address(person: Person) -> str:
    return reverse("governance:person_detail", args=[person.pk])
