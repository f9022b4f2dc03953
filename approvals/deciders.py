"""Who may decide each stage of a version, and why the others may not: the rules that deciding asks, about everybody
who holds the right."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from approvals import rules
from approvals.facts import ApprovalFacts, StageFact
from approvals.models import Review
from approvals.rights import Right
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
    others than those who are `spent`: they have had their say in favour. `named` are those whom the policy names for
    it, as `StageFact.named` says them."""

    stage: StageFact
    able: tuple[Person, ...]
    barred: tuple[Barred, ...]
    against_now: tuple[ValidationError, ...]
    against_approving: tuple[ValidationError, ...]
    spent: frozenset[uuid.UUID] = frozenset()
    named: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        return not self.against_now

    @property
    def holders(self) -> list[Person]:
        """Everybody who holds the right, whether or not they may decide here."""
        return [*self.able, *(each.person for each in self.barred)]

    def may_decide(self, person: Person) -> bool:
        return self.is_open and person in self.able

    def may_approve(self, person: Person) -> bool:
        return self.may_decide(person) and not self.against_approving and person.identity not in self.spent


def able(facts: ApprovalFacts, stage: StageFact, holders: Mapping[str, Mapping[Person, Right]]) -> list[Person]:
    """Who may decide the stage whenever it is asked for, and has not had their say in favour. `holders` are
    `rights.active_holders` of the version's tier."""
    spent = facts.spent(stage.stage)
    return [
        person
        for person, right in holders.get(stage.decided_with, {}).items()
        if person.identity not in spent and not rules.against_decider(facts, stage.stage, by=person, right=right)
    ]


def of(facts: ApprovalFacts, holders: Mapping[str, Mapping[Person, Right]]) -> list[StageDeciders]:
    """`holders` are `rights.holders` of the version's tier. In the order of the stages."""
    return [_stage(facts, stage, holders) for stage in facts.stages]


def _stage(facts: ApprovalFacts, stage: StageFact, holders: Mapping[str, Mapping[Person, Right]]) -> StageDeciders:
    held = holders.get(stage.decided_with, {})
    against = {person: _against(facts, stage, person, right) for person, right in held.items()}
    return StageDeciders(
        stage,
        able=tuple(person for person, codes in against.items() if not codes),
        barred=tuple(Barred(person, codes) for person, codes in against.items() if codes),
        against_now=tuple(_against_now(facts, stage, approving=False)),
        against_approving=tuple(_against_now(facts, stage, approving=True)),
        spent=frozenset(facts.spent(stage.stage)),
        named=stage.named(facts.version.model_id),
    )


def _against(facts: ApprovalFacts, stage: StageFact, person: Person, right: Right) -> tuple[str, ...]:
    held = right if person.is_active else None
    return tuple(error.code for error in rules.against_decider(facts, stage.stage, by=person, right=held))


def _against_now(facts: ApprovalFacts, stage: StageFact, *, approving: bool) -> list[ValidationError]:
    asked = facts.open_review
    if asked is None:
        return [ValidationError("Nobody asks for a review of this version now.", code="not-asked")]
    return rules.against_deciding_now(facts, Review(pk=asked.id, status=asked.status), stage, approving=approving)
