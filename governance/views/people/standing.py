"""Roles and teams of one person: given, taken, joined, left."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from approvals.views.saying import say_no
from governance.forms.people import RoleForm, TeamChoiceForm
from governance.looks.forms import problems_of
from governance.roles import BY_SLUG, Role
from governance.views.people.finding import Question, ask, find_person, tried
from registry.actions import people
from registry.models import Person, RoleGrant, Team


@require_POST
def grant_role(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = RoleForm(request.POST, person=person)
    if form.is_valid() and tried(form, _give, person=person, role=form.chosen, by=request.user):
        messages.success(request, f"{person.name} is now {form.chosen.title.lower()}.")
        if form.chosen.slug in RoleGrant.OF_A_TEAM and not person.standing.teams:
            messages.warning(request, f"{person.name} is in no team yet, so they can build no model. Choose one below.")
    return _back(request, person, form)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_role(request: HttpRequest, pk: uuid.UUID, role: str) -> HttpResponse:
    person, taken = find_person(pk), BY_SLUG.get(role)
    if taken is None or role not in person.standing.roles:
        raise Http404("They do not hold this role.")
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_taken(form, person, taken, request.user):
        messages.success(request, f"{person.name} is no longer {taken.title.lower()}.")
        return redirect("governance:person_detail", pk)
    question = Question(
        title=f"Revoke the role {taken.title}",
        lead=f"{person.name} holds it now. {taken.sentence} From the moment you revoke it they no longer do; "
        "decisions they made before stay made.",
        button="Revoke role",
        keep="Keep the role",
        back=reverse("governance:person_detail", args=[pk]),
    )
    return ask(request, person, question, form)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_role(request: HttpRequest, pk: uuid.UUID, role: str) -> HttpResponse:
    person, held = find_person(pk), BY_SLUG.get(role)
    if held is None or not held.is_confirmed_by_two or role not in person.standing.roles:
        raise Http404("They hold no such role that decides about others.")
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_confirmed(form, person, held, request.user):
        messages.success(request, f"{person.name} is {held.title.lower()}, and two administrators stand behind it.")
        return redirect("governance:person_detail", pk)
    question = Question(
        title=f"Confirm the role {held.title}",
        lead=f"One administrator gave it to {person.name} alone. Nothing is decided by such a role about what that "
        "administrator has a part in, nor about a review that was submitted before it was given. With a second "
        "administrator behind it, it counts there as well.",
        button="Confirm role",
        keep="Leave it as it is",
        back=reverse("governance:person_detail", args=[pk]),
        is_danger=False,
    )
    return ask(request, person, question, form)


@require_POST
def join_team(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    person = find_person(pk)
    form = TeamChoiceForm(request.POST, person=person)
    if form.is_valid() and tried(form, people.join_team, person=person, by=request.user, **form.cleaned_data):
        messages.success(request, f"{person.name} is now in {form.cleaned_data['team']}.")
    return _back(request, person, form)


@require_POST
def leave_team(request: HttpRequest, pk: uuid.UUID, team: str) -> HttpResponse:
    person, left = find_person(pk), get_object_or_404(Team, slug=team)
    try:
        people.leave_team(person=person, team=left, by=request.user)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, f"{person.name} is no longer in {left}.")
    return redirect("governance:person_detail", pk)


def _give(*, person: Person, role: Role, by: Person) -> object:
    return people.grant_role(person=person, role=role.slug, decides=role.decides, by=by)


def _is_taken(form: forms.Form, person: Person, role: Role, by: Person) -> bool:
    tried(form, people.revoke_role, person=person, role=role.slug, decides=role.decides, by=by)
    return not form.errors


def _is_confirmed(form: forms.Form, person: Person, role: Role, by: Person) -> bool:
    tried(form, people.confirm_role, person=person, role=role.slug, decides=role.decides, by=by)
    return not form.errors


def _back(request: HttpRequest, person: Person, form: forms.Form) -> HttpResponse:
    """To the person's page, with what was refused said on it."""
    for problem in problems_of(form):
        messages.error(request, problem.message)
    return redirect("governance:person_detail", person.pk)
