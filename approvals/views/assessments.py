"""Assessing the risk of a model anew, and what another person says to a tier that is lowered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import reopened
from approvals.actions import assessments
from approvals.forms.waivers import AnswerForm
from approvals.presenting import assessments as looks
from approvals.views.saying import page, say_no
from approvals.workflow import CONFIRM, assessment_verb
from audit import clock
from registry import assessing, questionnaires, seconds
from registry import rules as registry_rules
from registry.actions.models import CHANGE
from registry.forms.models import AssessForm
from registry.models import AIModel, Person, Questionnaire, RiskAssessment
from registry.views import doors

CAN_START = frozenset(assessment_verb("confirm").sources)


@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest, name: str) -> HttpResponse:
    """All questions. “See what comes of it” judges the answers and keeps nothing."""
    model = doors.find_model(request, name)
    if not request.user.has_perm(CHANGE, model):
        raise PermissionDenied(f"The risk of {model} is assessed by the team {model.team}.")
    questionnaire, counting = Questionnaire.objects.in_force(), _counting(model)
    known = looks.carried(counting, questionnaire)
    form = AssessForm(
        request.POST if request.method == "POST" else None,
        model=model,
        questionnaire=questionnaire,
        lacks_use_case=registry_rules.lacks_use_case(model),
        notes=known.notes,
        initial=_said_before(model) | looks.initial_answers(known),
    )
    only_looks = request.method == "POST" and "look" in request.POST
    if form.is_valid() and not only_looks and (assessment := _assessed(form, model, request.user)):
        messages.success(request, looks.said(assessment))
        return redirect("registry:model_detail", name=model.name)
    outcome = form.outcome(model) if only_looks else None
    context = {
        "model": model,
        "form": form,
        "counting": counting,
        "known": known,
        "newest": questionnaire,
        "proposal": model.assessments.proposed().select_related("assessed_by", "tier").first(),
        "outcome": outcome,
        "reopened": reopened.under(model, outcome.tier) if outcome and outcome.is_higher else [],
        "leads_to": assessing.leads_to(questionnaire),
    }
    return page(request, "model_assess.html", context, refused=bool(form.errors) and not outcome)


def _assessed(form: AssessForm, model: AIModel, person: Person) -> RiskAssessment | None:
    try:
        return assessments.assess(model=model, **form.for_action(), by=person)
    except ValidationError as refusal:
        doors.put_refusal(form, refusal)
        return None


def _counting(model: AIModel) -> RiskAssessment | None:
    return model.assessments.in_force().select_related("questionnaire", "tier").first()


def _said_before(model: AIModel) -> dict[str, Any]:
    return {"task": model.task, "use_case": model.use_case_id, "use_case_line": model.use_case_line}


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _find(request, pk), AnswerForm())


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(
        request, pk, assessments.confirm, "The tier is lowered. What rested on the assessment is asked anew."
    )


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, assessments.decline, "The tier stays as it is. Whoever proposed it is told.")


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    assessment = _find(request, pk)
    if not request.user.has_perm(CHANGE, assessment.model):
        raise PermissionDenied(f"The team {assessment.model.team} takes its proposals back.")
    try:
        assessments.withdraw(assessment=assessment, by=request.user)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, "The proposal is withdrawn. The tier stays as it is.")
    return redirect("approvals:assessment_detail", pk)


def _answer(request: HttpRequest, pk: int, act: Callable[..., RiskAssessment], done: str) -> HttpResponse:
    assessment, form = _find(request, pk), AnswerForm(request.POST)
    if not request.user.has_perm(CONFIRM):
        raise PermissionDenied("Tiers are lowered by administrators and compliance reviewers.")
    if form.is_valid():
        try:
            act(assessment=assessment, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
            assessment = _find(request, pk)
        else:
            messages.success(request, done)
            return redirect("approvals:assessment_detail", pk)
    return _show(request, assessment, form)


def _show(request: HttpRequest, assessment: RiskAssessment, form: AnswerForm) -> HttpResponse:
    counting, is_open = _counting(assessment.model), assessment.status in CAN_START
    context = {
        "assessment": assessment,
        "model": assessment.model,
        "form": form,
        "look": looks.LOOKS[assessment.status],
        "is_open": is_open,
        "opens_at": registry_rules.opens_at(assessment.assessed_at),
        "lines": looks.compared(assessment, counting),
        "answers": questionnaires.answers_of(assessment),
        "may_decide": request.user.has_perm(CONFIRM),
        "may_withdraw": request.user.has_perm(CHANGE, assessment.model),
        "against_deciding": registry_rules.against_deciding_lower(
            assessment, by=request.user, choosers=request.user.chosen_alone_by(CONFIRM), may_start=is_open
        ),
        "against_now": registry_rules.against_confirming_now(
            assessment, Questionnaire.objects.in_force(), now=clock.now()
        ),
        **(_seconds(assessment, request.user) if is_open else {}),
    }
    return page(request, "assessment_detail.html", context, refused=bool(form.errors))


def _seconds(assessment: RiskAssessment, reader: Person) -> dict[str, Any]:
    """Who can decide it, and why others with the right cannot yet."""
    parties = {assessment.assessed_by.identity, assessment.model.owner.identity}
    people = seconds.find(CONFIRM, parties)
    return {"seconds": people.able, "not_yet": [each.words(reader) for each in people.waiting]}


def _find(request: HttpRequest, pk: int) -> RiskAssessment:
    seen = AIModel.objects.visible_to(request.user)
    related = ("model__owner", "model__team", "model__tier", "questionnaire", "tier", "assessed_by", "decided_by")
    return get_object_or_404(RiskAssessment.objects.filter(model__in=seen).select_related(*related), pk=pk)
