"""Suspending, reinstating and revoking an approval: one form, for each of the three."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from approvals import facts as version_facts
from approvals import rules
from approvals.actions import stops
from approvals.forms.stops import StopForm
from approvals.models import Review
from approvals.views.saying import page
from approvals.workflow import STOP, review_verb
from registry.views import doors


@dataclass(frozen=True)
class Step:
    """What the page says before, and what is said after."""

    act: Callable[..., Review]
    lead: str
    done: str


STEPS = {
    "suspend": Step(
        stops.suspend,
        "Its gates close at once. Nothing that was decided is lost: reinstated, the approval counts again as far as "
        "what it rests on is unchanged.",
        "The approval is suspended. Owner and asker are told.",
    ),
    "reinstate": Step(
        stops.reinstate,
        "It counts again at once, as far as what it rests on is unchanged.",
        "The approval counts again. Owner and asker are told.",
    ),
    "revoke": Step(
        stops.revoke,
        "Its gates close at once, for good: whatever was decided about this version counts no more, and review has to "
        "be asked for anew.",
        "The approval is revoked. Owner and asker are told.",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: HttpRequest, pk: int) -> HttpResponse:
    return _stop(request, pk, "suspend")


@require_http_methods(["GET", "HEAD", "POST"])
def reinstate(request: HttpRequest, pk: int) -> HttpResponse:
    return _stop(request, pk, "reinstate")


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return _stop(request, pk, "revoke")


def _stop(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    review, form = _find(request, pk), StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            STEPS[name].act(review=review, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
            review = _find(request, pk)
        else:
            messages.success(request, STEPS[name].done)
            return redirect("approvals:review_detail", pk)
    return page(request, "review_stop.html", _context(request, review, form, name), refused=bool(form.errors))


def _context(request: HttpRequest, review: Review, form: StopForm, name: str) -> dict[str, Any]:
    return {
        "review": review,
        "version": review.version,
        "form": form,
        "verb": review_verb(name),
        "lead": STEPS[name].lead,
        "is_harsh": name != "reinstate",
        "running": review.version.deployments.filter(ended_at=None).order_by("pk"),
        "may_stop": request.user.has_perm(STOP),
        "objections": rules.against_moving(review, name) or _against(request, review, name),
    }


def _against(request: HttpRequest, review: Review, name: str) -> list[ValidationError]:
    facts = version_facts.of(review.version)
    if name == "reinstate":
        return rules.against_reinstating(facts, by=request.user, choosers=request.user.chosen_alone_by(STOP))
    return rules.against_stopping(facts)


def _find(request: HttpRequest, pk: int) -> Review:
    found = Review.objects.visible_to(request.user).select_related(
        "version__model__owner", "requested_by", "submitted_by", "stopped_by"
    )
    return get_object_or_404(found, pk=pk)
