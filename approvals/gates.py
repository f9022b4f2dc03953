"""What stands between a version and an environment.

A gate is one small class that looks at facts and says, for each thing it requires, whether it is met, by whom, and
what to do next. `settings.DEPLOYMENT_GATES` lists them. All are asked, all objections are shown, and a gate that
crashes refuses. Asking writes nothing. A new gate is one class here, one line in the settings, one test file.
"""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from approvals.facts import DecisionFact, EvaluationFact, StageFact, ThresholdFact, VersionFacts
from approvals.models import Review, Stage
from registry import cards
from registry.models import Environment, Part, ReleasePlan, UseCase

log = logging.getLogger(__name__)

MET, UNMET, STALE, WAITING, BLOCKED = "met", "unmet", "stale", "waiting", "blocked"
STAGING, PRODUCTION = Environment.STAGING, Environment.PRODUCTION


@dataclass(frozen=True)
class Finding:
    """Why not: a stable code, what is the case, and what to do about it."""

    code: str
    message: str
    remedy: str


NOTHING_ASKED = Finding(
    "nothing-asked",
    "No gate asks anything of this environment, so nothing may go there",
    "Tell an administrator: DEPLOYMENT_GATES has to name the gates.",
)


@dataclass(frozen=True)
class Requirement:
    """One thing an environment asks of a version.

    `step` names the page where the remedy is done; the doors turn it into an address.
    """

    code: str
    title: str
    state: str
    detail: str
    remedy: str = ""
    step: str = ""
    by: str = ""
    at: datetime.datetime | datetime.date | None = None

    @property
    def is_met(self) -> bool:
        return self.state == MET

    @property
    def finding(self) -> Finding:
        return Finding(self.code, f"{self.title}: {self.detail}", self.remedy)


class Gate:
    """Base of all gates. `environments` are those it is asked about."""

    environments: frozenset[str] = frozenset({STAGING, PRODUCTION})

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        raise NotImplementedError

    def describe(self) -> str:
        """What this gate requires, in a sentence."""
        raise NotImplementedError


@dataclass(frozen=True)
class Answer:
    """What the gates say about one version and one environment."""

    environment: str
    requirements: tuple[Requirement, ...]

    @property
    def findings(self) -> list[Finding]:
        """Every objection. Where nothing is asked, that is the objection: silence is not a yes."""
        if not self.requirements:
            return [NOTHING_ASKED]
        return [requirement.finding for requirement in self.requirements if not requirement.is_met]

    @property
    def allowed(self) -> bool:
        return not self.findings


def ask(facts: VersionFacts, environment: str) -> Answer:
    """Asks every gate of the environment.

    Raises ValueError for an environment that does not exist, ImproperlyConfigured when no gate is configured.
    """
    environment = Environment(environment)
    gates = configured()
    if not gates:
        raise ImproperlyConfigured("settings.DEPLOYMENT_GATES is empty.")
    asked = [gate for gate in gates if environment in gate.environments]
    return Answer(
        environment, tuple(requirement for gate in asked for requirement in _ask_one(gate, facts, environment))
    )


def configured() -> tuple[Gate, ...]:
    return tuple(
        _load(entry["GATE"], tuple(sorted(entry.get("OPTIONS", {}).items()))) for entry in settings.DEPLOYMENT_GATES
    )


@cache
def _load(path: str, options: tuple[tuple[str, object], ...]) -> Gate:
    return import_string(path)(**dict(options))


def _ask_one(gate: Gate, facts: VersionFacts, environment: str) -> list[Requirement]:
    try:
        return gate.requirements(facts, environment)
    except Exception:
        # A gate that cannot answer has not said yes.
        log.exception("Gate %s failed on %s", type(gate).__name__, facts.version)
        return [
            Requirement(
                code="gate-failed",
                title=type(gate).__name__,
                state=UNMET,
                detail="This check failed to run, so it counts as refused",
                remedy="Tell an administrator; the portal’s log has the details.",
            )
        ]


class InService(Gate):
    def describe(self) -> str:
        return "A retired version goes nowhere."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        if not facts.is_retired:
            return []
        return [
            Requirement(
                "retired",
                "In service",
                UNMET,
                "This version is retired",
                "Register a new version.",
                step="register_version",
            )
        ]


class Registered(Gate):
    def describe(self) -> str:
        return "The artifact is known by its digest."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        version = facts.version
        size = f"{version.artifact_size:,}".replace(",", " ")
        detail = f"{size} bytes, SHA-256 {version.artifact_sha256[:12]}…"
        return [
            Requirement(
                "artifact-registered",
                "Registered with a digest",
                MET,
                detail,
                step="version",
                by=version.created_by.name,
                at=version.created_at,
            )
        ]


class LineageComplete(Gate):
    def describe(self) -> str:
        return "Code, data and configuration are named, so that the version can be rebuilt."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        version = facts.version
        state = UNMET if facts.missing_lineage else MET
        detail = (
            f"Missing: {', '.join(facts.missing_lineage)}"
            if facts.missing_lineage
            else "Code, data, configuration and run are named"
        )
        remedy = "Register a new version that names them; a registered version does not change."
        return [
            Requirement(
                "lineage-complete",
                "Code, data and configuration",
                state,
                detail,
                remedy if facts.missing_lineage else "",
                step="register_version" if facts.missing_lineage else "lineage",
                by=version.created_by.name,
                at=version.created_at,
            )
        ]


class ThresholdsMet(Gate):
    def describe(self) -> str:
        return "The newest evaluation for the environment keeps every threshold of the policy."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        applying = thresholds(facts, environment)
        evaluation = facts.evaluations.get(environment)
        if evaluation is None:
            return [self._not_evaluated(environment)] if applying or environment == STAGING else []
        results = [judge(threshold, evaluation) for threshold in applying]
        missed = [result for result in results if not result.is_met]
        kept = f"{len(results) - len(missed)} of {len(results)} kept on {evaluation.dataset}"
        return [
            Requirement(
                "thresholds-met",
                f"Thresholds for {environment}",
                UNMET if missed else MET,
                "; ".join(result.sentence for result in missed) if missed else kept,
                "Attach an evaluation that keeps them, or register a better version." if missed else "",
                step="evaluations",
                by=evaluation.by,
                at=evaluation.at,
            )
        ]

    def _not_evaluated(self, environment: str) -> Requirement:
        return Requirement(
            "evaluation-missing",
            f"Thresholds for {environment}",
            UNMET,
            f"No evaluation for {environment} is attached",
            f"Attach an evaluation with the purpose “{environment}”.",
            step="attach_evaluation",
        )


class Approved(Gate):
    """Staging asks for the technical approval, production for every stage of the policy."""

    def describe(self) -> str:
        return "Staging needs the technical approval; production needs every stage of the tier, each of them current."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        asked = [stage for stage in facts.stages if environment == PRODUCTION or stage.stage == Stage.TECHNICAL]
        found = [_stage_requirement(facts, stage) for stage in asked]
        if any(stage.stage == Stage.BUSINESS for stage in asked):
            found.append(_use_case_requirement(facts))
        return found


class ConditionsKept(Gate):
    def describe(self) -> str:
        return "Conditions of an approval are fulfilled by their day."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        return [self._of(condition, facts.today) for condition in facts.open_conditions]

    def _of(self, condition, today: datetime.date) -> Requirement:
        overdue = condition.due_on < today
        return Requirement(
            "condition-overdue" if overdue else "condition-open",
            "Condition of an approval",
            UNMET if overdue else MET,
            f"{condition.text} ({'was due' if overdue else 'due'} {condition.due_on:%-d %b %Y})",
            f"{condition.owner.name} fulfils it." if overdue else "",
            step="conditions",
            by=condition.owner.name,
            at=condition.due_on,
        )


class CardComplete(Gate):
    environments = frozenset({PRODUCTION})

    def describe(self) -> str:
        return "All seven sections of the model card are written."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        missing = cards.missing_sections(facts.card)
        total = len(cards.SECTIONS)
        detail = f"{total - len(missing)} of {total} sections"
        if missing:
            detail += f"; missing: {', '.join(section.title for section in missing)}"
        return [
            Requirement(
                "card-complete",
                "Model card complete",
                UNMET if missing else MET,
                detail,
                "Write the missing sections." if missing else "",
                step="revise_card" if missing else "card",
                by=facts.card.revised_by.name if facts.card else "",
                at=facts.card.revised_at if facts.card else None,
            )
        ]


class MonitoringConfigured(Gate):
    environments = frozenset({PRODUCTION})

    def describe(self) -> str:
        return "Monitoring and alerts are set up, and somebody is on call, before anything goes live."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        missing = _missing_of(
            facts.plan,
            {"monitoring_url": "the monitoring page", "alerts_url": "the alerts", "on_call": "who is on call"},
        )
        return [
            _plan_requirement(
                facts.plan,
                code="monitoring-configured",
                title="Monitoring configured",
                problem=f"Missing: {', '.join(missing)}" if missing else "",
                fine="Monitoring and alerts are linked, somebody is on call",
                remedy="Add them to the release plan.",
            )
        ]


class RollbackTested(Gate):
    environments = frozenset({PRODUCTION})

    def describe(self) -> str:
        return "The way back is written down, and was tried with success not too long ago."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        missing = _missing_of(
            facts.plan, {"steps": "the release steps", "rollback_procedure": "the rollback procedure"}
        )
        documented = _plan_requirement(
            facts.plan,
            code="rollback-documented",
            title="Release and rollback documented",
            problem=f"Missing: {', '.join(missing)}" if missing else "",
            fine="Steps and the way back are written down",
            remedy="Write them into the release plan.",
        )
        tested = _plan_requirement(
            facts.plan,
            code="rollback-tested",
            title="Rollback tested",
            problem=self._problem(facts),
            fine=self._tested(facts.plan),
            remedy="Try the rollback and record the result in the release plan.",
        )
        return [documented, tested]

    def _problem(self, facts: VersionFacts) -> str:
        plan = facts.plan
        if plan is None or plan.rollback_tested_on is None:
            return "It was never tried"
        if plan.rollback_test_result != ReleasePlan.TestResult.PASSED:
            return f"The test on {plan.rollback_tested_on:%-d %b %Y} did not work"
        allowed = min(policy.rollback_test_valid_days for policy in facts.policies)
        age = (facts.today - plan.rollback_tested_on).days
        return f"The last test is {age} days old; the policy asks for one within {allowed}" if age > allowed else ""

    def _tested(self, plan: ReleasePlan | None) -> str:
        return f"Worked on {plan.rollback_tested_on:%-d %b %Y}" if plan and plan.rollback_tested_on else ""


class StagingPassed(Gate):
    environments = frozenset({PRODUCTION})

    def describe(self) -> str:
        return "The version ran in staging first."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        staged = next((d for d in facts.deployments if d.environment == STAGING), None)
        if staged:
            return [
                Requirement(
                    "staging-passed",
                    "Ran in staging",
                    MET,
                    "Deployed to staging",
                    step="deployments",
                    by=staged.by,
                    at=staged.at,
                )
            ]
        return [
            Requirement(
                "staging-passed",
                "Ran in staging",
                UNMET,
                "It was never deployed to staging",
                "Deploy it to staging first.",
                step="record_deployment",
            )
        ]


@dataclass(frozen=True)
class Judgement:
    """One threshold held against one evaluation. `value` is None when the figure was not measured."""

    threshold: ThresholdFact
    value: Decimal | None

    @property
    def is_met(self) -> bool:
        if self.value is None:
            return False
        limit = self.threshold.limit
        return self.value >= limit if self.threshold.bound == "at_least" else self.value <= limit

    @property
    def name(self) -> str:
        group = self.threshold.group
        between = "between groups" if group == "*" else f"by {group}"
        return f"{self.threshold.metric} gap {between}" if group else self.threshold.metric

    @property
    def bound(self) -> str:
        words = "at least" if self.threshold.bound == "at_least" else "at most"
        return f"{words} {self.threshold.limit.normalize():f}"

    @property
    def sentence(self) -> str:
        if self.value is None:
            return f"{self.name} was not measured, must be {self.bound}"
        return f"{self.name} is {self.value.normalize():f}, must be {self.bound}"


def thresholds(facts: VersionFacts, purpose: str) -> list[ThresholdFact]:
    """The thresholds of every policy asked, for this model's task and this purpose, each once."""
    found = [
        threshold
        for policy in facts.policies
        for threshold in policy.thresholds
        if threshold.purpose == purpose and threshold.task == facts.version.model.task
    ]
    return list(dict.fromkeys(found))


def judge(threshold: ThresholdFact, evaluation: EvaluationFact) -> Judgement:
    figures = [figure for figure in evaluation.measurements if figure.metric == threshold.metric]
    if threshold.group:
        return Judgement(threshold, _widest_gap(figures, threshold.group))
    overall = [figure.value for figure in figures if not figure.group]
    return Judgement(threshold, overall[0] if overall else None)


def _widest_gap(figures: list, group: str) -> Decimal | None:
    """Largest minus smallest value among the slices of a group; of all groups the widest when `group` is “*”."""
    by_group: dict[str, list[Decimal]] = {}
    for figure in figures:
        if figure.group and group in ("*", figure.group):
            by_group.setdefault(figure.group, []).append(figure.value)
    gaps = [max(values) - min(values) for values in by_group.values() if len(values) > 1]
    return max(gaps) if gaps else None


def _stage_requirement(facts: VersionFacts, stage: StageFact) -> Requirement:
    decision = facts.latest_decision(stage.stage)
    state, detail, remedy = _stage_state(facts, stage, decision)
    return Requirement(
        f"{stage.stage}-approval",
        f"{Stage(stage.stage).label} approval",
        state,
        detail,
        remedy,
        step="review" if facts.open_review or decision else "submit_review",
        by=decision.by.name if decision else "",
        at=decision.at if decision else None,
    )


def _stage_state(facts: VersionFacts, stage: StageFact, decision: DecisionFact | None) -> tuple[str, str, str]:
    """State, detail and remedy of one stage."""
    if decision and decision.approves:
        changed = facts.changed_parts(decision)
        if not changed:
            return MET, "Current: what it rests on is unchanged", ""
        part = changed[0]
        detail = f"{Part(part.part).label} changed on {part.changed_at:%-d %b}, after {decision.by.name} approved"
        return STALE, detail, "Ask for this approval again."
    review = facts.open_review
    if review is None:
        return UNMET, _without_review(decision), "Submit the version for review."
    if review.status == Review.Status.DRAFT:
        return UNMET, "The review is a draft", "Submit the version for review."
    if review.status == Review.Status.CHANGES_REQUESTED:
        return UNMET, "Changes were requested", "Make them, then submit again."
    if facts.is_open(stage):
        return WAITING, "Waiting for a decision", f"A {stage.stage} reviewer decides."
    return BLOCKED, "Opens when the stages before it are approved", "Wait for the stages before it."


def _without_review(decision: DecisionFact | None) -> str:
    return f"{decision.by.name} said no" if decision else "Not asked for yet"


def _use_case_requirement(facts: VersionFacts) -> Requirement:
    use_case = facts.use_case
    if use_case is None:
        return Requirement(
            "use-case-approved",
            "Use case approved",
            UNMET,
            "The model names no use case",
            "Propose a use case and register the model for it.",
            step="use_cases",
        )
    approved = use_case.status == UseCase.Status.APPROVED
    return Requirement(
        "use-case-approved",
        "Use case approved",
        MET if approved else UNMET,
        f"“{use_case.title}” is {use_case.get_status_display().lower()}",
        "" if approved else "Somebody with the business role decides about the use case.",
        step="use_case",
        at=use_case.decided_at,
    )


def _missing_of(plan: ReleasePlan | None, wanted: dict[str, str]) -> list[str]:
    return [words for field, words in wanted.items() if plan is None or not getattr(plan, field).strip()]


def _plan_requirement(
    plan: ReleasePlan | None, *, code: str, title: str, problem: str, fine: str, remedy: str
) -> Requirement:
    return Requirement(
        code,
        title,
        UNMET if problem else MET,
        problem or fine,
        remedy if problem else "",
        step="revise_release_plan" if problem else "release_plan",
        by=plan.revised_by.name if plan else "",
        at=plan.revised_at if plan else None,
    )
