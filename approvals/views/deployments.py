"""Deployments of a version: the list, recording one past the gates, and ending one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from approvals import facts as version_facts
from approvals import gates, rules, steps
from approvals.actions import deployments
from approvals.facts import VersionFacts
from approvals.forms.deployments import EndForm, RecordForm
from approvals.views.saying import page
from audit.paging import page_of
from registry.models import Deployment, Environment, ModelVersion
from registry.models.catalog import next_environment
from registry.views import doors


@require_safe
def list_deployments(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = doors.find_version(request, name, number)
    found = version.deployments.select_related("deployed_by", "ended_by")
    context = {
        "version": version,
        "pages": page_of(request.GET, found, ("-deployed_at", "-pk"), noun="deployment"),
        "may_record": request.user.has_perm(deployments.RECORD, version),
    }
    return page(request, "deployment_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = doors.find_version(request, name, number)
    environment = _environment(request, version)
    form = RecordForm(request.POST if request.method == "POST" else None, initial={"environment": environment})
    if request.method == "POST" and form.is_valid():
        try:
            deployment = deployments.record(version=version, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            messages.success(request, f"{version} runs in {deployment.environment} from now on.")
            return redirect("approvals:deployment_list", name, number)
    context = _gate(request, version_facts.of(version), environment) | {"form": form}
    return page(request, "deployment_record.html", context, refused=bool(form.errors))


def _environment(request: HttpRequest, version: ModelVersion) -> Environment:
    wanted = request.POST.get("environment") or request.GET.get("environment", "")
    if wanted in Environment.values:
        return Environment(wanted)
    return next_environment(version.status) or Environment.PRODUCTION


def _gate(request: HttpRequest, facts: VersionFacts, environment: Environment) -> dict[str, Any]:
    """What the gates say, and everything else that keeps this person from recording it."""
    answer = gates.ask(facts, environment)
    objections = rules.against_deploying(answer, facts, by=request.user)
    return {
        "version": facts.version,
        "environment": environment,
        "environments": [_tab(facts.version, each, environment) for each in Environment],
        "answer": answer,
        "road": steps.road(answer, facts),
        "objections": objections,
        "beside_the_gate": objections[len(answer.findings) :],
        "may_record": request.user.has_perm(deployments.RECORD, facts.version),
    }


def _tab(version: ModelVersion, environment: Environment, chosen: Environment) -> dict[str, Any]:
    address = reverse("approvals:deployment_record", args=[version.model.name, version.number])
    return {
        "label": environment.label,
        "url": f"{address}?environment={environment}",
        "is_chosen": environment == chosen,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    deployment = _find(request, pk)
    form: forms.Form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deployments.end(deployment=deployment, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
            deployment = _find(request, pk)
        else:
            where = deployment.get_environment_display().lower()
            messages.success(request, f"{deployment.version} no longer runs in {where}.")
            return redirect("approvals:deployment_list", deployment.version.model.name, deployment.version.number)
    context = {
        "deployment": deployment,
        "version": deployment.version,
        "form": form,
        "may_end": request.user.has_perm(deployments.RECORD, deployment.version),
        "objections": rules.against_ending(deployment, by=request.user),
    }
    return page(request, "deployment_end.html", context, refused=bool(form.errors))


def _find(request: HttpRequest, pk: int) -> Deployment:
    seen = Deployment.objects.filter(version__in=ModelVersion.objects.visible_to(request.user))
    return get_object_or_404(seen.select_related("version__model", "deployed_by", "ended_by"), pk=pk)
