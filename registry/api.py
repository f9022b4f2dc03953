"""The registry over REST: models, versions, and the evidence a pipeline attaches to them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from registry import cards, payloads, schemas
from registry.actions import cards as card_actions
from registry.actions import evaluations, models
from registry.models import AIModel, ApiToken, Evaluation, ModelVersion, Person, Questionnaire, Team, UseCase
from registry.problems import declared, not_found
from registry.schemas import (
    CardIn,
    CardOut,
    CodeCheckIn,
    CodeCheckOut,
    EvaluationIn,
    EvaluationOut,
    Limit,
    Me,
    ModelIn,
    ModelName,
    ModelOut,
    ModelPage,
    Number,
    QuestionnaireOut,
    ReleasePlanIn,
    ReleasePlanOut,
    VersionIn,
    VersionItem,
    VersionOut,
    VersionPage,
    VersionRef,
    VersionStatus,
)
from registry.tokens import scopes_of, taking

router = Router(tags=["Registry"])

REGISTER, EVALUATE = ApiToken.Scope.REGISTER, ApiToken.Scope.EVALUATE
VERSION = "/models/{name}/versions/{number}"
ModelStatus = ModelVersion.Status
IN_STATUS = {
    ModelStatus.RETIRED: Q(is_retired=True),
    ModelStatus.PRODUCTION: Q(is_retired=False, in_production=True),
    ModelStatus.STAGING: Q(is_retired=False, in_production=False, in_staging=True),
    ModelStatus.DEVELOPMENT: Q(is_retired=False, in_production=False, in_staging=False),
}


def find_model(person: Person, name: str) -> AIModel:
    """Raises Refused (404) when it is not visible to this person."""
    models_seen = AIModel.objects.visible_to(person).select_related(
        "owner", "team", "tier", "use_case", "registered_by"
    )
    found = models_seen.filter(name=name).first()
    if found is None:
        raise not_found(f"model “{name}”")
    return found


def versions_of(person: Person, name: str) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.visible_to(person).with_status().filter(model__name=name)


def find_version(person: Person, name: str, number: int) -> ModelVersion:
    """The version with its status and all that describes it. Raises Refused (404) when it is not visible."""
    described = versions_of(person, name).select_related(
        "model", "training_data", "built_on__model", "card", "release_plan", "created_by"
    )
    found = described.filter(number=number).first()
    if found is None:
        raise not_found(f"version {number} of a model “{name}”")
    return found


@router.get("/me", operation_id="who_am_i", summary="Who am I", response={200: Me, **declared()})
def who_am_i(request: HttpRequest) -> Me:
    """The person behind the token, and what the token may do."""
    person = request.auth
    return Me(
        username=person.username,
        name=person.name,
        kind=person.kind,
        roles=person.role_names,
        teams=list(Team.objects.filter(pk__in=person.standing.teams).values_list("slug", flat=True)),
        scopes=scopes_of(person),
    )


@router.get(
    "/risk-questionnaire",
    operation_id="get_risk_questionnaire",
    summary="Read the risk questionnaire",
    response={200: QuestionnaireOut, **declared()},
)
def get_risk_questionnaire(request: HttpRequest) -> QuestionnaireOut:
    """What is asked when a model is registered, and which tier each answer takes at least."""
    return QuestionnaireOut.of(Questionnaire.objects.in_force())


@router.get("/models", operation_id="list_models", summary="List models", response={200: ModelPage, **declared(422)})
def list_models(
    request: HttpRequest,
    q: schemas.Line = "",
    tier: schemas.Slug | None = None,
    status: VersionStatus | None = None,
    after: ModelName | None = None,
    limit: Limit = schemas.PAGE,
) -> ModelPage:
    """By name. `q` looks in name, purpose, owner and artifact digest; `tier` may be “unassessed”; `status` keeps models
    with a version of it."""
    found = AIModel.objects.visible_to(request.auth).select_related("owner", "team", "tier").order_by("name")
    if q:
        found = found.matching(q)
    if tier:
        found = found.in_tier(tier)
    if status:
        of_status = ModelVersion.objects.with_status().filter(IN_STATUS[status], model=OuterRef("pk"))
        found = found.filter(Exists(of_status))
    if after:
        found = found.filter(name__gt=after)
    page = list(found[: limit + 1])
    shown, more = page[:limit], len(page) > limit
    highlights = _highlights(shown)
    items = [schemas.ModelItem.of(model, highlights[model.pk]) for model in shown]
    return ModelPage(items=items, next=shown[-1].name if more else None)


@router.post(
    "/models",
    operation_id="register_model",
    summary="Register a model",
    response={201: ModelOut, **declared(400, 409, 413, 422)},
    **taking(REGISTER),
)
def register_model(request: HttpRequest, described: ModelIn, response: HttpResponse) -> Status[ModelOut]:
    """Its risk tier follows from the answers to the risk questionnaire. The caller has to belong to the owning team."""
    answers = described.answers
    model = models.register_model(
        name=described.name,
        purpose=described.purpose,
        task=described.task,
        owner=_one(Person.objects.filter(username=described.owner, is_active=True), "owner"),
        team=_one(Team.objects.filter(slug=described.team), "team"),
        answers=answers if isinstance(answers, dict) else None,
        revision=described.questionnaire,
        use_case=_one(UseCase.objects.filter(slug=described.use_case), "use_case") if described.use_case else None,
        use_case_line=described.use_case_line,
        by=request.auth,
    )
    response["Location"] = f"{request.path}/{model.name}"
    return Status(201, ModelOut.of(model, _highlights([model])[model.pk]))


@router.get(
    "/models/{name}", operation_id="get_model", summary="Read a model", response={200: ModelOut, **declared(404, 422)}
)
def get_model(request: HttpRequest, name: ModelName) -> ModelOut:
    model = find_model(request.auth, name)
    return ModelOut.of(model, _highlights([model])[model.pk])


@router.get(
    "/models/{name}/versions",
    operation_id="list_versions",
    summary="List versions",
    response={200: VersionPage, **declared(404, 422)},
)
def list_versions(
    request: HttpRequest, name: ModelName, after: Number | None = None, limit: Limit = schemas.PAGE
) -> VersionPage:
    """Newest first."""
    model = find_model(request.auth, name)
    found = versions_of(request.auth, model.name).select_related("created_by").order_by("-number")
    if after:
        found = found.filter(number__lt=after)
    page = list(found[: limit + 1])
    shown, more = page[:limit], len(page) > limit
    return VersionPage(items=[VersionItem.of(version) for version in shown], next=shown[-1].number if more else None)


_version = VersionIn.model_json_schema(ref_template="#/components/schemas/{model}")
#: Shapes that an operation reads by itself, for the API's description.
READ_BY_HAND = _version.pop("$defs") | {"VersionIn": _version}
_VERSION_REF = {"$ref": "#/components/schemas/VersionIn"}


@router.post(
    "/models/{name}/versions",
    operation_id="register_version",
    summary="Register a version",
    response={201: VersionOut, **declared(400, 404, 409, 413, 422)},
    **taking(
        REGISTER,
        requestBody={
            "required": True,
            "content": {
                "application/json": {"schema": _VERSION_REF},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "artifact": {"type": "string", "format": "binary"},
                            "version": _VERSION_REF,
                        },
                        "required": ["artifact"],
                    },
                    "encoding": {"version": {"contentType": "application/json"}},
                },
            },
        },
    ),
)
def register_version(request: HttpRequest, name: ModelName, response: HttpResponse) -> Status[VersionOut]:
    """The next version. As JSON when the artifact stays where it is; as a form with the file in the part `artifact`
    and the same JSON in the part `version` when Gatehouse keeps it."""
    model = find_model(request.auth, name)
    if not request.auth.has_perm(models.CHANGE, model):  # asked again by the action, but by then the file is kept
        raise PermissionDenied(f"Versions of {model} are registered by the team {model.team}.")
    described, artifact = payloads.with_file(request, VersionIn, part="version", file="artifact")
    data = described.training_data
    version = models.register_version(
        model=model,
        artifact=artifact,
        artifact_uri=described.artifact_uri,
        artifact_sha256=described.artifact_sha256 or "",
        artifact_size=described.artifact_size,
        summary=described.summary,
        code_repository=described.code_repository,
        code_commit=described.code_commit or "",
        training_data=data.model_dump() if data else None,
        hyperparameters=described.hyperparameters,
        training_run=described.training_run,
        built_on=_base(request.auth, described.built_on) if described.built_on else None,
        by=request.auth,
    )
    response["Location"] = f"{request.path}/{version.number}"
    return Status(201, VersionOut.of(find_version(request.auth, name, version.number)))


@router.get(
    VERSION, operation_id="get_version", summary="Read a version", response={200: VersionOut, **declared(404, 422)}
)
def get_version(request: HttpRequest, name: ModelName, number: Number) -> VersionOut:
    """Its status, where it comes from, and what is missing of that."""
    return VersionOut.of(find_version(request.auth, name, number))


@router.post(
    VERSION + "/evaluations",
    operation_id="attach_evaluation",
    summary="Attach an evaluation",
    response={201: EvaluationOut, **declared(400, 404, 409, 413, 422)},
    **taking(EVALUATE),
)
def attach_evaluation(
    request: HttpRequest, name: ModelName, number: Number, described: EvaluationIn
) -> Status[EvaluationOut]:
    """One run over one dataset. The newest evaluation of a purpose counts."""
    version = find_version(request.auth, name, number)
    evaluation = evaluations.attach(
        version=version,
        purpose=described.purpose,
        dataset=described.dataset.model_dump(),
        measurements=[measurement.model_dump() for measurement in described.measurements],
        source=Evaluation.Source.API,
        note=described.note,
        by=request.auth,
    )
    return Status(
        201,
        EvaluationOut(
            id=evaluation.pk,
            name=str(evaluation),
            model=name,
            version=number,
            purpose=evaluation.purpose,
            measurements=len(described.measurements),
            attached_at=evaluation.attached_at,
        ),
    )


@router.post(
    VERSION + "/code-checks",
    operation_id="report_code_check",
    summary="Report a code check",
    response={201: CodeCheckOut, **declared(400, 404, 409, 413, 422)},
    **taking(EVALUATE),
)
def report_code_check(
    request: HttpRequest, name: ModelName, number: Number, found: CodeCheckIn
) -> Status[CodeCheckOut]:
    """What the pipeline found: tests, lint and types of the code, where it was reviewed, and a scan of the file."""
    version = find_version(request.auth, name, number)
    check = evaluations.report_code_check(version=version, by=request.auth, **found.model_dump())
    return Status(
        201,
        CodeCheckOut(id=check.pk, model=name, version=number, commit=check.commit, reported_at=check.reported_at),
    )


@router.put(
    VERSION + "/card",
    operation_id="revise_card",
    summary="Revise the model card",
    response={200: CardOut, **declared(400, 404, 409, 413, 422)},
    **taking(REGISTER),
)
def revise_card(request: HttpRequest, name: ModelName, number: Number, texts: CardIn) -> CardOut:
    """A new revision. Texts that are left out stay; a newer revision than the one seen is not overwritten."""
    version = find_version(request.auth, name, number)
    card = card_actions.revise_card(
        version=version, by=request.auth, seen_revision=texts.seen_revision, **texts.content()
    )
    missing = [section.title for section in cards.missing_sections(card)]
    return CardOut(revision=card.revision, revised_at=card.revised_at, missing_sections=missing)


@router.put(
    VERSION + "/release-plan",
    operation_id="revise_release_plan",
    summary="Revise the release plan",
    response={200: ReleasePlanOut, **declared(400, 404, 409, 413, 422)},
    **taking(REGISTER),
)
def revise_release_plan(request: HttpRequest, name: ModelName, number: Number, plan: ReleasePlanIn) -> ReleasePlanOut:
    """A new revision, under the same terms as the card."""
    version = find_version(request.auth, name, number)
    revised = card_actions.revise_release_plan(
        version=version, by=request.auth, seen_revision=plan.seen_revision, **plan.content()
    )
    return ReleasePlanOut(revision=revised.revision, revised_at=revised.revised_at)


def _highlights(shown: list[AIModel]) -> dict[int, dict[str, Any]]:
    """For each model its newest version and the number of the one in production, in one statement."""
    newer = ModelVersion.objects.filter(model=OuterRef("model"), number__gt=OuterRef("number"))
    picked = ModelVersion.objects.with_status().filter(~Exists(newer) | Q(in_production=True), model__in=shown)
    found = {model.pk: {"newest_version": None, "production_version": None} for model in shown}
    for version in picked.order_by("number"):
        highlights = found[version.model_id]
        highlights["newest_version"] = schemas.NewestVersion(number=version.number, status=version.status)
        if version.status == ModelStatus.PRODUCTION:
            highlights["production_version"] = version.number
    return found


def _one(found: QuerySet, field: str) -> Any:
    """The row that `field` of the request names. Raises ValidationError when there is none."""
    row = found.first()
    if row is None:
        message = f"There is no such {field.replace('_', ' ')}."
        raise ValidationError({field: ValidationError(message, code=f"unknown-{field.replace('_', '-')}")})
    return row


def _base(person: Person, named: VersionRef) -> ModelVersion:
    return _one(versions_of(person, named.model).filter(number=named.version), "built_on")
