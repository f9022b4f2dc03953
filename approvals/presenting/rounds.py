"""The rounds of a review: what was asked for, here or in an earlier review, what has changed since, and what the author
said in each of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from approvals.facts import DecisionFact, EvidenceFact, VersionFacts
from approvals.models import Decision, Review
from approvals.presenting.words import OUTCOME_WORDS, listed
from registry.models import Part


@dataclass(frozen=True)
class Changed:
    """A part of the evidence that is not what it was when somebody said no."""

    part: str
    by: str
    at: datetime.datetime


@dataclass(frozen=True)
class Request:
    """A no that waits for an answer, and what has changed since it."""

    decision: Decision
    changed: tuple[Changed, ...]

    @property
    def is_rejection(self) -> bool:
        return self.decision.outcome == Decision.Outcome.REJECTED


@dataclass(frozen=True)
class Message:
    """What the author told the reviewers when they submitted for the `round`-th time."""

    round: int
    by: str
    at: datetime.datetime
    text: str


def request(facts: VersionFacts, decided: Iterable[Decision]) -> Request | None:
    """What the author of the open review answers, or has answered; nothing once the stage that asked has approved."""
    return _request(facts, _unanswered(facts), decided)


def earlier_no(facts: VersionFacts, decided: Iterable[Decision]) -> Request | None:
    """What an earlier review said no with, for whoever asks or decides now."""
    return _request(facts, facts.earlier_no, decided)


def _request(facts: VersionFacts, no: DecisionFact | None, decided: Iterable[Decision]) -> Request | None:
    if no is None:
        return None
    decision = next(each for each in decided if each.pk == no.id)
    return Request(decision, tuple(_changed(part) for part in facts.changed_since(no)))


def _unanswered(facts: VersionFacts) -> DecisionFact | None:
    asked = facts.requested_changes
    return None if asked is None or facts.is_approved(asked.stage) else asked


def _changed(part: EvidenceFact) -> Changed:
    return Changed(Part(part.part).label, part.changed_by.name, part.changed_at)


def answer(facts: VersionFacts) -> str:
    """The same for a mail: what changed since somebody said no, as a sentence; "" where nobody did."""
    no = _unanswered(facts) or facts.earlier_no
    if no is None:
        return ""
    parts = [Part(part.part).label for part in facts.changed_since(no)]
    is_earlier = no.review_id != facts.open_review.id
    since = f"since {no.by.name} {OUTCOME_WORDS[no.outcome]}{f' in R-{no.review_id}' if is_earlier else ''}"
    return f"{listed(parts)} changed {since}." if parts else f"Nothing has changed {since}."


def has_rounds(review: Review) -> bool:
    """Whether what was said has to name its round, because another one was or comes."""
    return review.round > 1 or review.status == Review.Status.CHANGES_REQUESTED
