"""What one person sees of a version's way into production: the roads, which steps are theirs, and the verdict.

Pure: everything comes from facts, gates, and the rights of the person, which the page has read already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from approvals import gates, steps
from approvals.facts import ConditionFact, VersionFacts
from approvals.gates import BLOCKED, PRODUCTION, STALE, UNMET, WAITING, Answer, Requirement, stage_code
from approvals.models import Review
from approvals.rights import Right
from approvals.steps import RoadItem
from approvals.waiting import stages_waiting
from governance.looks.meters import asked_count, waived_count
from registry.models import Environment, ModelVersion, Person
from registry.models.catalog import next_environment
from registry.rules import against_deciding_use_case

#: What a step takes. A step that is not here is a page which every member may read.
PERMISSIONS = {
    "assess_risk": "registry.change_model",
    "register_version": "registry.change_model",
    "attach_evaluation": "registry.attach_evaluation",
    "revise_card": "registry.change_model",
    "revise_release_plan": "registry.change_model",
    "submit_review": "approvals.submit_review",
    "record_deployment": "approvals.record_deployment",
    "use_cases": "registry.propose_use_case",
}
#: The step after everything else, and what it is called once nothing else is left.
RECORDING, READY = "record_deployment", "deployment"
#: What comes first, in this order: a version that cannot leave development is replaced, and asking reviewers is
#: refused without the rest.
PREPARATION = ("assess_risk", "register_version", "use_cases", "attach_evaluation", "revise_card")
CHIPS = {
    "unmet": "bad",
    "stale": "stale",
    "waiting": "info",
    "blocked": "quiet",
    "open": "warn",
    "waived": "warn",
    "advised": "quiet",
    "met": "ok",
}


@dataclass(frozen=True)
class Step(RoadItem):
    """A requirement as this person sees it: `yours` when they may bring it further now."""

    yours: bool

    @property
    def chip(self) -> str:
        return CHIPS["met"] if self.requirement.code == READY else CHIPS[self.requirement.state]


@dataclass(frozen=True)
class Road:
    """What one environment asks, requirement by requirement."""

    environment: Environment
    steps: list[Step]
    note: str

    @property
    def unmet(self) -> list[Step]:
        """What stands in the way. A condition that is not due yet does not."""
        return [step for step in self.steps if step.requirement.stands_in_the_way]

    @property
    def open(self) -> list[Step]:
        return [step for step in self.steps if step.requirement.is_open]

    @property
    def met_count(self) -> int:
        return sum(step.requirement.is_met for step in self.steps)


@dataclass(frozen=True)
class Verdict:
    """May it run in production: `title` is the answer, `sentence` says what of it is left."""

    state: str
    title: str
    sentence: str


@dataclass(frozen=True)
class Outlook:
    """One version for one person. `decided` is `approvals.rights.tiers_decided_by` of that person."""

    facts: VersionFacts
    person: Person
    decided: Mapping[str, Mapping[int, Right]]

    @property
    def version(self) -> ModelVersion:
        return self.facts.version

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return {environment: gates.ask(self.facts, environment) for environment in Environment}

    @cached_property
    def roads(self) -> list[Road]:
        """The environment that is still closed first; none for a version that is retired."""
        if self.facts.is_retired:
            return []
        return [self._road(environment) for environment in self.environments]

    @property
    def environments(self) -> list[Environment]:
        """Staging first for as long as it is closed, then production."""
        is_closed = self.next_environment == Environment.STAGING and not self.answers[Environment.STAGING].allowed
        return sorted(Environment, key=lambda environment: (environment == Environment.STAGING) != is_closed)

    @property
    def production(self) -> Road:
        return next(road for road in self.roads if road.environment == Environment.PRODUCTION)

    @property
    def next_environment(self) -> Environment | None:
        """Where it may be deployed next, None when it has arrived or is retired."""
        return next_environment(self.version.status)

    @cached_property
    def next_step(self) -> Step | None:
        """What to do now: this person's before others', doing before waiting, preparing before asking."""
        if self.facts.is_retired:
            return None
        left = {(step.code, step.title, step.detail): step for road in self._ahead for step in road.unmet}
        first = min(left.values(), key=self._usefulness, default=None)
        is_deploying = first is None or (first.requirement.step == RECORDING and self.is_deployable)
        return self._deploying() if is_deploying else first

    @cached_property
    def verdict(self) -> Verdict:
        status = self.version.status
        if status == ModelVersion.Status.RETIRED:
            return Verdict("quiet", "Retired", "Nothing about it changes any more.")
        if status == ModelVersion.Status.PRODUCTION:
            return self._running()
        if self.production.unmet:
            return Verdict(_worst(self.production.unmet), "Not cleared for production", self._what_is_left())
        return Verdict("ok", "Cleared for production", f"{self._tally(self.production)}. Next: record the deployment.")

    @property
    def _ahead(self) -> list[Road]:
        return [self.production] if self.version.status == ModelVersion.Status.PRODUCTION else self.roads

    def _road(self, environment: Environment) -> Road:
        items = [self._step(item) for item in steps.road(self.answers[environment], self.facts)]
        running = self.facts.active_in(environment)
        note = f"running since {timezone.localtime(running.at):%-d %b %Y}" if running else ""
        return Road(environment, items, note)

    def _step(self, item: RoadItem) -> Step:
        requirement = item.requirement
        yours = requirement.stands_in_the_way and self._may_do(requirement)
        readable = requirement.is_met or yours or not self._permission_of(requirement)
        label, url = (item.step_label, item.step_url) if readable else ("", "")
        return Step(requirement, label, url, yours)

    def _permission_of(self, requirement: Requirement) -> str:
        if requirement.step == "review" and self.facts.open_review is None:
            return PERMISSIONS["submit_review"]
        return PERMISSIONS.get(requirement.step, "")

    def _may_do(self, requirement: Requirement) -> bool:
        permission = self._permission_of(requirement)
        if permission == PERMISSIONS["submit_review"]:
            return self._may_ask(requirement)
        if permission:
            is_open = requirement.step != RECORDING or self.is_deployable
            return is_open and self.person.has_perm(permission, self.version)
        if requirement.step == "review":
            return self._may_move_review(requirement)
        if requirement.step == "use_case":
            return self._may_decide_use_case()
        if requirement.step == "condition":
            return requirement.condition.owner.id == self.person.pk
        return requirement.step == "evaluations" and self.person.has_perm("registry.attach_evaluation", self.version)

    @property
    def is_deployable(self) -> bool:
        return self.next_environment is not None and self.answers[self.next_environment].allowed

    def _may_ask(self, requirement: Requirement) -> bool:
        """Asking is one step, whatever the number of stages; deciding each of them is somebody else's."""
        is_here = requirement.code == stage_code(self._asked_at)
        return is_here and self.person.has_perm(PERMISSIONS["submit_review"], self.version)

    @cached_property
    def _asked_at(self) -> str:
        """The stage where that step is shown: the one that requested changes, else the first that would open."""
        request = self.facts.requested_changes
        if request and self.facts.open_review.status == Review.Status.CHANGES_REQUESTED:
            return request.stage
        left = (stage.stage for stage in self.facts.stages if not self.facts.is_approved(stage.stage))
        return next(left, "")

    def _may_move_review(self, requirement: Requirement) -> bool:
        """Its author while it is with them, its deciders while it is with those."""
        if self.facts.open_review.status != Review.Status.IN_REVIEW:
            return self._may_ask(requirement)
        waiting = {stage.stage for stage in stages_waiting(self.facts, self.person, self.decided)}
        return any(requirement.code == stage_code(stage) for stage in waiting)

    def _may_decide_use_case(self) -> bool:
        use_case = self.facts.use_case
        may_decide = self.person.has_perm("registry.decide_use_case")
        return may_decide and not against_deciding_use_case(use_case, by=self.person)

    def _usefulness(self, step: Step) -> tuple[bool, bool, bool, int]:
        name = step.requirement.step
        is_blocked = step.state == BLOCKED or (name == RECORDING and not self.is_deployable)
        rank = PREPARATION.index(name) if name in PREPARATION else len(PREPARATION)
        return (not step.yours, is_blocked, step.state == WAITING, rank)

    def _deploying(self) -> Step | None:
        """Recording the deployment, once nothing else is left."""
        environment = self.next_environment
        if environment is None:
            return None
        requirement = Requirement(
            READY,
            "Ready to deploy",
            WAITING,
            f"Everything {environment} asks is met",
            f"A release manager or a pipeline records the deployment to {environment}.",
            step=RECORDING,
        )
        return self._step(RoadItem(requirement, *steps.link(requirement, self.facts, environment)))

    def _running(self) -> Verdict:
        deployment = self.facts.active_in(PRODUCTION)
        since = f"Since {timezone.localtime(deployment.at):%-d %b %Y}, deployed by {deployment.by}."
        unmet = self.production.unmet
        if not unmet:
            return Verdict("ok", "In production", f"{since} {self._tally(self.production)}.")
        named = ", ".join(step.title.lower() for step in unmet)
        return Verdict("warn", "In production", f"{since} {self._tally(self.production)}; no longer met: {named}.")

    def _what_is_left(self) -> str:
        unmet = self.production.unmet
        yours = sum(step.yours for step in unmet)
        sentence = self._tally(self.production)
        if yours:
            sentence += f"; {_share(yours, len(unmet))}"
        if self.next_environment == Environment.STAGING and self.answers[Environment.STAGING].allowed:
            sentence += "; staging is open"
        return f"{sentence}. Next: {_as_clause(self.next_step.requirement)}"

    def _tally(self, road: Road) -> str:
        met = f"{road.met_count} of {asked_count(road.steps)} met"
        met += f", {waived} waived" if (waived := waived_count(road.steps)) else ""
        if not road.open:
            return met
        is_late = any(step.condition for step in road.unmet)
        return f"{met}, {_promised([step.condition for step in road.open], is_late=is_late)}"


def _promised(conditions: Sequence[ConditionFact], *, is_late: bool) -> str:
    """`is_late` when others are overdue; those stand among what is unmet."""
    first = f"{min(condition.due_on for condition in conditions):%-d %b %Y}"
    if len(conditions) == 1:
        return f"1 condition open, due {first}"
    none_late = "" if is_late else "none overdue, "
    return f"{len(conditions)} conditions open, {none_late}the first due {first}"


def _share(yours: int, left: int) -> str:
    if yours == left:
        return "the last one is yours" if left == 1 else f"all {left} that are left are yours"
    return f"{yours} of the {left} that are left {'is' if yours == 1 else 'are'} yours"


def _worst(unmet: Iterable[Step]) -> str:
    states = {step.state for step in unmet}
    return "bad" if UNMET in states else "stale" if STALE in states else "info"


def _as_clause(requirement: Requirement) -> str:
    """The remedy after a colon: a small first letter, unless it begins with the name of a person."""
    remedy = requirement.remedy
    return remedy if requirement.by and remedy.startswith(requirement.by) else remedy[:1].lower() + remedy[1:]
