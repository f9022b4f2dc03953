"""The approvals over REST: ask for review, ask the gate, record what was deployed.

There is no operation that decides: decisions are for people who are signed in.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Status

from approvals import facts as version_facts
from approvals import gates, past, ran, steps, telemetry
from approvals.actions import deployments, reviews
from approvals.facts import VersionFacts
from approvals.forms.past import RanForm
from approvals.gates import Requirement
from approvals.past import Happened
from approvals.schemas import (
    DeploymentIn,
    DeploymentOut,
    EndIn,
    GateOut,
    Names,
    PastOut,
    RanOut,
    RanPage,
    Reason,
    ReviewIn,
    ReviewOut,
    Target,
)
from audit import presenting
from audit.models import Event
from registry.api import VERSION, find_model, find_version
from registry.models import AIModel, ApiToken, Deployment, Environment, ModelVersion
from registry.problems import declared, not_found
from registry.schemas import PAGE, Instant, Key, Limit, ModelName, Number, Slug
from registry.tokens import taking

router = Router(tags=["Approvals"])

REGISTER, DEPLOY = ApiToken.Scope.REGISTER, ApiToken.Scope.DEPLOY


@router.get(
    VERSION + "/gate", operation_id="ask_gate", summary="Ask the gate", response={200: GateOut, **declared(404, 422)}
)
def ask_gate(request: HttpRequest, name: ModelName, number: Number, environment: Target) -> GateOut:
    """May this version go to this environment? All reasons against it at once. Asking writes nothing."""
    wanted = ModelVersion.objects.visible_to(request.auth).filter(model__name=name, number=number)
    found = version_facts.load(wanted.order_by())
    if not found:
        raise not_found(f"version {number} of a model “{name}”")
    facts = found[0]
    answer = gates.ask(facts, environment)
    telemetry.count_gate_answer(answer)

    def reasons(requirements: list[gates.Requirement]) -> list[Reason]:
        return [_reason(each, facts, environment) for each in requirements]

    return GateOut(
        allowed=answer.allowed,
        environment=environment,
        model=name,
        version=number,
        artifact_sha256=facts.version.artifact_sha256,
        checked_at=facts.now,
        reasons=reasons([each for each in answer.requirements if each.stands_in_the_way]),
        waived=reasons([each for each in answer.requirements if each.state == gates.WAIVED]),
        advice=reasons([each for each in answer.requirements if each.state == gates.ADVISED]),
    )


@router.post(
    VERSION + "/reviews",
    operation_id="ask_for_review",
    summary="Ask for review",
    response={201: ReviewOut, **declared(400, 404, 409, 413, 422)},
    **taking(REGISTER),
)
def ask_for_review(request: HttpRequest, name: ModelName, number: Number, asked: ReviewIn) -> Status[ReviewOut]:
    """Opens a review and submits it. Refused with everything that is missing."""
    version = find_version(request.auth, name, number)
    review = reviews.ask(version=version, by=request.auth, **asked.model_dump())
    url = settings.PORTAL_URL + reverse("approvals:review_detail", args=[review.pk])
    said = {name: getattr(review, name) for name in ("status", "round", "ticket_url")}
    return Status(201, ReviewOut(id=review.pk, name=str(review), url=url, **said))


@router.post(
    "/models/{name}/deployments",
    operation_id="record_deployment",
    summary="Record a deployment",
    response={201: DeploymentOut, **declared(400, 404, 409, 413, 422)},
    **taking(DEPLOY),
)
def record_deployment(request: HttpRequest, name: ModelName, wanted: DeploymentIn) -> Status[DeploymentOut]:
    """The gate is asked again; what it refuses is not recorded, and its reasons are the errors of the answer."""
    version = find_version(request.auth, name, wanted.version)
    deployment = deployments.record(
        version=version, environment=wanted.environment, reference=wanted.reference, by=request.auth
    )
    return Status(201, DeploymentOut.of(deployment))


@router.post(
    "/models/{name}/deployments/{id}/end",
    operation_id="end_deployment",
    summary="End a deployment",
    response={200: DeploymentOut, **declared(400, 404, 409, 413, 422)},
    **taking(DEPLOY),
)
def end_deployment(request: HttpRequest, name: ModelName, id: Key, ending: EndIn) -> DeploymentOut:
    """Records that the version no longer runs there."""
    model = find_model(request.auth, name)
    deployment = Deployment.objects.select_related("version__model").filter(model=model, pk=id).first()
    if deployment is None:
        raise not_found(f"deployment {id} of “{name}”")
    return DeploymentOut.of(deployments.end(deployment=deployment, reason=ending.reason, by=request.auth))


@router.get(
    "/models/{name}/past",
    operation_id="read_past",
    summary="What ran at an instant",
    response={200: PastOut, **declared(404, 422)},
)
def read_past(request: HttpRequest, name: ModelName, at: Instant) -> PastOut:
    """Which version ran in each environment at that instant, approved by whom and on what evidence. Told from the
    events of the ledger alone, so that the answer stays. `at` names its zone, such as 2026-03-03T10:00:00Z."""
    model = find_model(request.auth, name)
    found = past.of(model, at)
    return PastOut.of(model.name, found, *_reasons_and_names(found.events()))


@router.get(
    "/past",
    operation_id="list_past",
    summary="What ran everywhere at an instant",
    response={200: RanPage, **declared(422)},
)
def list_past(
    request: HttpRequest,
    at: Instant,
    environment: Target = Environment.PRODUCTION.value,
    team: Slug | None = None,
    tier: Slug | None = None,
    after: ModelName | None = None,
    limit: Limit = PAGE,
) -> RanPage:
    """Each model that ran in the environment at that instant, by name, told as `read_past` tells it of one. A page may
    have fewer items than `limit`."""
    conditions = RanForm({"environment": environment, "team": team, "tier": tier})
    if not conditions.is_valid():
        raise ValidationError(conditions.errors.as_data())
    seen = AIModel.objects.visible_to(request.auth).select_related("team").order_by("name")
    models = ran.narrowed(ran.models(seen, environment, at), team or "", tier or "", at)
    page = list(models.filter(name__gt=after or "")[: limit + 1])
    shown = page[:limit]
    found = list(ran.told(shown, environment, at))
    known = _reasons_and_names(event for each in found if each.is_told for event in each.place.events())
    return RanPage(
        at=at,
        environment=environment,
        items=[RanOut.of(each, *known) for each in found],
        next=shown[-1].name if len(page) > limit else None,
    )


def _reasons_and_names(told_from: Iterable[Happened]) -> tuple[dict[int, str], Names]:
    events = Event.objects.filter(pk__in=[event.pk for event in told_from]).defer("rows", "canonical", "mac")
    return {event.pk: event.reason for event in events}, presenting.names_in(events)


def _reason(requirement: Requirement, facts: VersionFacts, environment: str) -> Reason:
    finding = requirement.finding
    _, path = steps.link(requirement, facts, environment)
    url = settings.PORTAL_URL + path if path else ""
    return Reason(code=finding.code, message=finding.message, remedy=finding.remedy, url=url)
