"""What is known of a version: plain, frozen, and the questions that it answers by itself."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import takewhile
from typing import Any

from approvals.models import LOOKS_AT, USUALLY, Check, CheckMode, Condition, Decision, Review, Stage, every_card_section
from registry import days
from registry.models import ModelCard, ModelVersion, Part, ReleasePlan, UseCase


class Lapse(StrEnum):
    """Why an approval counts no more."""

    OTHERWISE = "the policy asks something else by this name, or takes another right for it"
    CHANGED = "what it rests on changed"
    EXPIRED = "approvals count for so long, and no longer"
    SECOND_STAGE = "the same person approved another stage, and nobody approves two"


@dataclass(frozen=True)
class Who:
    """A person as facts know them. Compared by id, which is one for all accounts of one human (`Person.identity`)."""

    id: uuid.UUID
    name: str


LAST_MOMENT = datetime.datetime.max.replace(tzinfo=datetime.UTC)
NOBODY = Who(uuid.UUID(int=0), "nobody known")

#: Beside the parts of the evidence, what somebody can have to do with a version (`ApprovalFacts.work`).
REGISTERED, OWNED = "registered", "owned"

LEAST_FIRST = tuple(CheckMode)


@dataclass(frozen=True)
class StageFact:
    """`quorum` people approve it, each having confirmed what is on its `checklist`. Signed, a decision takes whoever
    makes it to show again who they are. It is due `service_level_days` business days after it opened, None being never,
    and is then brought to the `fallback`, the id of a person or "".

    `question` is what is judged, "" the usual. `right` is the stage whose right decides it, "" its own. `deciders` says
    which of those who hold it do: pairs of the id of a model, "" being every other, and a person or a team
    (`person_named`, `team_named`). Where a model is named nobody but those named with it decides; where nobody is,
    everybody with the right.
    """

    stage: Stage
    position: int
    rests_on: tuple[str, ...]
    quorum: int = 1
    checklist: tuple[str, ...] = ()
    is_signed: bool = False
    service_level_days: int | None = None
    fallback: str = ""
    question: str = ""
    right: str = ""
    deciders: tuple[tuple[str, str], ...] = ()

    @property
    def decided_with(self) -> str:
        """The right that deciding it takes."""
        return self.right or self.stage

    def named(self, model: int) -> frozenset[str]:
        """Who of those with the right decides it for the model of this id; nobody named is everybody."""
        of_model = frozenset(who for whose, who in self.deciders if whose == str(model))
        return of_model or frozenset(who for whose, who in self.deciders if not whose)

    def united(self, earlier: StageFact, *, is_under_way: bool) -> StageFact:
        """What this and an earlier revision ask of one stage: all that either does. A review that `is_under_way` keeps
        its question and those who decide it, so that nobody exchanges them meanwhile."""
        judged_by = earlier if is_under_way else self
        return replace(
            self,
            position=max(self.position, earlier.position),
            rests_on=tuple(dict.fromkeys(self.rests_on + earlier.rests_on)),
            quorum=max(self.quorum, earlier.quorum),
            checklist=tuple(dict.fromkeys(self.checklist + earlier.checklist)),
            is_signed=self.is_signed or earlier.is_signed,
            service_level_days=min(filter(None, (self.service_level_days, earlier.service_level_days)), default=None),
            fallback=self.fallback or earlier.fallback,
            question=judged_by.question,
            right=judged_by.right,
            deciders=judged_by.deciders,
        )


def person_named(key: uuid.UUID | str) -> str:
    """How `StageFact.deciders` names somebody."""
    return f"person:{key}"


def team_named(key: int | str) -> str:
    """How `StageFact.deciders` names the members of a team."""
    return f"team:{key}"


def names_of(person: uuid.UUID, teams: Iterable[int]) -> frozenset[str]:
    """All that `StageFact.deciders` can name to mean this person, who is in these teams."""
    return frozenset((person_named(person), *map(team_named, teams)))


@dataclass(frozen=True)
class ThresholdFact:
    task: str
    purpose: str
    metric: str
    group: str
    bound: str
    limit: Decimal


@dataclass(frozen=True, kw_only=True)
class PolicyTerms:
    """What a policy asks, whether it is a draft or published. An approval counts for `approval_valid_days`, None being
    for good; with `is_one_stage_each` nobody approves two stages of one version. `checks` says how much is made of each
    check, where it is not as usual."""

    review_cadence_days: int
    rollback_test_valid_days: int
    approval_valid_days: int | None = None
    is_one_stage_each: bool = False
    checks: Mapping[str, str] = field(default_factory=dict)
    card_sections: tuple[str, ...] = field(default_factory=lambda: tuple(every_card_section()))
    least_test_coverage: int | None = None
    stages: tuple[StageFact, ...]
    thresholds: tuple[ThresholdFact, ...]

    def mode(self, check: str) -> CheckMode:
        return self._modes[Check(check)]

    @cached_property
    def _modes(self) -> Mapping[str, CheckMode]:
        return {check: CheckMode(self.checks.get(check, usual)) for check, usual in USUALLY.items()}


@dataclass(frozen=True, kw_only=True)
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
    """`question` and `right` are those of the stage when it was made, as `StageFact` says them. `right_given_by` is who
    alone gave the right to decide that it was made by; None where others stood behind it."""

    id: int
    review_id: int
    stage: Stage
    round: int
    outcome: str
    evidence: Mapping[str, str]
    by: Who
    at: datetime.datetime
    right_given_by: uuid.UUID | None = None
    question: str = ""
    right: str = ""

    @property
    def approves(self) -> bool:
        return self.outcome in Decision.APPROVING

    @property
    def is_conditional(self) -> bool:
        return self.outcome == Decision.Outcome.APPROVED_WITH_CONDITIONS


@dataclass(frozen=True)
class Stop:
    """Who suspended or revoked an approval, and why."""

    by: Who
    at: datetime.datetime
    reason: str


@dataclass(frozen=True)
class ReviewFact:
    id: int
    status: str
    round: int
    requested_by: Who
    submitted_by: Who | None
    submitted_at: datetime.datetime | None
    stop: Stop | None = None


@dataclass(frozen=True)
class ConditionFact:
    """Its owner is one account, who alone says that it is kept: linking another to it would widen who may."""

    id: int
    text: str
    owner: Who
    due_on: datetime.date
    consequence: str = Condition.Consequence.LATE


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
class WaiverFact:
    """One that is asked for or granted: then `granted_by` is who did."""

    id: int
    check: str
    environment: str
    reason: str
    ends_on: datetime.date
    evidence: Mapping[str, str]
    asked_by: Who
    granted_by: Who | None
    granted_at: datetime.datetime | None


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
    def is_prohibited(self) -> bool:
        """Whoever assessed the model named a practice that no approval makes lawful."""
        return self.version.model.is_prohibited

    @property
    def today(self) -> datetime.date:
        return days.of(self.now)

    @property
    def open_review(self) -> ReviewFact | None:
        return next((review for review in self.reviews if review.status in Review.OPEN), None)

    @property
    def stopped(self) -> ReviewFact | None:
        """The approval that is suspended, whatever was asked since; or the last one, when it was revoked."""
        over = [each for each in self.reviews if each.status in (Review.Status.APPROVED, *Review.STOPPED)]
        suspended = next((each for each in over if each.status == Review.Status.SUSPENDED), None)
        return suspended or next((each for each in over[:1] if each.status == Review.Status.REVOKED), None)

    @cached_property
    def stages(self) -> tuple[StageFact, ...]:
        """Every stage that one of the policies asks for, in order; a stage rests on all parts any of them names."""
        united: dict[str, StageFact] = {}
        is_under_way = self.open_review is not None and self.open_review.submitted_at is not None
        for stage in (stage for policy in self.policies for stage in policy.stages):
            known = united.get(stage.stage)
            united[stage.stage] = known.united(stage, is_under_way=is_under_way) if known else stage
        return tuple(sorted(united.values(), key=lambda stage: (stage.position, stage.stage.place)))

    def stage(self, name: str) -> StageFact | None:
        """The stage of this name, if one of the policies asks for it."""
        return next((each for each in self.stages if each.stage == name), None)

    def decided_with(self, stage: str) -> str:
        """The right that deciding the stage takes; its own, where no policy asks for it."""
        asked = self.stage(stage)
        return asked.decided_with if asked else stage

    @property
    def is_one_stage_each(self) -> bool:
        return any(policy.is_one_stage_each for policy in self.policies)

    @property
    def approval_valid_days(self) -> int | None:
        return min((policy.approval_valid_days for policy in self.policies if policy.approval_valid_days), default=None)

    def mode(self, check: str) -> CheckMode:
        """How much is made of a check: by whichever policy makes most of it."""
        modes = {policy.mode(check) for policy in self.policies}
        return max(modes, key=LEAST_FIRST.index, default=USUALLY[Check(check)])

    def requires(self, check: str) -> bool:
        return self.mode(check) in (CheckMode.REQUIRED, CheckMode.STRICT)

    @property
    def card_sections(self) -> list[str]:
        """The sections of the model card that one of the policies asks for; each, where there is no policy."""
        asked = {slug for policy in self.policies for slug in policy.card_sections}
        return [slug for slug in every_card_section() if slug in asked or not self.policies]

    @property
    def least_test_coverage(self) -> int:
        return max((policy.least_test_coverage or 0 for policy in self.policies), default=0)

    @cached_property
    def approvals(self) -> Mapping[str, tuple[DecisionFact, ...]]:
        """The approvals that count for each stage, one of each person: given since somebody last said no, on what is
        there now, not longer ago than they count. Where nobody approves two stages, an earlier stage has its approvals
        first."""
        found: dict[str, tuple[DecisionFact, ...]] = {}
        for stage in self.stages:
            others = {each.by.id for given in found.values() for each in given} if self.is_one_stage_each else set()
            found[stage.stage] = tuple(each for each in self._given(stage.stage) if each.by.id not in others)
        return found

    def lapsed(self, stage: str) -> list[DecisionFact]:
        """The approvals of a stage that nobody has said no to since, and that count no more (`lapse`)."""
        return [each for each in self._newest_approvals(stage) if each not in self.approvals.get(stage, ())]

    def lapse(self, approval: DecisionFact) -> Lapse:
        """Why it counts no more, of one that is `lapsed`."""
        if not self._answers(approval):
            return Lapse.OTHERWISE
        if self.changed_parts(approval):
            return Lapse.CHANGED
        return Lapse.EXPIRED if self.has_expired(approval) else Lapse.SECOND_STAGE

    def _given(self, stage: str) -> list[DecisionFact]:
        approvals = self._newest_approvals(stage)
        current = (each for each in approvals if self._answers(each) and not self.has_expired(each))
        return [each for each in current if not self.changed_parts(each)]

    def _answers(self, approval: DecisionFact) -> bool:
        """Whether it was given to the question that is asked now, by the right that it takes now: a name alone says
        nothing of either."""
        asked = self.stage(approval.stage)
        return asked is None or (asked.question, asked.decided_with) == (
            approval.question,
            approval.right or approval.stage,
        )

    def _newest_approvals(self, stage: str) -> list[DecisionFact]:
        """One of each person, since somebody last said no, in the order in which they were given."""
        newest_first = [decision for decision in reversed(self.decisions) if decision.stage == stage]
        newest: dict[uuid.UUID, DecisionFact] = {}
        for decision in takewhile(lambda each: each.approves, newest_first):
            newest.setdefault(decision.by.id, decision)
        return [*newest.values()][::-1]

    def expires_at(self, approval: DecisionFact) -> datetime.datetime | None:
        """When it counts no more; None when it never ends by itself."""
        days_counting = self.approval_valid_days
        return None if days_counting is None else approval.at + datetime.timedelta(days=days_counting)

    def counts_until(self, stage: StageFact) -> datetime.datetime | None:
        """When an approved stage has too few approvals left, by their days alone; None when that never comes."""
        ends = sorted((self.expires_at(each) or LAST_MOMENT for each in self.approvals[stage.stage]), reverse=True)
        last = ends[stage.quorum - 1] if len(ends) >= stage.quorum else LAST_MOMENT
        return None if last == LAST_MOMENT else last

    @property
    def approved_until(self) -> datetime.datetime | None:
        """When a version of which every stage is approved lacks an approval, by its days alone; else None."""
        if not all(self.is_approved(stage.stage) for stage in self.stages):
            return None
        return min(filter(None, (self.counts_until(stage) for stage in self.stages)), default=None)

    def has_expired(self, approval: DecisionFact) -> bool:
        ends = self.expires_at(approval)
        return ends is not None and ends <= self.now

    @property
    def has_ended(self) -> bool:
        """Whether an approval has expired."""
        return any(each.approves and self.has_expired(each) for each in self.decisions)

    def spent(self, stage: str) -> set[uuid.UUID]:
        """Who has had their say in favour: they have approved this stage, or another one where nobody approves two."""
        given = self.approvals if self.is_one_stage_each else {stage: self.approvals.get(stage, ())}
        return {each.by.id for approvals in given.values() for each in approvals}

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
        stage = self.stage(decision.stage)
        parts = stage.rests_on if stage else decision.evidence
        now = [self.evidence[part] if part in self.evidence else self._gone(part) for part in parts]
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
        found: dict[uuid.UUID, list[str]] = {self.version.created_by.identity: [REGISTERED]}
        found.setdefault(self.version.model.owner.identity, []).append(OWNED)
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

    @property
    def approvers(self) -> set[uuid.UUID]:
        return {each.by.id for approvals in self.approvals.values() for each in approvals}

    @property
    def choosers(self) -> set[uuid.UUID]:
        """Who alone gave an approver the right to approve."""
        given = {each.right_given_by for approvals in self.approvals.values() for each in approvals}
        return given - {None}

    def is_approved(self, stage: str) -> bool:
        """As many approvals of the stage count as it asks for."""
        asked = self.stage(stage)
        return asked is not None and len(self.approvals[stage]) >= asked.quorum

    def is_open(self, stage: StageFact) -> bool:
        """Everything that comes before the stage is approved."""
        return all(self.is_approved(before.stage) for before in self._before(stage))

    def opened_at(self, stage: StageFact) -> datetime.datetime | None:
        """Since when an open stage waits: the review was submitted, and the last approval before it given."""
        asked = self.open_review
        if asked is None or asked.submitted_at is None or not self.is_open(stage):
            return None
        given = (each.at for before in self._before(stage) for each in self.approvals[before.stage])
        return max((asked.submitted_at, *given))

    def due_at(self, stage: StageFact) -> datetime.datetime | None:
        """When an open stage is to be decided at the latest; None where nothing says so."""
        opened = self.opened_at(stage)
        if opened is None or stage.service_level_days is None:
            return None
        return days.business_days_after(opened, stage.service_level_days)

    def _before(self, stage: StageFact) -> list[StageFact]:
        return [each for each in self.stages if each.position < stage.position]


@dataclass(frozen=True)
class VersionFacts(ApprovalFacts):
    """One version, with everything that gates ask. `halted` says why the portal is read-only, "" when it is not;
    `withdrawn` are the decisions of reviews that were withdrawn."""

    halted: str
    missing_lineage: tuple[str, ...]
    card: ModelCard | None
    plan: ReleasePlan | None
    is_retired: bool
    open_conditions: tuple[ConditionFact, ...]
    evaluations: Mapping[str, EvaluationFact]
    code_check: Mapping[str, Any] | None
    deployments: tuple[DeploymentFact, ...]
    waivers: tuple[WaiverFact, ...] = ()
    withdrawn: tuple[DecisionFact, ...] = ()

    @cached_property
    def earlier_noes(self) -> Mapping[str, DecisionFact]:
        """By stage, with what an earlier review said no, withdrawn or not: neither a decision about the stage nor an
        approval of the whole has answered it since."""
        said = sorted((*self.decisions, *self.withdrawn), key=lambda each: each.id)
        newest = {decision.stage: decision for decision in said}
        return {stage: each for stage, each in newest.items() if self._still_stands(each)}

    @property
    def earlier_no(self) -> DecisionFact | None:
        """The newest of them."""
        return max(self.earlier_noes.values(), key=lambda each: each.id, default=None)

    def _still_stands(self, decision: DecisionFact) -> bool:
        if decision.approves or self.stage(decision.stage) is None or self.is_approved(decision.stage):
            return False
        is_of_open = self.open_review is not None and decision.review_id == self.open_review.id
        approved = (each.id for each in self.reviews if each.status in Review.ONCE_APPROVED)
        return not is_of_open and decision.review_id > max(approved, default=0)

    def waiver(self, check: str, environment: str) -> WaiverFact | None:
        """The one that counts now, if any: granted, not over, and of what the check looks at still."""
        return next((each for each in self.waivers if self._counts(each, check, environment)), None)

    def _counts(self, waiver: WaiverFact, check: str, environment: str) -> bool:
        return (
            (waiver.check, waiver.environment) == (check, environment)
            and waiver.granted_by is not None
            and not self.is_spent(waiver)
        )

    def is_spent(self, waiver: WaiverFact) -> bool:
        """Its day is over, or what it was asked about is not as it was: it counts no more, whatever is said to it."""
        return self.today > waiver.ends_on or waiver.evidence != self.looked_at(waiver.check)

    def looked_at(self, check: str) -> dict[str, str]:
        """The digests of what a check looks at; "" of a part that is not there."""
        parts = LOOKS_AT[Check(check)]
        return {str(part): self.evidence[part].digest if part in self.evidence else "" for part in parts}

    def active_in(self, environment: str) -> DeploymentFact | None:
        return next((d for d in self.deployments if d.environment == environment and d.ended_at is None), None)
