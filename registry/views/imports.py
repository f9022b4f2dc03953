"""Bringing an inventory in: the source is read, looked at row by row, started, and watched until it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import csv as tables
from audit.paging import CURSORS, address, page_of
from registry.actions import imports
from registry.forms.imports import FORMS, MlflowForm, SourceForm
from registry.imports import csv, lines, mending, mlflow, mlflow_server, runs
from registry.imports.known import IMPORT, may_import
from registry.imports.planner import fingerprint, makes
from registry.imports.reading import MOST_ROWS, Inventory
from registry.models import ImportRow, ImportRun, Person, Source, Team
from registry.views.doors import put_refusal

Outcome, State = ImportRow.Outcome, ImportRun.State

#: How long a page waits for an MLflow server; the answers of some hundred runs fit into it.
MLFLOW_SECONDS = 20.0
NEWEST_FIRST = ("-pk",)
IN_ORDER = ("position",)
OUTCOME_TABS = (
    ("", "All rows"),
    (Outcome.PENDING, "Waiting"),
    (Outcome.MODEL, "New models"),
    (Outcome.VERSION, "Further versions"),
    (Outcome.THERE, "Already there"),
    (Outcome.REFUSED, "Refused"),
)


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class RunLine:
    run: ImportRun
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        return self.total - self.counts.get(Outcome.PENDING, 0)


def teams_to_import_for(person: Person) -> list[Team]:
    return [team for team in Team.objects.all() if person.has_perm(IMPORT, team)]


@require_safe
def list_imports(request: HttpRequest) -> HttpResponse:
    found = ImportRun.objects.visible_to(request.user).select_related("by", "team")
    page = page_of(request.GET, found, NEWEST_FIRST, noun="import")
    counts = runs.counts(page.rows)
    context = {
        "page": page,
        "lines": [RunLine(run, counts[run.pk]) for run in page.rows],
        "may_import": may_import(request.user),
    }
    return render(request, "registry/import_list.html", context)


@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    teams = teams_to_import_for(request.user)
    if not teams and not may_import(request.user):
        raise PermissionDenied("Importing takes the role Data scientist and a team that will own the models.")
    source = request.GET.get("source", Source.CSV)
    if source not in FORMS:
        raise Http404("There is no such source.")
    is_sent = request.method == "POST"
    initial = {"owner": request.user.pk, "team": teams[0].pk if teams else None}
    form = FORMS[source](
        request.POST if is_sent else None, request.FILES if is_sent else None, teams=teams, initial=initial
    )
    if form.is_valid() and (run := _drafted(form, request.user)):
        return redirect("registry:import_detail", run.pk)
    return render(
        request,
        "registry/import_begin.html",
        {
            "form": form,
            "source": source,
            "sources": Source.choices,
            "teams": teams,
            "columns": csv.COLUMNS,
            "most_rows": MOST_ROWS,
            "hosts": settings.IMPORT_MLFLOW_HOSTS,
            "seconds": int(MLFLOW_SECONDS),
        },
        status=422 if form.errors else 200,
    )


def _drafted(form: SourceForm, person: Person) -> ImportRun | None:
    """What the source lists, kept to be looked at; None when the form now says why not."""
    try:
        inventory = _fetched(form) if isinstance(form, MlflowForm) else form.cleaned_data["file"]
        return runs.draft(inventory, by=person, team=form.cleaned_data["team"], owner=form.cleaned_data["owner"])
    except ValidationError as refusal:
        put_refusal(form, _beside_its_field(refusal))
        return None


@sensitive_variables("form")
def _fetched(form: MlflowForm) -> Inventory:
    answers = mlflow_server.fetch(
        form.cleaned_data["address"], seconds=MLFLOW_SECONDS, token=form.cleaned_data["token"]
    )
    return mlflow.read(answers)


def _beside_its_field(refusal: ValidationError) -> ValidationError:
    """What a server says against us stands beside the field that can mend it; what the portal says, on top."""
    field = {"turned-away": "token", "too-many-drafts": ""}.get(refusal.code, "address")
    return ValidationError({field: refusal}) if field else refusal


@require_safe
def sample(request: HttpRequest) -> HttpResponse:
    saved = {"Content-Disposition": 'attachment; filename="models-to-import.csv"'}
    return HttpResponse(csv.sample(), content_type="text/csv; charset=utf-8", headers=saved)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    run = _find(request, pk)
    try:
        imports.start(run=run, by=request.user, seen=request.POST.get("seen", ""))
    except ValidationError as refusal:
        return _page(request, _find(request, pk), refusal)
    return redirect("registry:import_detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    run = _find(request, pk)
    if run.by_id != request.user.pk:
        raise PermissionDenied(f"{run.by} read it in. Ask them to discard it; after two days it goes by itself.")
    if request.method != "POST" and run.state == State.DRAFT:
        return render(request, "registry/import_discard.html", {"run": run})
    if request.method == "POST" and runs.discard(run):
        messages.success(request, f"Discarded: {run.name}. Nothing of it was imported.")
        return redirect("registry:import_list")
    messages.error(request, "It has begun, so it stays: each of its rows is in the ledger.")
    return redirect("registry:import_detail", pk)


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The refused rows, to be mended and read again."""
    run = _find(request, pk)
    if run.state == State.DRAFT:
        plans = runs.preview(run, _reader(request, run))
        refused = [mending.planned(plan) for plan in plans if plan.outcome == Outcome.REFUSED]
    else:
        refused = [mending.became(row) for row in run.rows.filter(outcome=Outcome.REFUSED)]
    return tables.download(f"refused-rows-of-import-{run.pk}", mending.columns(refused), refused)


def _find(request: HttpRequest, pk: int) -> ImportRun:
    """Raises Http404 for somebody else's run, unless the reader imports for every team."""
    return get_object_or_404(ImportRun.objects.visible_to(request.user).select_related("by", "owner", "team"), pk=pk)


def _reader(request: HttpRequest, run: ImportRun) -> Person:
    """Whose rights the rows come in with."""
    return request.user if run.by_id == request.user.pk else run.by


def _page(request: HttpRequest, run: ImportRun, refusal: ValidationError | None = None) -> HttpResponse:
    asked = request.GET.get("outcome", "")
    outcome = asked if asked in Outcome.values else ""
    shown = _preview(request, run, outcome) if run.state == State.DRAFT else _progress(request, run, outcome)
    context = {
        "run": run,
        "outcome": outcome,
        "is_own": run.by_id == request.user.pk,
        "refusal": refusal,
        "tabs": _tabs(request, shown["counts"], outcome),
        "refused": shown["counts"][Outcome.REFUSED],
    }
    return render(request, "registry/import_detail.html", context | shown, status=422 if refusal else 200)


def _preview(request: HttpRequest, run: ImportRun, outcome: str) -> dict[str, Any]:
    """What would become of each row now; nothing of it is kept, so it is never older than the page."""
    plans = runs.preview(run, _reader(request, run))
    rows = run.rows.all()
    if outcome:
        places = [place for place, plan in enumerate(plans, start=1) if plan.outcome == outcome]
        rows = rows.filter(position__in=places)
    page = page_of(request.GET, rows.only("run", "position"), IN_ORDER)
    models, versions = makes(plans)
    return {
        "page": page,
        "lines": [lines.planned(plans[row.position - 1]) for row in page.rows],
        "counts": Counter(plan.outcome for plan in plans),
        "models": models,
        "versions": versions,
        "seen": fingerprint(plans),
    }


def _progress(request: HttpRequest, run: ImportRun, outcome: str) -> dict[str, Any]:
    rows = run.rows.select_related("model", "version")
    page = page_of(request.GET, rows.filter(outcome=outcome) if outcome else rows, IN_ORDER)
    counts = runs.counts([run])[run.pk]
    return {
        "page": page,
        "lines": [lines.became(row) for row in page.rows],
        "counts": counts,
        "progress": RunLine(run, counts),
    }


def _tabs(request: HttpRequest, counts: Counter[str], outcome: str) -> list[Tab]:
    """All rows, then each outcome that there is."""
    offered = [(value, label) for value, label in OUTCOME_TABS if not value or counts[value] or value == outcome]
    return [
        Tab(
            label,
            address(request.GET, leave_out=("outcome", *CURSORS), **({"outcome": value} if value else {})),
            counts[value] if value else counts.total(),
            value == outcome,
        )
        for value, label in offered
    ]
