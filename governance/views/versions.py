"""The page of one version: may it go on, what stands in its way, what it was made from, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from approvals import facts as version_facts
from approvals import rights, rules
from approvals.facts import DecisionFact, VersionFacts
from approvals.presenting import Evidence, evidence
from audit import presenting
from audit.filters import NEWEST_FIRST
from audit.models import Event
from audit.paging import page_of
from governance import recorders
from governance.outlook import Outlook
from registry.models import Consumer, ModelVersion, Retirement
from registry.rules import against_changing
from registry.views.doors import find_version, origin_of

LATEST = 8


@dataclass(frozen=True)
class Action:
    """A button of the page's head; `reason` says why not now."""

    label: str
    url: str
    icon: str
    reason: str = ""


@require_safe
def detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    outlook = _outlook(request, name, number)
    version = outlook.version
    return render(
        request,
        "governance/version_detail.html",
        {
            "version": version,
            "facts": outlook.facts,
            "outlook": outlook,
            "retirement": _retirement(version) if outlook.facts.is_retired else None,
            "actions": _actions(outlook),
            "evidence": _evidence(outlook),
            "origin": origin_of(version, request.user),
            "approvals": _approvals(outlook.facts),
            "recorders": recorders.of([outlook]),
            "consumers": list(Consumer.objects.filter(version=version, ended_at=None)),
            "may_end_consumer": request.user.has_perm("registry.declare_consumer", version),
            "latest": presenting.lines(Event.objects.visible_to(request.user).about(version)[:LATEST]),
        },
    )


@require_safe
def history(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_version(request, name, number)
    page = page_of(request.GET, Event.objects.visible_to(request.user).about(version), NEWEST_FIRST)
    return render(
        request,
        "governance/version_history.html",
        {"version": version, "page": page, "days": presenting.by_day(presenting.lines(page.rows))},
    )


def find_facts(request: HttpRequest, name: str, number: int) -> VersionFacts:
    """Raises Http404 when the version is not visible."""
    versions = ModelVersion.objects.visible_to(request.user).filter(model__name=name, number=number)
    found = version_facts.load(versions.order_by())
    if not found:
        raise Http404("There is no such version.")
    return found[0]


def _outlook(request: HttpRequest, name: str, number: int) -> Outlook:
    return Outlook(find_facts(request, name, number), request.user, rights.tiers_decided_by(request.user))


def _retirement(version: ModelVersion) -> Retirement:
    return Retirement.objects.select_related("replacement__model", "retired_by").get(version=version)


def _evidence(outlook: Outlook) -> list[Evidence]:
    """The newest figures of each environment, in the order of the roads."""
    order = outlook.environments
    return sorted(evidence(outlook.facts), key=lambda found: order.index(found.purpose))


def _approvals(facts: VersionFacts) -> list[tuple[str, DecisionFact]]:
    """Who gave which approval last, whether or not it still holds."""
    latest = [(stage.stage.label, facts.latest_decision(stage.stage)) for stage in facts.stages]
    return [(label, decision) for label, decision in latest if decision and decision.approves]


def _actions(outlook: Outlook) -> list[Action]:
    """What this person may do beside the next step; left out without the permission, with a reason when not now."""
    version, person = outlook.version, outlook.person
    offered = {
        "approvals.record_deployment": _recording(outlook),
        "registry.declare_consumer": _declaring(outlook),
        "approvals.retire_version": _retiring(outlook),
    }
    return [action for permission, action in offered.items() if action and person.has_perm(permission, version)]


def _recording(outlook: Outlook) -> Action | None:
    environment = outlook.next_environment
    if environment is None:
        return None
    objections = rules.against_deploying(outlook.answers[environment], outlook.facts, by=outlook.person)
    reason = f"Opens when {len(objections)} more for {environment} {'is' if len(objections) == 1 else 'are'} met"
    return _action(outlook, "Record deployment", "approvals:deployment_record", "server", reason if objections else "")


def _declaring(outlook: Outlook) -> Action:
    objections = against_changing(outlook.version, is_retired=outlook.facts.is_retired)
    return _action(outlook, "Declare consumer", "registry:consumer_declare", "plug", "Retired" if objections else "")


def _retiring(outlook: Outlook) -> Action:
    objections = rules.against_retiring(outlook.facts, [])
    return _action(outlook, "Retire", "approvals:version_retire", "retire", "Retired already" if objections else "")


def _action(outlook: Outlook, label: str, url_name: str, icon: str, reason: str) -> Action:
    version = outlook.version
    return Action(label, reverse(url_name, args=[version.model.name, version.number]), icon, reason)
