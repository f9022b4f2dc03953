"""The catalogue, the page of one model, and registering one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from audit import csv, presenting
from audit.models import WHOLE, Event, reference
from audit.paging import CappedCount, Sorting, in_digits, page_of
from registry import assessing, exports, questionnaires, rules
from registry.actions import models as model_actions
from registry.forms.models import ModelFilter, ModelForm, VersionFilter, runs_in, without_prefix
from registry.imports.known import may_import
from registry.models import (
    AIModel,
    Deployment,
    Environment,
    ModelVersion,
    Person,
    Questionnaire,
    RiskAssessment,
    RiskTier,
    RoleGrant,
    Team,
)
from registry.models.catalog import UNASSESSED, next_environment
from registry.views.doors import origin_of, put_refusal

NEWEST_EVENTS = 20
ORDERS = {
    "name": ("name",),
    "-name": ("-name",),
    "-changed": ("-changed_at", "-pk"),
    "changed": ("changed_at", "pk"),
}
ORDER_WORDS = {
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-changed": "Last changed first",
    "changed": "Longest unchanged first",
}
VERSION_ORDERS = {"-number": ("-number",), "number": ("number",)}
VERSION_ORDER_WORDS = {"-number": "Newest first", "number": "Oldest first"}
WRITTEN_DIGEST = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Tab:
    """A view of the list that many want; it is current when the address says just this. `count` is capped."""

    label: str
    conditions: dict[str, str]
    count: int
    current: bool

    @property
    def query(self) -> str:
        return urlencode(self.conditions)

    @property
    def counted(self) -> str:
        return in_digits(self.count)


@dataclass(frozen=True)
class VersionRow:
    version: ModelVersion
    next_environment: str
    missing: list[str]


@require_safe
def list_models(request: HttpRequest) -> HttpResponse:
    person = request.user
    found, sorting = _found(request), Sorting(request.GET, ORDERS, ORDER_WORDS)
    models = _matching(found)
    context = {
        "page": page_of(request.GET, models, sorting.order, noun="model", at_least=found.at_least),
        "chosen": {name: request.GET.get(name, "") for name in found.filters},
        "is_narrowed": bool(_conditions(request)),
        "sorting": sorting,
        "tabs": _tabs(request, AIModel.objects.visible_to(person)),
        "tiers": found.filters["tier"].extra["choices"],
        "teams": found.filters["team"].extra["choices"],
        "statuses": ModelVersion.Status.choices,
        "running_label": dict(Environment.choices).get(request.GET.get("running")),
        "matched_versions": _versions_with_digest(person, request.GET.get("q", "")),
        "may_register": bool(teams_to_register_for(person)),
        "may_import": may_import(person),
    }
    return render(request, "registry/model_list.html", context)


@require_safe
def download_models(request: HttpRequest) -> HttpResponseBase:
    models = _matching(_found(request)).select_related("use_case").order_by(*Sorting(request.GET, ORDERS).order)
    return csv.download("models", exports.MODELS, models.iterator())


def _found(request: HttpRequest) -> ModelFilter:
    tiers = [*RiskTier.objects.order_by("-rank").values_list("slug", "name"), (UNASSESSED, "Not assessed")]
    teams = [("mine", "My teams"), *Team.objects.values_list("slug", "name")]
    visible = with_standing(AIModel.objects.visible_to(request.user))
    return ModelFilter(request.GET, visible, person=request.user, tiers=tiers, teams=teams)


def _matching(found: ModelFilter) -> QuerySet[AIModel]:
    models = found.qs if found.is_valid() else found.queryset.none()
    return models.select_related("owner", "team", "tier")


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    teams = teams_to_register_for(request.user)
    if not teams:
        raise PermissionDenied(_missing_for_registering(request.user))
    questionnaire = Questionnaire.objects.in_force()
    form = ModelForm(
        request.POST if request.method == "POST" else None,
        teams=teams,
        questionnaire=questionnaire,
        initial={"owner": request.user.pk, "team": teams[0].pk, "use_case": request.GET.get("use_case")},
    )
    only_looks = request.method == "POST" and "look" in request.POST
    if form.is_valid() and not only_looks and (model := _registered(form, request.user)):
        assessment = model.assessments.select_related("tier").get()
        messages.success(request, _registered_words(assessment))
        return redirect("registry:model_detail", name=model.name)
    outcome = form.outcome() if only_looks else None
    context = {"form": form, "leads_to": assessing.leads_to(questionnaire), "outcome": outcome}
    return render(request, "registry/model_register.html", context, status=422 if form.errors and not outcome else 200)


def _missing_for_registering(person: Person) -> str:
    builds = not person.standing.roles.isdisjoint(RoleGrant.OF_A_TEAM)
    if builds or person.is_superuser:
        return (
            "Registering a model takes a team that will own it, and you are in none. An administrator adds you to one."
        )
    if person.standing.teams:
        return "Registering a model takes the role Data scientist, which you do not hold."
    return "Registering a model takes the role Data scientist and a team that will own it. You have neither."


def _registered_words(assessment: RiskAssessment) -> str:
    if assessment.is_prohibited:
        return f"Registered, and nothing of it can be approved: {assessment.explanation}"
    return f"Registered in the {assessment.tier.name.lower()} tier: {assessment.explanation}"


def _registered(form: ModelForm, person: Person) -> AIModel | None:
    try:
        return model_actions.register_model(**form.for_action(), by=person)
    except ValidationError as refusal:
        put_refusal(form, refusal)
        return None


@require_safe
def detail(request: HttpRequest, name: str) -> HttpResponse:
    related = ("owner", "team", "tier", "use_case", "registered_by")
    models = AIModel.objects.visible_to(request.user).with_assessment().select_related(*related)
    model = get_object_or_404(_with_questions(with_standing(models)), name=name)
    sorting = Sorting(request.GET, VERSION_ORDERS, VERSION_ORDER_WORDS)
    page = page_of(request.GET, _versions(request, model), sorting.order, noun="version")
    context = {
        "model": model,
        "origin": origin_of(model, request.user),
        "page": page,
        "sorting": sorting,
        "status": request.GET.get("status", ""),
        "statuses": ModelVersion.Status.choices,
        "versions": [_row(version) for version in page.rows],
        "assessment": model.assessment,
        "answers": questionnaires.answers_of(model.assessment),
        "proposal": model.proposed and _proposal(model.proposed),
        "newest_revision": model.newest_revision,
        "lines": presenting.lines(Event.objects.visible_to(request.user).in_stream(model)[:NEWEST_EVENTS]),
        "running": f"v{model.production_number} in production" if model.production_number else "",
        "may_change": request.user.has_perm(model_actions.CHANGE, model),
        "may_read_ledger": request.user.has_perm("audit.view_ledger"),
        "may_take_evidence": request.user.has_perm(WHOLE),
        "stream": reference(model),
    }
    return render(request, "registry/model_detail.html", context)


def _with_questions(models: QuerySet[AIModel]) -> QuerySet[AIModel]:
    """Adds which revision of the questionnaire is asked, and the key of the lower tier that is proposed."""
    proposed = RiskAssessment.objects.proposed().filter(model=OuterRef("pk"))
    return models.annotate(
        newest_revision=Subquery(Questionnaire.objects.published().values("revision")[:1]),
        proposed=Subquery(proposed.values("pk")[:1]),
    )


def _proposal(key: int) -> RiskAssessment:
    return RiskAssessment.objects.select_related("assessed_by", "tier").get(pk=key)


@require_safe
def download_versions(request: HttpRequest, name: str) -> HttpResponseBase:
    model = get_object_or_404(AIModel.objects.visible_to(request.user), name=name)
    versions = _versions(request, model).select_related("model", "training_data", "created_by")
    ordered = versions.order_by(*Sorting(request.GET, VERSION_ORDERS).order)
    return csv.download(f"{model.name}-versions", exports.VERSIONS, ordered.iterator())


def _versions(request: HttpRequest, model: AIModel) -> QuerySet[ModelVersion]:
    found = VersionFilter(request.GET, _with_status_in_sql(model.versions.all()).select_related("created_by"))
    return found.qs if found.is_valid() else found.queryset.none()


def teams_to_register_for(person: Person) -> list[Team]:
    """The teams that `person` may register models for."""
    return [team for team in Team.objects.all() if person.has_perm(model_actions.REGISTER, team)]


def with_standing(models: QuerySet[AIModel]) -> QuerySet[AIModel]:
    """Adds which version is newest, what it has come to, and which versions run in staging and production."""
    newest = ModelVersion.objects.filter(model=OuterRef("pk")).order_by("-number")
    return models.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        newest_status=Subquery(_with_status_in_sql(newest).values("derived_status")[:1]),
        production_number=_number_in(Environment.PRODUCTION),
        staging_number=_number_in(Environment.STAGING),
    )


def _with_status_in_sql(versions: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    """`ModelVersion.status`, for filtering by it."""
    status = ModelVersion.Status
    return versions.with_status().annotate(
        derived_status=Case(
            When(is_retired=True, then=Value(status.RETIRED)),
            When(in_production=True, then=Value(status.PRODUCTION)),
            When(in_staging=True, then=Value(status.STAGING)),
            default=Value(status.DEVELOPMENT),
        )
    )


def _number_in(environment: str) -> Subquery:
    active = Deployment.objects.filter(model=OuterRef("pk"), environment=environment, ended_at=None)
    return Subquery(active.values("version__number")[:1])


def _tabs(request: HttpRequest, models: QuerySet[AIModel]) -> list[Tab]:
    live = runs_in(Environment.PRODUCTION)
    views = {
        "every": ("All models", {}, Q()),
        "own": ("Mine", {"owner": "me"}, Q(owner=request.user)),
        "live": ("In production", {"running": "production"}, Q(live)),
        "risky": ("High risk in production", {"tier": "high", "running": "production"}, Q(live, tier__slug="high")),
    }
    counted = {key: CappedCount(models.filter(condition)) for key, (_, _, condition) in views.items()}
    counts = Person.objects.filter(pk=request.user.pk).values(**counted).get()
    chosen = _conditions(request)
    return [Tab(label, address, counts[key], address == chosen) for key, (label, address, _) in views.items()]


def _conditions(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, value in request.GET.items() if value and name in ModelFilter.base_filters}


def _versions_with_digest(person: Person, text: str) -> list[ModelVersion]:
    """The versions whose artifact has the digest, or its beginning, that somebody searches for."""
    digest = without_prefix(text.lower())
    if not WRITTEN_DIGEST.fullmatch(digest):
        return []
    versions = ModelVersion.objects.visible_to(person).select_related("model")
    return list(versions.of_digest(digest).newest_first()[:5])


def _row(version: ModelVersion) -> VersionRow:
    environment = next_environment(version.status)
    missing = [] if version.is_retired else rules.missing_lineage(version)
    return VersionRow(version, environment.value if environment else "", missing)
