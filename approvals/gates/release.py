"""Gates about going live and coming back: monitoring, rollback, staging, retirement."""

from __future__ import annotations

from approvals.facts import VersionFacts
from approvals.gates.asking import MET, PRODUCTION, STAGING, UNMET, Gate, Requirement
from approvals.models import Check
from registry.models import ReleasePlan


class MonitoringConfigured(Gate):
    check = Check.MONITORING
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
                remedy="Add monitoring, alerts and on-call to the release plan.",
            )
        ]


class RollbackTested(Gate):
    check = Check.ROLLBACK
    environments = frozenset({PRODUCTION})

    def describe(self) -> str:
        return "The rollback is written down, and was tried with success not too long ago."

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
            remedy="Write release steps and rollback into the release plan.",
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
        if not plan.rollback_test_evidence.strip():
            return "Nothing shows the result of the test"
        allowed = min((policy.rollback_test_valid_days for policy in facts.policies), default=0)
        age = (facts.today - plan.rollback_tested_on).days
        if age < 0:
            return f"The test is dated {plan.rollback_tested_on:%-d %b %Y}, which is still to come"
        return f"The last test is {age} days old; the policy asks for one within {allowed}" if age > allowed else ""

    def _tested(self, plan: ReleasePlan | None) -> str:
        return f"Worked on {plan.rollback_tested_on:%-d %b %Y}" if plan and plan.rollback_tested_on else ""


class StagingPassed(Gate):
    check = Check.STAGING
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
                "A release manager or a pipeline deploys the version to staging first.",
                step="record_deployment",
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
