"""What the reader of a review may decide now, and why not the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from approvals import rules
from approvals.facts import DecisionFact, VersionFacts
from approvals.models import Review, Stage
from registry.models import Person


@dataclass(frozen=True)
class Desk:
    """What the reader may decide now. `objections` say why not, about the stage that concerns them most.

    `given` is the approval that the stage has already, `is_own` whether the reader gave it.
    """

    stages: tuple[Stage, ...]
    stage: Stage | None
    objections: tuple[ValidationError, ...] = ()
    against_approving: tuple[ValidationError, ...] = ()
    given: DecisionFact | None = None
    is_own: bool = False

    @property
    def is_open(self) -> bool:
        return bool(self.stages)


def desk(facts: VersionFacts, review: Review, *, by: Person, may_decide: set[str], wanted: str = "") -> Desk:
    """`wanted` is the stage in the address, when the reader may decide more than one."""

    def against(stage: str, *, approving: bool) -> list[ValidationError]:
        return rules.against_deciding(facts, review, stage, by=by, may_decide=may_decide, approving=approving)

    asked = [Stage(stage.stage) for stage in facts.stages]
    mine = tuple(stage for stage in asked if not against(stage, approving=False))
    if mine:
        stage = next((each for each in mine if each == wanted), min(mine, key=facts.is_approved))
        given = facts.latest_decision(stage) if facts.is_approved(stage) else None
        return Desk(
            mine,
            stage,
            against_approving=tuple(against(stage, approving=True)),
            given=given,
            is_own=given is not None and given.by.id == by.pk,
        )
    stage = _nearest(facts, asked, may_decide)
    return Desk((), stage, tuple(against(stage, approving=False)) if stage else ())


def _nearest(facts: VersionFacts, asked: Sequence[Stage], may_decide: set[str]) -> Stage | None:
    """The reader's own stage first, and of those the first that is still to be decided."""
    ranked = sorted(asked, key=lambda stage: (stage not in may_decide, facts.is_approved(stage)))
    return ranked[0] if ranked else None
