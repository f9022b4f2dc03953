"""Assessing the risk of a model that was imported: what registering would have asked."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from registry import rules
from registry.actions import models as model_actions
from registry.forms.models import RiskForm
from registry.models import AIModel, Person, RiskAssessment, RiskTier
from registry.views.doors import find_model, put_refusal


@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest, name: str) -> HttpResponse:
    model = find_model(request, name)
    if not request.user.has_perm(model_actions.CHANGE, model):
        raise PermissionDenied(f"The risk of {model} is assessed by the team {model.team}.")
    form = RiskForm(
        request.POST if request.method == "POST" else None,
        initial={"task": model.task, "use_case": model.use_case_id, "use_case_line": model.use_case_line},
    )
    objections = rules.against_assessing(model)
    if not objections and form.is_valid() and (assessment := _assessed(form, model, request.user)):
        messages.success(request, f"Put into the {assessment.tier.name.lower()} tier: {assessment.explanation}")
        return redirect("registry:model_detail", name=model.name)
    context = {"model": model, "form": form, "objections": objections, "tiers": RiskTier.objects.all()}
    refused = request.method == "POST" and (objections or form.errors)
    return render(request, "registry/model_assess.html", context, status=422 if refused else 200)


def _assessed(form: RiskForm, model: AIModel, person: Person) -> RiskAssessment | None:
    try:
        return model_actions.assess_model(model=model, **form.for_action(), by=person)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None
