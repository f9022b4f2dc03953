"""Who put their name to a version, stage by stage, as the foot of a document says it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone

from approvals.facts import ApprovalFacts, DecisionFact, Lapse, StageFact
from approvals.presenting.words import OUTCOME_WORDS, listed
from registry.models import Part


@dataclass(frozen=True)
class Signature:
    """`name` is empty while the stage lacks an approval; `lapsed` says why one counts no more."""

    stage: str
    name: str = ""
    said: str = ""
    at: datetime.datetime | None = None
    lapsed: str = ""


def signatures(facts: ApprovalFacts) -> list[Signature]:
    return [signature for stage in facts.stages for signature in _of_stage(facts, stage)]


def _of_stage(facts: ApprovalFacts, stage: StageFact) -> list[Signature]:
    """As many lines as the stage asks for approvals; one that counts no more holds its line until there is another."""
    label = stage.stage.label
    given = [_signature(label, each) for each in facts.approvals[stage.stage]]
    lapsed = [_signature(label, each, _why(facts, each)) for each in facts.lapsed(stage.stage)]
    lines = (given + lapsed[::-1])[: max(stage.quorum, len(given))]
    return lines + [Signature(label)] * (stage.quorum - len(lines))


def _signature(label: str, approval: DecisionFact, lapsed: str = "") -> Signature:
    return Signature(label, approval.by.name, OUTCOME_WORDS[approval.outcome], approval.at, lapsed)


def _why(facts: ApprovalFacts, approval: DecisionFact) -> str:
    match facts.lapse(approval):
        case Lapse.OTHERWISE:
            return "The policy asks something else by this name since"
        case Lapse.CHANGED:
            return f"{listed(Part(part.part).label for part in facts.changed_parts(approval))} changed since"
        case Lapse.EXPIRED:
            return f"It expired on {timezone.localtime(facts.expires_at(approval)):%-d %B %Y}"
        case Lapse.SECOND_STAGE:
            return f"{approval.by.name} approved another stage as well"
