"""Who may decide each stage of a version, and why the others may not: the rules that deciding asks, about everybody
who holds the right."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from approvals import rules
from approvals.facts import ApprovalFacts, StageFact
from approvals.models import Review
from registry.models import Person


@dataclass(frozen=True)
class Barred:
    """Somebody who holds the right to decide a stage and may not decide it here. `codes` are the rule's."""

    person: Person
    codes: tuple[str, ...]


@dataclass(frozen=True)
class StageDeciders:
    """One stage: who decides it (`able`), who would but for what they have to do with it (`barred`), and what it waits
    for now. Nobody decides while `against_now` says something; approving also waits for `against_approving`, and for
    others than those who are `spent`: they have had their say in favour."""

    stage: StageFact
    able: tuple[Person, ...]
    barred: tuple[Barred, ...]
    against_now: tuple[ValidationError, ...]
    against_approving: tuple[ValidationError, ...]
    spent: frozenset[uuid.UUID] = frozenset()

    @property
    def is_open(self) -> bool:
        return not self.against_now

    @property
    def holders(self) -> list[Person]:
        """Everybody who holds the right, whether or not they may decide here."""
        return [*self.able, *(each.person for each in self.barred)]

    def may_decide(self, person: uuid.UUID) -> bool:
        return self.is_open and any(able.pk == person for able in self.able)

    def may_approve(self, person: uuid.UUID) -> bool:
        return self.may_decide(person) and not self.against_approving and person not in self.spent


def of(facts: ApprovalFacts, holders: Mapping[str, Sequence[Person]]) -> list[StageDeciders]:
    """`holders` are `rights.holders_by_stage` of the version's tier. In the order of the stages."""
    return [_stage(facts, stage, holders) for stage in facts.stages]


def _stage(facts: ApprovalFacts, stage: StageFact, holders: Mapping[str, Sequence[Person]]) -> StageDeciders:
    against = {person: _against(facts, stage, person) for person in holders.get(stage.stage, ())}
    return StageDeciders(
        stage,
        able=tuple(person for person, codes in against.items() if not codes),
        barred=tuple(Barred(person, codes) for person, codes in against.items() if codes),
        against_now=tuple(_against_now(facts, stage, approving=False)),
        against_approving=tuple(_against_now(facts, stage, approving=True)),
        spent=frozenset(facts.spent(stage.stage)),
    )


def _against(facts: ApprovalFacts, stage: StageFact, person: Person) -> tuple[str, ...]:
    held = {stage.stage} if person.is_active else set()
    return tuple(error.code for error in rules.against_decider(facts, stage.stage, by=person, may_decide=held))


def _against_now(facts: ApprovalFacts, stage: StageFact, *, approving: bool) -> list[ValidationError]:
    asked = facts.open_review
    if asked is None:
        return [ValidationError("Nobody asks for a review of this version now.", code="not-asked")]
    return rules.against_deciding_now(facts, Review(pk=asked.id, status=asked.status), stage.stage, approving=approving)
