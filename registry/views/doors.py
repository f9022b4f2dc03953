"""What the pages of every room share: finding a version, and saying no in the right place of a form."""

from __future__ import annotations

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from audit import refusals
from registry.models import AIModel, ImportRun, ModelVersion, Origin, Person


def find_model(request: HttpRequest, name: str) -> AIModel:
    """The model of this name with owner, team, tier and use case. Raises Http404 when it is not visible."""
    models = AIModel.objects.visible_to(request.user).select_related("owner", "team", "tier", "use_case")
    return get_object_or_404(models, name=name)


def versions(request: HttpRequest) -> QuerySet[ModelVersion]:
    return (
        ModelVersion.objects.visible_to(request.user)
        .with_status()
        .select_related("model__owner", "model__team", "model__tier", "model__use_case", "training_data", "created_by")
    )


def find_version(request: HttpRequest, name: str, number: int) -> ModelVersion:
    """The version with its status. Raises Http404 when it is not visible."""
    return get_object_or_404(versions(request), model__name=name, number=number)


def origin_of(subject: AIModel | ModelVersion, reader: Person) -> Origin | None:
    """Where it came from when it was imported, with the `run` that brought it where the reader may see that."""
    runs = ImportRun.objects.visible_to(reader).that_made(subject)
    about = {"model": subject, "version": None} if isinstance(subject, AIModel) else {"version": subject}
    origins = Origin.objects.filter(**about).select_related("imported_by")
    return origins.annotate(run=Subquery(runs.values("pk")[:1])).first()


def put_refusal(form: forms.Form, refusal: ValidationError) -> None:
    """Puts each objection of an action beside its field, or on top of the form."""
    by_field = refusal.error_dict if hasattr(refusal, "error_dict") else {NON_FIELD_ERRORS: refusals.each(refusal)}
    for field, errors in by_field.items():
        for error in errors:
            form.add_error(field if field in form.fields else None, error)
