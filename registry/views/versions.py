"""Registering a version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from registry import rules
from registry.actions import models as model_actions
from registry.forms.versions import VersionForm
from registry.models import AIModel, ModelVersion, Person
from registry.views.doors import find_model, put_refusal

SUGGESTED_VERSIONS = 20


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, name: str) -> HttpResponse:
    model = find_model(request, name)
    if not request.user.has_perm(model_actions.CHANGE, model):
        raise PermissionDenied(f"Versions of {model} are registered by the team {model.team}.")
    versions = list(model.versions.order_by("-number")[:SUGGESTED_VERSIONS])
    posted = request.method == "POST"
    form = VersionForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        versions=ModelVersion.objects.visible_to(request.user),
        initial=_repeated(versions),
    )
    if form.is_valid() and (version := _registered(form, model, request.user)):
        _say_what_was_registered(request, version)
        return redirect("governance:version_detail", name=model.name, number=version.number)
    context = {"form": form, "model": model, "versions": versions, "is_again": posted}
    return render(request, "registry/version_register.html", context, status=422 if form.errors else 200)


def _repeated(versions: list[ModelVersion]) -> dict[str, Any]:
    """What rarely differs from the version before."""
    return {"code_repository": versions[0].code_repository} if versions else {}


def _registered(form: VersionForm, model: AIModel, person: Person) -> ModelVersion | None:
    try:
        return model_actions.register_version(model=model, by=person, **form.for_action())
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


def _say_what_was_registered(request: HttpRequest, version: ModelVersion) -> None:
    messages.success(request, f"Registered {version} with the digest sha256:{version.artifact_sha256}.")
    missing = rules.missing_lineage(version)
    if missing:
        messages.warning(
            request,
            f"It cannot leave development, because it does not name {_listed(missing)}. "
            "Register a version that does; a registered one does not change.",
        )


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
