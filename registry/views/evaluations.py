"""Evaluations and code checks of a version: shown, attached by a form, attached from a JSON file."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from registry import figures, metrics, rules, uploads
from registry.actions import evaluations as evaluation_actions
from registry.asked import AskedFigure, asked_of, metrics_for, rows_by_group
from registry.forms.evaluations import (
    BaseMeasurements,
    EvaluationForm,
    Measurements,
    UploadForm,
    begun_with,
    with_more_rows,
)
from registry.models import Evaluation, Measurement, ModelVersion, Purpose
from registry.models.catalog import next_environment
from registry.uploads import ParsedEvaluation
from registry.views.doors import find_version, put_refusal

OLDER_SHOWN = 50
ROWS_PREFIX = "figures"


@dataclass(frozen=True)
class OlderEvaluation:
    evaluation: Evaluation
    overall: list[Measurement]


@dataclass(frozen=True)
class PurposeEvaluations:
    """The evaluations for one purpose: the newest whole, the older ones with their overall figures."""

    label: str
    newest: Evaluation
    metrics: list[figures.MetricFigures]
    older: list[OlderEvaluation]

    @property
    def by_group(self) -> list[figures.MetricFigures]:
        return [metric for metric in self.metrics if metric.groups]


@require_safe
def list_evaluations(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    purposes = _by_purpose(version)
    shown = {entry.newest.purpose for entry in purposes}
    checks = list(version.code_checks.select_related("reported_by")[: OLDER_SHOWN + 1])
    context = {
        "version": version,
        "purposes": purposes,
        "not_evaluated": [label.lower() for value, label in Purpose.choices if value not in shown],
        "check": checks[0] if checks else None,
        "older_checks": checks[1:],
        "example": uploads.EXAMPLE,
        "may_attach": request.user.has_perm(evaluation_actions.ATTACH, version),
        "objections": _objections(version),
    }
    return render(request, "registry/evaluation_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def attach(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    data = request.POST if request.method == "POST" else None
    asked = asked_of(version)
    if data and "more_rows" in data:
        form, rows = EvaluationForm(initial=data.dict()), with_more_rows(data, ROWS_PREFIX)
    elif data is None:
        form, rows = _begun(request.GET, version, asked)
    else:
        form, rows = EvaluationForm(data), Measurements(data, prefix=ROWS_PREFIX)
    if form.is_valid() and rows.is_valid():
        given = ParsedEvaluation(form.cleaned_data["purpose"], form.dataset, rows.figures, form.cleaned_data["note"])
        if evaluation := _attached(request, version, given, Evaluation.Source.FORM, form):
            return _back_to_list(request, evaluation, given)
    _require_right(request, version)
    context = {
        "version": version,
        "form": form,
        "rows": rows,
        "known_metrics": [known.name for known in metrics.KNOWN],
        "rows_by_group": rows_by_group(asked),
        "objections": _objections(version),
    }
    is_refused = form.errors or (rows.is_bound and not rows.is_valid())
    return render(request, "registry/evaluation_attach.html", context, status=422 if is_refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        given = form.cleaned_data["file"]
        if evaluation := _attached(request, version, given, Evaluation.Source.UPLOAD, form):
            return _back_to_list(request, evaluation, given)
    _require_right(request, version)
    context = {
        "version": version,
        "form": form,
        "example": uploads.EXAMPLE,
        "purposes": Purpose.values,
        "objections": _objections(version),
    }
    return render(request, "registry/evaluation_upload.html", context, status=422 if form.errors else 200)


def _begun(
    given: QueryDict, version: ModelVersion, asked: list[AskedFigure]
) -> tuple[EvaluationForm, BaseMeasurements]:
    """For the purpose and metrics of the address; without them, for what comes next and what is asked for it."""
    purpose = given.get("purpose") or str(next_environment(version.status) or Purpose.PRODUCTION)
    begun = given.getlist("metric") or metrics_for(purpose, asked)
    return EvaluationForm(initial={"purpose": purpose} | given.dict()), begun_with(begun, ROWS_PREFIX)


def newest_of_each_purpose(version: ModelVersion) -> QuerySet[Evaluation]:
    return _numbered(version).filter(place=1)


def _numbered(version: ModelVersion) -> QuerySet[Evaluation]:
    """Evaluations with their `place` in their purpose: 1 is the newest."""
    place = Window(RowNumber(), partition_by=F("purpose"), order_by=F("pk").desc())
    return Evaluation.objects.filter(version=version).annotate(place=place).order_by("-pk")


def _by_purpose(version: ModelVersion) -> list[PurposeEvaluations]:
    evaluations = list(_numbered(version).filter(place__lte=OLDER_SHOWN + 1).select_related("dataset", "attached_by"))
    measured = _measured(evaluations)
    found = []
    for purpose in reversed(Purpose):
        newest, *older = [row for row in evaluations if row.purpose == purpose] or [None]
        if newest:
            before = [OlderEvaluation(row, measured.get(row.pk, [])) for row in older]
            found.append(
                PurposeEvaluations(purpose.label, newest, figures.by_metric(measured.get(newest.pk, [])), before)
            )
    return found


def _measured(evaluations: list[Evaluation]) -> dict[int, list[Measurement]]:
    """Measurements by evaluation: all of the newest ones, the overall figures of the others."""
    newest = [evaluation.pk for evaluation in evaluations if evaluation.place == 1]
    older = [evaluation.pk for evaluation in evaluations if evaluation.place > 1]
    found: dict[int, list[Measurement]] = {}
    for row in Measurement.objects.filter(Q(evaluation__in=newest) | Q(evaluation__in=older, group="")):
        found.setdefault(row.evaluation_id, []).append(row)
    return found


def _attached(
    request: HttpRequest,
    version: ModelVersion,
    given: ParsedEvaluation,
    source: Evaluation.Source,
    form: EvaluationForm | UploadForm,
) -> Evaluation | None:
    try:
        return evaluation_actions.attach(
            version=version,
            purpose=given.purpose,
            dataset=given.dataset,
            measurements=given.measurements,
            note=given.note,
            source=source,
            by=request.user,
        )
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


def _back_to_list(request: HttpRequest, evaluation: Evaluation, given: ParsedEvaluation) -> HttpResponse:
    count = len(given.measurements)
    messages.success(
        request, f"Attached {evaluation} for {evaluation.purpose}: {count} {'figure' if count == 1 else 'figures'}."
    )
    if unknown := _unknown_metrics(given):
        messages.info(request, unknown)
    version = evaluation.version
    return redirect("registry:evaluation_list", name=version.model.name, number=version.number)


def _unknown_metrics(given: ParsedEvaluation) -> str:
    written = dict.fromkeys(row["metric"] for row in given.measurements)
    unknown = [f"“{each}”" for each in written if not metrics.is_known(each)]
    if len(unknown) > 1:
        return f"{', '.join(unknown)} are no metrics that Gatehouse knows; they are kept as you wrote them."
    return f"{unknown[0]} is no metric that Gatehouse knows; it is kept as you wrote it." if unknown else ""


def _require_right(request: HttpRequest, version: ModelVersion) -> None:
    if not request.user.has_perm(evaluation_actions.ATTACH, version):
        raise PermissionDenied(
            f"Evaluations of {version} are attached by the team {version.model.team}. Ask somebody of that team."
        )


def _objections(version: ModelVersion) -> list[ValidationError]:
    return rules.against_changing(version, is_retired=version.is_retired)
