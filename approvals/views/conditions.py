"""Conditions of an approval: their owner says how each was kept."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from approvals import rules
from approvals.actions import conditions
from approvals.forms.conditions import FulfilForm
from approvals.models import Condition, Review
from approvals.views.saying import page
from registry.views import doors


@require_http_methods(["GET", "HEAD", "POST"])
def fulfil(request: HttpRequest, pk: int) -> HttpResponse:
    condition = _find(request, pk)
    form = FulfilForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            conditions.fulfil(condition=condition, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
            condition = _find(request, pk)
        else:
            messages.success(request, "The condition is fulfilled.")
            return redirect("approvals:review_detail", condition.decision.review_id)
    context = {
        "condition": condition,
        "decision": condition.decision,
        "review": condition.decision.review,
        "version": condition.decision.review.version,
        "form": form,
        "objections": rules.against_fulfilling(condition, by=request.user),
    }
    return page(request, "condition_fulfil.html", context, refused=bool(form.errors))


def _find(request: HttpRequest, pk: int) -> Condition:
    seen = Condition.objects.filter(decision__review__in=Review.objects.visible_to(request.user))
    related = ("owner", "fulfilled_by", "decision__decided_by", "decision__review__version__model")
    return get_object_or_404(seen.select_related(*related), pk=pk)
