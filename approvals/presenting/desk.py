"""What the reader of a review may decide now, and why not the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import rules
from approvals.facts import VersionFacts
from approvals.models import Review, Stage
from approvals.presenting.words import listed
from approvals.rights import Right
from registry.models import Person


@dataclass(frozen=True)
class Desk:
    """What the reader may decide now. `objections` say why not, about the stage that concerns them most.

    `given` says who has approved the stage, once nobody or not the reader is asked for it any more; `is_own` whether
    the reader has.
    """

    stages: tuple[Stage, ...]
    stage: Stage | None
    objections: tuple[ValidationError, ...] = ()
    against_approving: tuple[ValidationError, ...] = ()
    given: str = ""
    is_own: bool = False

    @property
    def is_open(self) -> bool:
        return bool(self.stages)


def desk(facts: VersionFacts, review: Review, *, by: Person, held: Mapping[str, Right], wanted: str = "") -> Desk:
    """`held` are the reader's rights in the version's tier, by `StageFact.decided_with`. `wanted` is the stage in the
    address, when the reader may decide more than one."""

    def against(stage: str, *, approving: bool) -> list[ValidationError]:
        right = held.get(facts.decided_with(stage))
        return rules.against_deciding(facts, review, stage, by=by, right=right, approving=approving)

    asked = [stage.stage for stage in facts.stages]
    mine = tuple(stage for stage in asked if not against(stage, approving=False))
    if mine:
        stage = next((each for each in mine if each == wanted), min(mine, key=lambda each: _is_done(facts, each, by)))
        return Desk(
            mine,
            stage,
            against_approving=tuple(against(stage, approving=True)),
            given=_given(facts, stage, by) if _is_done(facts, stage, by) else "",
            is_own=by.identity in facts.spent(stage),
        )
    stage = _nearest(facts, asked, held)
    return Desk((), stage, tuple(against(stage, approving=False)) if stage else ())


def _is_done(facts: VersionFacts, stage: str, by: Person) -> bool:
    """Whether it is approved, or waits for somebody else’s approval."""
    return facts.is_approved(stage) or by.identity in facts.spent(stage)


def _given(facts: VersionFacts, stage: str, by: Person) -> str:
    approvals = facts.approvals[stage]
    names = ["You" if each.by.id == by.identity else each.by.name for each in approvals]
    how = " with conditions" if any(each.is_conditional for each in approvals) else ""
    said = f"{listed(names)} approved{how} on {timezone.localtime(approvals[-1].at):%-d %b %Y}."
    if facts.is_approved(stage):
        return f"{said} It is asked again only when what it rests on changes."
    return f"{said} It also asks for somebody else’s approval."


def _nearest(facts: VersionFacts, asked: Sequence[Stage], held: Collection[str]) -> Stage | None:
    """The reader's own stage first, and of those the first that is still to be decided."""
    ranked = sorted(asked, key=lambda stage: (facts.decided_with(stage) not in held, facts.is_approved(stage)))
    return ranked[0] if ranked else None
