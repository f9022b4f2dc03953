"""The rounds of a review: what was asked for, what has changed since, and what the author said in each of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from approvals.facts import DecisionFact, EvidenceFact, VersionFacts
from approvals.models import Decision, Review
from approvals.presenting.words import listed
from registry.models import Part


@dataclass(frozen=True)
class Changed:
    """A part of the evidence that is not what it was when changes were requested."""

    part: str
    by: str
    at: datetime.datetime


@dataclass(frozen=True)
class Request:
    """The newest request for changes in a review, and what has changed since it."""

    decision: Decision
    changed: tuple[Changed, ...]


@dataclass(frozen=True)
class Message:
    """What the author told the reviewers when they submitted for the `round`-th time."""

    round: int
    by: str
    at: datetime.datetime
    text: str


def request(facts: VersionFacts, decided: Iterable[Decision]) -> Request | None:
    """What the author of the open review answers, or has answered; nothing once the stage that asked has approved."""
    asked = _unanswered(facts)
    if asked is None:
        return None
    decision = next(each for each in decided if each.pk == asked.id)
    return Request(decision, tuple(_changed(part) for part in facts.changed_since(asked)))


def _unanswered(facts: VersionFacts) -> DecisionFact | None:
    asked = facts.requested_changes
    return None if asked is None or facts.is_approved(asked.stage) else asked


def _changed(part: EvidenceFact) -> Changed:
    return Changed(Part(part.part).label, part.changed_by.name, part.changed_at)


def answer(facts: VersionFacts) -> str:
    """The same for a mail: what changed since changes were requested, as a sentence; "" where none were."""
    asked = _unanswered(facts)
    if asked is None:
        return ""
    parts = [Part(part.part).label for part in facts.changed_since(asked)]
    since = f"since {asked.by.name} requested changes"
    return f"{listed(parts)} changed {since}." if parts else f"Nothing has changed {since}."


def has_rounds(review: Review) -> bool:
    """Whether what was said has to name its round, because another one was or comes."""
    return review.round > 1 or review.status == Review.Status.CHANGES_REQUESTED
