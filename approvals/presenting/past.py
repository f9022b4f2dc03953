"""How a page says what ran at an instant: each deed with the line that the ledger has for it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from approvals.models import Decision
from approvals.past import Happened, Judgement, Past, Place
from approvals.presenting.promises import Look
from approvals.presenting.words import OUTCOME_LOOKS
from audit.presenting import Line
from registry.models import AIModel, Part

#: So many retirements are listed, the newest of them.
MOST_RETIRED = 10
#: Beside the digest of the model file itself, this one is of more.
ARTIFACT_PART = "Artifact as recorded: digest, size and address"

#: By the number of the event.
Lines = Mapping[int, Line]


@dataclass(frozen=True)
class PastPromise:
    text: str
    kept: Line | None


@dataclass(frozen=True)
class PastPolicy:
    """`line` is what the ledger has for its publishing."""

    tier: str
    revision: int
    line: Line

    def __str__(self) -> str:
        return f"{self.tier} risk policy, revision {self.revision}"


@dataclass(frozen=True)
class PastDecision:
    stage: str
    look: Look
    line: Line
    promises: tuple[PastPromise, ...]
    approves: bool
    policy: PastPolicy | None


@dataclass(frozen=True)
class PastEvidence:
    """A part as the deciders of some stages had it before them."""

    part: str
    digest: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class PastPlace:
    """`number` is the version that ran in the environment, None when nothing did; then `line` says what ended last."""

    environment: str
    label: str
    number: int | None
    line: Line | None
    ended_number: int | None
    artifact: str
    reference: str
    replaced: int | None


@dataclass(frozen=True)
class PastVersion:
    """A version that ran somewhere, with what had been decided about it, and how its approval was `stopped` by then."""

    number: int
    places: tuple[PastPlace, ...]
    decisions: tuple[PastDecision, ...]
    evidence: tuple[PastEvidence, ...]
    stopped: Line | None = None

    @property
    def approvals(self) -> list[PastDecision]:
        return [decision for decision in self.decisions if decision.approves]

    @property
    def objections(self) -> list[PastDecision]:
        return [decision for decision in self.decisions if not decision.approves]


@dataclass(frozen=True)
class PastRetirement:
    number: int
    line: Line


@dataclass(frozen=True)
class PastTold:
    places: tuple[PastPlace, ...]
    versions: tuple[PastVersion, ...]
    registered: Line | None
    assessed: Line | None
    retired: tuple[PastRetirement, ...]
    more_retired: int

    @property
    def production(self) -> PastPlace:
        return self.places[0]

    @property
    def in_production(self) -> PastVersion | None:
        return next((each for each in self.versions if self.production in each.places), None)


def shown(past: Past) -> list[int]:
    """The numbers of the events whose lines the page needs."""
    named = {place.ended.pk for place in past.places if place.ended}
    left_out = {event.pk for event in past.retired[:-MOST_RETIRED]} - named
    return [event.pk for event in past.events() if event.pk not in left_out]


def past_told(past: Past, lines: Lines) -> PastTold:
    places = tuple(place_told(place, lines) for place in past.places)
    newest = past.retired[-MOST_RETIRED:]
    return PastTold(
        places=places,
        versions=_versions(past, places, lines),
        registered=_line(past.registered, lines),
        assessed=_line(past.assessed, lines),
        retired=tuple(PastRetirement(event.version, lines[event.pk]) for event in reversed(newest)),
        more_retired=len(past.retired) - len(newest),
    )


def written(instant: datetime.datetime) -> str:
    """The instant as addresses say it, to the last digit: 2026-03-03T10:00:00Z."""
    return instant.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")


def address_of(model: AIModel, at: datetime.datetime) -> str:
    return f"{reverse('approvals:model_past', args=[model.name])}?{urlencode({'at': written(at)}, safe=':')}"


def _line(event: Happened | None, lines: Lines) -> Line | None:
    return lines[event.pk] if event else None


def place_told(place: Place, lines: Lines) -> PastPlace:
    running = place.running
    facts = running.facts if running else {}
    return PastPlace(
        environment=place.environment.value,
        label=place.environment.label,
        number=running.version if running else None,
        line=_line(running or place.ended, lines),
        ended_number=place.ended.version if place.ended else None,
        artifact=facts.get("artifact_sha256", ""),
        reference=facts.get("reference", ""),
        replaced=facts.get("replaced"),
    )


def _versions(past: Past, places: tuple[PastPlace, ...], lines: Lines) -> tuple[PastVersion, ...]:
    """In the order of the environments, each once."""
    running = {place.running.version: place for place in reversed(past.places) if place.running}
    return tuple(
        PastVersion(
            number=number,
            places=tuple(place for place in places if place.number == number),
            decisions=tuple(decision_told(judgement, lines) for judgement in running[number].judgements),
            evidence=_evidence(running[number].judgements),
            stopped=_line(running[number].stopped, lines),
        )
        for number in dict.fromkeys(place.number for place in places if place.number)
    )


def decision_told(judgement: Judgement, lines: Lines) -> PastDecision:
    outcome = Decision.Outcome(judgement.outcome)
    return PastDecision(
        stage=judgement.stage,
        look=Look(*OUTCOME_LOOKS[outcome], outcome.label),
        line=lines[judgement.event.pk],
        promises=tuple(PastPromise(promise.text, _line(promise.kept, lines)) for promise in judgement.promises),
        approves=judgement.approves,
        policy=_policy(judgement.policy, lines),
    )


def _policy(published: Happened | None, lines: Lines) -> PastPolicy | None:
    if published is None:
        return None
    return PastPolicy(published.facts["tier"], published.facts["revision"], lines[published.pk])


def _evidence(judgements: tuple[Judgement, ...]) -> tuple[PastEvidence, ...]:
    """Each digest once, the parts in their order: stages that saw the same share a line."""
    seen: dict[tuple[str, str], list[str]] = {}
    for part in Part.values:
        for judgement in judgements:
            if part in judgement.evidence:
                seen.setdefault((part, judgement.evidence[part]), []).append(judgement.stage.label)
    labels = dict(Part.choices) | {Part.ARTIFACT: ARTIFACT_PART}
    return tuple(PastEvidence(labels[part], digest, tuple(stages)) for (part, digest), stages in seen.items())
