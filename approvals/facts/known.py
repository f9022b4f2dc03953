"""What is known of a version: plain, frozen, and the questions that it answers by itself."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from approvals.models import Decision, Review
from registry import days
from registry.models import ModelCard, ModelVersion, Part, ReleasePlan, UseCase


@dataclass(frozen=True)
class Who:
    """A person as facts know them. Compared by id."""

    id: uuid.UUID
    name: str


NOBODY = Who(uuid.UUID(int=0), "nobody known")

#: Beside the parts of the evidence, what somebody can have to do with a version (`ApprovalFacts.work`).
REGISTERED, OWNED = "registered", "owned"


@dataclass(frozen=True)
class StageFact:
    stage: str
    position: int
    rests_on: tuple[str, ...]


@dataclass(frozen=True)
class ThresholdFact:
    task: str
    purpose: str
    metric: str
    group: str
    bound: str
    limit: Decimal


@dataclass(frozen=True)
class PolicyTerms:
    """What a policy asks, whether it is a draft or published."""

    review_cadence_days: int
    rollback_test_valid_days: int
    stages: tuple[StageFact, ...]
    thresholds: tuple[ThresholdFact, ...]


@dataclass(frozen=True)
class PolicyFact(PolicyTerms):
    id: int
    revision: int


@dataclass(frozen=True)
class EvidenceFact:
    part: str
    digest: str
    changed_by: Who
    changed_at: datetime.datetime


@dataclass(frozen=True)
class DecisionFact:
    id: int
    review_id: int
    stage: str
    round: int
    outcome: str
    evidence: Mapping[str, str]
    by: Who
    at: datetime.datetime

    @property
    def approves(self) -> bool:
        return self.outcome in Decision.APPROVING

    @property
    def is_conditional(self) -> bool:
        return self.outcome == Decision.Outcome.APPROVED_WITH_CONDITIONS


@dataclass(frozen=True)
class ReviewFact:
    id: int
    status: str
    round: int
    requested_by: Who
    submitted_by: Who | None
    submitted_at: datetime.datetime | None


@dataclass(frozen=True)
class ConditionFact:
    id: int
    text: str
    owner: Who
    due_on: datetime.date


@dataclass(frozen=True)
class MeasurementFact:
    evaluation_id: int
    metric: str
    value: Decimal
    group: str
    slice: str
    sample_size: int | None


@dataclass(frozen=True)
class EvaluationFact:
    """The newest evaluation of one purpose, with its figures."""

    id: int
    purpose: str
    dataset: str
    by: str
    at: datetime.datetime
    measurements: tuple[MeasurementFact, ...]


@dataclass(frozen=True)
class DeploymentFact:
    id: int
    environment: str
    by: str
    at: datetime.datetime
    ended_at: datetime.datetime | None


@dataclass(frozen=True)
class ApprovalFacts:
    """What deciding about a version asks, at `now`. `policies` are the newest of its tier and the one of its last
    review."""

    now: datetime.datetime
    version: ModelVersion
    use_case: UseCase | None
    policies: tuple[PolicyFact, ...]
    evidence: Mapping[str, EvidenceFact]
    reviews: tuple[ReviewFact, ...]
    decisions: tuple[DecisionFact, ...]

    @property
    def is_assessed(self) -> bool:
        """Somebody has answered for the model's risk, so that it has a tier. Not so for an import."""
        return self.version.model.tier_id is not None

    @property
    def today(self) -> datetime.date:
        return days.of(self.now)

    @property
    def open_review(self) -> ReviewFact | None:
        return next((review for review in self.reviews if review.status in Review.OPEN), None)

    @cached_property
    def stages(self) -> tuple[StageFact, ...]:
        """Every stage that one of the policies asks for, in order; a stage rests on all parts any of them names."""
        united: dict[str, StageFact] = {}
        for stage in (stage for policy in self.policies for stage in policy.stages):
            known = united.get(stage.stage, stage)
            parts = tuple(dict.fromkeys(known.rests_on + stage.rests_on))
            united[stage.stage] = StageFact(stage.stage, max(known.position, stage.position), parts)
        return tuple(sorted(united.values(), key=lambda stage: (stage.position, stage.stage)))

    def latest_decision(self, stage: str) -> DecisionFact | None:
        return next((decision for decision in reversed(self.decisions) if decision.stage == stage), None)

    @property
    def requested_changes(self) -> DecisionFact | None:
        """What the open review was last handed back with; its author answers by submitting again."""
        asked = self.open_review
        in_it = [decision for decision in self.decisions if asked and decision.review_id == asked.id]
        return next((each for each in reversed(in_it) if each.outcome == Decision.Outcome.CHANGES_REQUESTED), None)

    def changed_since(self, decision: DecisionFact) -> list[EvidenceFact]:
        """The parts that are not what they were when `decision` was made, whether or not its stage rests on them."""
        return [self.evidence[part] for part in Part if part in self.evidence and self._has_changed(part, decision)]

    def _has_changed(self, part: str, decision: DecisionFact) -> bool:
        now = self.evidence[part]
        if part in decision.evidence:
            return now.digest != decision.evidence[part]
        return now.changed_at > decision.at

    def changed_parts(self, decision: DecisionFact) -> list[EvidenceFact]:
        """The parts that are no longer what `decision` was made on. A part that is gone has changed."""
        stage = next((stage for stage in self.stages if stage.stage == decision.stage), None)
        now = [self.evidence.get(part, self._gone(part)) for part in (stage.rests_on if stage else decision.evidence)]
        return [part for part in now if part.digest != decision.evidence.get(part.part)]

    def _gone(self, part: str) -> EvidenceFact:
        return EvidenceFact(part, "", NOBODY, self.now)

    @property
    def requesters(self) -> set[uuid.UUID]:
        """Everybody who opened or submitted a review of this version."""
        asked = [person for review in self.reviews for person in (review.requested_by, review.submitted_by)]
        return {person.id for person in asked if person}

    @property
    def work(self) -> dict[uuid.UUID, list[str]]:
        """Whose work is judged, and what of it: who registered the version, owns the model, or last changed a part."""
        found: dict[uuid.UUID, list[str]] = {self.version.created_by_id: [REGISTERED]}
        found.setdefault(self.version.model.owner_id, []).append(OWNED)
        for part in self.evidence.values():
            found.setdefault(part.changed_by.id, []).append(part.part)
        return found

    @property
    def authors(self) -> set[uuid.UUID]:
        return set(self.work)

    @property
    def barred(self) -> set[uuid.UUID]:
        """Who does not decide about this version, whatever rights they hold."""
        return self.requesters | self.authors

    def is_approved(self, stage: str) -> bool:
        """The newest decision of the stage approves, and rests on what is there now."""
        decision = self.latest_decision(stage)
        return decision is not None and decision.approves and not self.changed_parts(decision)

    def is_open(self, stage: StageFact) -> bool:
        """Everything that comes before the stage is approved."""
        return all(self.is_approved(before.stage) for before in self.stages if before.position < stage.position)


@dataclass(frozen=True)
class VersionFacts(ApprovalFacts):
    """One version, with everything that gates ask. `halted` says why the portal is read-only, "" when it is not."""

    halted: str
    missing_lineage: tuple[str, ...]
    card: ModelCard | None
    plan: ReleasePlan | None
    is_retired: bool
    open_conditions: tuple[ConditionFact, ...]
    evaluations: Mapping[str, EvaluationFact]
    code_check: Mapping[str, Any] | None
    deployments: tuple[DeploymentFact, ...]

    def active_in(self, environment: str) -> DeploymentFact | None:
        return next((d for d in self.deployments if d.environment == environment and d.ended_at is None), None)
