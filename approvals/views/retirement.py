"""Retirement: asking what still depends on a version, reading the answer, and retiring it when nothing does."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from approvals.actions import retirement
from approvals.forms.retirement import NOTHING, RetireForm
from approvals.models import Clearance
from approvals.views.saying import page, say_no
from registry.models import ModelVersion, Retirement
from registry.views import doors

SECONDS_UNTIL_ANOTHER_LOOK = 3


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = doors.find_version(request, name, number)
    newest = version.clearances.select_related("replacement__model", "asked_by").first()
    form = RetireForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(newest),
        versions=_replacements(request, version),
    )
    if request.method == "POST" and form.is_valid():
        try:
            retirement.ask_clearance(version=version, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            return redirect("approvals:version_retire", name, number)
    context = {
        "version": version,
        "form": form,
        "clearance": newest,
        "asks": newest is None or "again" in request.GET or form.is_bound,
        "retirement": _retirement(version) if version.is_retired else None,
        "may_retire": request.user.has_perm(retirement.RETIRE, version),
    }
    response = page(request, "version_retire.html", context, refused=bool(form.errors))
    if newest and newest.computed_at is None and not form.is_bound:
        response["Refresh"] = str(SECONDS_UNTIL_ANOTHER_LOOK)
    return response


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Clearance.objects.filter(version__in=ModelVersion.objects.visible_to(request.user))
    clearance = get_object_or_404(seen.select_related("version__model", "replacement__model"), pk=pk)
    version = clearance.version
    try:
        retirement.retire(clearance=clearance, by=request.user)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, f"{version} is retired.")
    return redirect("approvals:version_retire", version.model.name, version.number)


def _initial(newest: Clearance | None) -> dict[str, Any]:
    if newest is None:
        return {}
    return {
        "reason": newest.reason,
        "replacement": NOTHING if newest.has_no_replacement else str(newest.replacement_id),
    }


def _replacements(request: HttpRequest, version: ModelVersion) -> QuerySet[ModelVersion]:
    living = ModelVersion.objects.visible_to(request.user).filter(retirement=None).exclude(pk=version.pk)
    return living.select_related("model").order_by("model__name", "-number")


def _retirement(version: ModelVersion) -> Retirement:
    return Retirement.objects.select_related("replacement__model", "retired_by").get(version=version)
