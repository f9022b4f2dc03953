"""The first page: what waits for the person signed in, or how an empty portal is begun."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals import facts as version_facts
from approvals import rights
from approvals.models import Condition, PerformanceReview, Review, Stage
from approvals.waiting import stages_waiting
from audit import presenting
from audit.models import Event
from governance.outlook import Outlook
from registry import days
from registry.lifecycle import use_case_verb
from registry.models import AIModel, Environment, ModelVersion, Person, Retirement, RiskTier, Team, UseCase
from registry.models.catalog import next_environment

SHOWN = 20
LATEST = 10


@dataclass(frozen=True)
class Waiting:
    """One decision that waits for the person signed in."""

    stage: str
    version: ModelVersion
    asked_by: str
    asked_at: datetime.datetime
    tier: RiskTier
    holds_up: str
    url: str


@dataclass(frozen=True)
class Owed:
    """A condition the person signed in promised to fulfil."""

    text: str
    owner: str
    due: datetime.date
    state: str
    url: str


@dataclass(frozen=True)
class FirstStep:
    """One of the three steps that fill an empty portal; `url` only for somebody who may do it."""

    title: str
    sub: str
    done: bool
    url: str = ""
    button: str = ""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    person = request.user
    if not person.is_authenticated:
        return _first_visit(request)
    if not AIModel.objects.visible_to(person).exists():
        return render(request, "governance/welcome.html", {"steps": _first_steps(person)})
    return render(request, "governance/home.html", _my_work(person))


def _first_visit(request: HttpRequest) -> HttpResponse:
    if Person.objects.filter(kind=Person.Kind.HUMAN).exists():
        return redirect("account_login")
    return render(request, "governance/setup.html")


def _first_steps(person: Person) -> list[FirstStep]:
    """What is left of the first steps, with buttons for what this person may do. None for somebody without a role."""
    if not person.has_perm("registry.view_registry"):
        return []
    adds_people = person.has_perm("registry.manage_people")
    registers = _may_register(person)
    has_others = Person.objects.filter(kind=Person.Kind.HUMAN).exclude(pk=person.pk).exists()
    return [
        FirstStep("Make the first administrator", "Done with manage.py first_admin.", done=True),
        FirstStep(
            "Add your people",
            "Each gets a one-time link to set a password. Every tier needs at least a technical reviewer.",
            done=has_others,
            url=reverse("governance:person_add") if adds_people else "",
            button="Add a person",
        ),
        FirstStep(
            "Register the first model",
            "You are in a team of data scientists, so this is yours."
            if registers
            else "A data scientist who belongs to a team does this.",
            done=False,
            url=reverse("registry:model_register") if registers else "",
            button="Register a model",
        ),
    ]


def _may_register(person: Person) -> bool:
    """Models are registered for a team, so it takes one in which the person may."""
    return any(person.has_perm("registry.register_model", Team(pk=team)) for team in person.standing.teams)


def _my_work(person: Person) -> dict[str, Any]:
    decided = rights.tiers_decided_by(person)
    waiting = _waiting(person, decided) if decided else []
    mine = version_facts.load(_newest_versions_of(person)[: SHOWN + 1])
    events = Event.objects.filter(stream__startswith=f"{AIModel._meta.label_lower}:")[:LATEST]
    return {
        "lead": _lead(len(waiting), decides=bool(decided)),
        "decides": bool(decided),
        "waiting": waiting[:SHOWN],
        "waiting_count": len(waiting),
        "outlooks": [Outlook(facts, person, decided) for facts in mine[:SHOWN]],
        "has_more_versions": len(mine) > SHOWN,
        "may_register": _may_register(person),
        "use_cases": _proposed(person),
        "conditions": _owed(person),
        "performance_reviews": _due(person),
        "latest": presenting.lines(events),
    }


def _lead(waiting: int, *, decides: bool) -> str:
    today = f"{timezone.localdate():%A %-d %B}."
    if not decides:
        return today
    if not waiting:
        return f"{today} Nothing waits for your decision."
    return f"{today} {waiting} decision{'s wait' if waiting > 1 else ' waits'} for you."


def _waiting(person: Person, decided: Mapping[str, set[int]]) -> list[Waiting]:
    """Longest waiting first."""
    tiers = set().union(*decided.values())
    reviewed = Review.objects.filter(version=OuterRef("pk"), status=Review.Status.IN_REVIEW)
    versions = ModelVersion.objects.filter(Exists(reviewed), model__tier__in=tiers).exclude(created_by=person)
    found = [
        _decision(facts, stage.stage)
        for facts in version_facts.load(versions)
        for stage in stages_waiting(facts, person, decided)
    ]
    return sorted(found, key=lambda waiting: waiting.asked_at)


def _decision(facts: version_facts.VersionFacts, stage: str) -> Waiting:
    review, version = facts.open_review, facts.version
    return Waiting(
        stage=Stage(stage).label,
        version=version,
        asked_by=review.requested_by.name,
        asked_at=review.submitted_at,
        tier=version.model.tier,
        holds_up=_held_up(stage, version),
        url=reverse("approvals:review_detail", args=[review.id]),
    )


def _held_up(stage: str, version: ModelVersion) -> str:
    """Staging waits for the technical approval only; production for all."""
    environment = next_environment(version.status)
    if environment is None:
        return "Nothing: it is in production"
    return environment.label if stage == Stage.TECHNICAL else Environment.PRODUCTION.label


def _newest_versions_of(person: Person) -> QuerySet[ModelVersion]:
    """The newest version of each model that is the person's own or their team's, unless it is retired."""
    newer = ModelVersion.objects.filter(model=OuterRef("model"), number__gt=OuterRef("number"))
    own = Q(model__owner=person) | Q(model__registered_by=person) | Q(model__team__in=person.standing.teams)
    retired = Retirement.objects.filter(version=OuterRef("pk"))
    return ModelVersion.objects.filter(own, ~Exists(newer), ~Exists(retired)).newest_first()


def _proposed(person: Person) -> list[UseCase]:
    """Use cases that wait for a decision of this person, longest waiting first."""
    if not person.has_perm(use_case_verb("approve").permission):
        return []
    waiting = UseCase.objects.filter(status=UseCase.Status.PROPOSED).exclude(proposed_by=person)
    return list(waiting.select_related("proposed_by").order_by("proposed_at")[:SHOWN])


def _owed(person: Person) -> list[Owed]:
    today = days.today()
    conditions = (
        Condition.objects.open()
        .filter(owner=person, decision__review__version__retirement=None)
        .exclude(decision__review__status=Review.Status.WITHDRAWN)
        .select_related("decision__review__version__model")
    )
    return [
        Owed(
            text=condition.text,
            owner=str(condition.decision.review.version),
            due=condition.due_on,
            state="overdue" if condition.due_on < today else "open",
            url=reverse("approvals:condition_fulfil", args=[condition.pk]),
        )
        for condition in conditions[:SHOWN]
    ]


def _due(person: Person) -> QuerySet[PerformanceReview]:
    own = Q(model__owner=person) | Q(model__team__in=person.standing.teams)
    return PerformanceReview.objects.open().filter(own).select_related("version__model")[:SHOWN]
