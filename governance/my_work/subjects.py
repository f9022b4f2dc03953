"""Which models a person has to do with, and under which headings of the ledger these are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q

from approvals.duties import Duties
from approvals.facts.loading import JSONRows
from approvals.models import Decision
from audit.models import reference_of
from registry.models import AIModel, Deployment, Person, UseCase

#: So many of each kind, the newest: somebody whose team has a thousand models does not look for old ones here.
MOST = 300


@dataclass(frozen=True)
class Subjects:
    """`own` are ids of models that the person or their team is responsible for."""

    own: list[int]
    streams: list[str]


def of(person: Person, duties: Duties) -> Subjects:
    """From one statement, each part of which begins at an index, and from what waits for the person."""
    rows = Person.objects.filter(pk=person.pk).values(
        owned=_models(owner=OuterRef("pk")),
        registered=_models(registered_by=OuterRef("pk")),
        of_team=_models(team__in=person.standing.teams),
        decided=_decided_models(),
        released=_released_models(),
        proposed=_use_cases(),
    )
    found = {kind: [row["id"] for row in listed] for kind, listed in rows.get().items()}
    own = sorted({*found["owned"], *found["registered"], *found["of_team"]}, reverse=True)[:MOST]
    waiting = {duty.facts.version.model_id for duty in duties.decisions}
    models = {*own, *found["decided"], *found["released"], *waiting}
    streams = [reference_of(AIModel, key) for key in models] + [reference_of(UseCase, key) for key in found["proposed"]]
    return Subjects(own, streams)


def _models(**of: Any) -> JSONRows:
    """Registered last, so with the highest numbers."""
    return JSONRows(AIModel.objects.filter(**of).order_by("-pk")[:MOST], id=F("pk"))


def _decided_models() -> JSONRows:
    decided = Decision.objects.filter(decided_by=OuterRef("pk")).order_by("-pk")
    return JSONRows(decided[:MOST], id=F("review__version__model"))


def _released_models() -> JSONRows:
    released = Deployment.objects.filter(deployed_by=OuterRef("pk")).order_by("-pk")
    return JSONRows(released[:MOST], id=F("model"))


def _use_cases() -> JSONRows:
    proposed = UseCase.objects.filter(Q(proposed_by=OuterRef("pk")) | Q(sponsor=OuterRef("pk"))).order_by("-pk")
    return JSONRows(proposed[:MOST], id=F("pk"))
