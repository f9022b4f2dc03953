"""Who uses a version: declaring a system, and saying that it stopped."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from audit import refusals
from registry import rules
from registry.actions import consumers as consumer_actions
from registry.forms.consumers import ConsumerForm
from registry.models import Consumer, ModelVersion, Person
from registry.views.doors import find_version, put_refusal, versions


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    if not request.user.has_perm(consumer_actions.DECLARE, version):
        raise PermissionDenied(
            f"Consumers of {version} are declared by the team {version.model.team}, or a release manager."
        )
    form = ConsumerForm(request.POST if request.method == "POST" else None, version=version)
    if form.is_valid() and (consumer := _declared(form, version, request.user)):
        messages.success(request, f"Declared: {consumer.name} uses {version}.")
        return redirect("registry:consumer_declare", name=name, number=number)
    context = {
        "form": form,
        "version": version,
        "consumers": _active_first(version),
        "objections": rules.against_changing(version, is_retired=version.is_retired),
    }
    return render(request, "registry/consumer_declare.html", context, status=422 if form.errors else 200)


def _active_first(version: ModelVersion) -> QuerySet[Consumer]:
    consumers = version.consumers.select_related("declared_by", "ended_by")
    return consumers.order_by(F("ended_at").desc(nulls_first=True), "name")


def _declared(form: ConsumerForm, version: ModelVersion, person: Person) -> Consumer | None:
    try:
        return consumer_actions.declare(version=version, by=person, **form.cleaned_data)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    consumer = get_object_or_404(
        Consumer.objects.select_related("version__model").filter(version__in=versions(request)), pk=pk
    )
    version = consumer.version
    try:
        consumer_actions.end(consumer=consumer, by=request.user)
    except ValidationError as refusal:
        for objection in refusals.each(refusal):
            messages.error(request, " ".join(objection.messages))
    else:
        messages.success(request, f"Recorded: {consumer.name} no longer uses {version}.")
    return redirect("registry:consumer_declare", name=version.model.name, number=version.number)
