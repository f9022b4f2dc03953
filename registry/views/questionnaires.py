"""The risk questionnaire: what is asked, a draft of other questions, and publishing it by another administrator."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import refusals
from registry import differing, rejudging, rules, seconds
from registry.actions import questionnaires
from registry.forms.questionnaires import MORE, PublishForm, QuestionnaireForms, with_more_rows
from registry.lifecycle import CHANGE_QUESTIONNAIRE, PUBLISH_QUESTIONNAIRE
from registry.models import Person, Questionnaire
from registry.rules import risk
from registry.views.doors import put_refusal

SHOWN = 100
LOOKS = {"draft": ("quiet", ""), "published": ("ok", "check"), "discarded": ("quiet", "undo")}
WHO = "The questionnaire is changed by administrators."


@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    """The newest revision, or the one that the address names."""
    revisions = list(Questionnaire.objects.published().select_related("closed_by"))
    asked_for = request.GET.get("revision", str(revisions[0].revision))
    shown = next((each for each in revisions if str(each.revision) == asked_for), None)
    if shown is None:
        raise Http404("There is no such revision.")
    context = {
        "shown": shown,
        "newest": revisions[0],
        "revisions": revisions,
        "questions": risk.read(shown.questions),
        "draft": _open_draft(),
        "may_change": request.user.has_perm(CHANGE_QUESTIONNAIRE),
    }
    return render(request, "registry/questionnaire_detail.html", context)


@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    _require(request, CHANGE_QUESTIONNAIRE)
    try:
        begun = questionnaires.draft(by=request.user)
    except ValidationError as refusal:
        _say_no(request, refusal)
        return redirect("registry:questionnaire_detail")
    return redirect("registry:questionnaire_revise", begun.pk)


@require_safe
def draft_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _draft(pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    found = _draft(pk)
    _require(request, CHANGE_QUESTIONNAIRE)
    data = request.POST if request.method == "POST" else None
    adds_rows = data is not None and MORE in data
    forms = QuestionnaireForms(
        with_more_rows(data) if adds_rows else data,
        found.questions,
        reason=found.reason,
        seen=found.changed_at.isoformat(),
    )
    if data is not None and not adds_rows and forms.is_valid() and _revised(found, forms, request.user):
        messages.success(request, "The draft is saved.")
        return redirect("registry:questionnaire_draft_detail", pk)
    is_refused = data is not None and not adds_rows
    context = {
        "draft": found,
        "forms": forms,
        "objections": rules.against_moving_questionnaire(found, "revise"),
        "is_refused": is_refused,
    }
    return render(request, "registry/questionnaire_revise.html", context, status=422 if is_refused else 200)


def _revised(found: Questionnaire, forms: QuestionnaireForms, person: Person) -> bool:
    try:
        questionnaires.revise(draft=found, questions=forms.questions.questions, by=person, **forms.draft.cleaned_data)
    except ValidationError as refusal:
        put_refusal(forms.draft, refusal)
        return False
    return True


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    found = _draft(pk)
    _require(request, PUBLISH_QUESTIONNAIRE)
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            questionnaires.publish(draft=found, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, "Published. These questions are asked from now on.")
            return redirect("registry:questionnaire_draft_detail", pk)
    return _show(request, found, form)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = _draft(pk)
    _require(request, CHANGE_QUESTIONNAIRE)
    try:
        questionnaires.discard(draft=found, by=request.user)
    except ValidationError as refusal:
        _say_no(request, refusal)
    else:
        messages.success(request, "The draft is discarded. What is asked stays as it is.")
    return redirect("registry:questionnaire_draft_detail", pk)


def _show(request: HttpRequest, found: Questionnaire, form: PublishForm | None) -> HttpResponse:
    questions, is_open = risk.read(found.questions), found.status == Questionnaire.Status.DRAFT
    newest = Questionnaire.objects.in_force()
    choosers = request.user.chosen_alone_by(PUBLISH_QUESTIONNAIRE, since=found.drafted_at)
    against = newest if is_open else found.based_on
    context = {
        "draft": found,
        "newest": newest,
        "look": LOOKS[found.status],
        "questions": questions,
        "against": against,
        "differences": differing.differences(risk.read(against.questions), questions),
        "outlook": rejudging.outlook(questions) if is_open else None,
        "most": SHOWN,
        "form": form or PublishForm(initial={"seen": found.changed_at.isoformat()}),
        **(_seconds(found, request.user) if is_open else {}),
        "may_change": request.user.has_perm(CHANGE_QUESTIONNAIRE),
        "may_publish": request.user.has_perm(PUBLISH_QUESTIONNAIRE),
        "against_publishing": rules.against_publishing_questionnaire(found, newest, by=request.user, choosers=choosers),
        "is_open": is_open,
    }
    return render(request, "registry/questionnaire_draft.html", context, status=422 if form else 200)


def _seconds(found: Questionnaire, reader: Person) -> dict[str, Any]:
    """Who can publish it, and why others with the right cannot yet."""
    authors = {uuid.UUID(author) for author in found.authors}
    people = seconds.find(PUBLISH_QUESTIONNAIRE, authors, since=found.drafted_at)
    return {"seconds": people.able, "not_yet": [each.words(reader) for each in people.waiting]}


def _open_draft() -> Questionnaire | None:
    drafts = Questionnaire.objects.filter(status=Questionnaire.Status.DRAFT)
    return drafts.select_related("drafted_by").first()


def _draft(pk: int) -> Questionnaire:
    related = ("based_on", "drafted_by", "changed_by", "closed_by")
    drafts = Questionnaire.objects.exclude(based_on=None).select_related(*related)
    return get_object_or_404(drafts, pk=pk)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(WHO)


def _say_no(request: HttpRequest, refusal: ValidationError) -> None:
    for objection in refusals.each(refusal):
        messages.error(request, " ".join(objection.messages))
