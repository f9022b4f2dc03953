"""Who put their name to a version, stage by stage, as the foot of a document says it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from approvals.facts import ApprovalFacts, StageFact
from approvals.models import Stage
from approvals.presenting.words import OUTCOME_WORDS
from registry.models import Part


@dataclass(frozen=True)
class Signature:
    """`name` is empty while nobody has approved the stage; `changed` names what the approval no longer rests on."""

    stage: str
    name: str = ""
    said: str = ""
    at: datetime.datetime | None = None
    changed: tuple[str, ...] = ()


def signatures(facts: ApprovalFacts) -> list[Signature]:
    return [_signature(facts, stage) for stage in facts.stages]


def _signature(facts: ApprovalFacts, stage: StageFact) -> Signature:
    label = Stage(stage.stage).label
    decision = facts.latest_decision(stage.stage)
    if decision is None or not decision.approves:
        return Signature(label)
    changed = tuple(Part(part.part).label for part in facts.changed_parts(decision))
    return Signature(label, decision.by.name, OUTCOME_WORDS[decision.outcome], decision.at, changed)
