"""Gates about what a version is and what is known of it: artifact, lineage, figures, card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from approvals.facts import VersionFacts
from approvals.gates.asking import BLOCKED, MET, PRODUCTION, STAGING, UNMET, Gate, Requirement
from approvals.gates.thresholds import judge, thresholds
from approvals.models import Check
from registry import cards


class RiskAssessed(Gate):
    def describe(self) -> str:
        return "Somebody has answered for the risk of the model, and it does nothing that is prohibited."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        if facts.is_prohibited:
            return [self._prohibited()]
        if facts.is_assessed:
            return []
        return [
            Requirement(
                "risk-not-assessed",
                "Risk assessed",
                UNMET,
                "Nobody has assessed the risk of the model yet",
                "Do the risk assessment first: it decides what else is asked.",
                step="assess_risk",
            )
        ]

    def _prohibited(self) -> Requirement:
        return Requirement(
            "prohibited-practice",
            "Nothing prohibited",
            UNMET,
            "Its risk assessment names a practice that may not be approved at all",
            "Nothing lets it pass. Where the answer is wrong, assess the model anew; another person confirms it.",
            step="assess_risk",
        )


class Registered(Gate):
    def describe(self) -> str:
        return "The artifact is known by its digest."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        version = facts.version
        if not version.artifact_sha256 or version.artifact_size is None:
            return [self._unknown(facts)]
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

    def _unknown(self, facts: VersionFacts) -> Requirement:
        return Requirement(
            "artifact-unknown",
            "Registered with a digest",
            UNMET,
            "It was imported without the size and the digest of its file, so nobody can tell what would run",
            "Register the file as a new version; a registered version does not change.",
            step="register_version",
            by=facts.version.created_by.name,
            at=facts.version.created_at,
        )


class LineageComplete(Gate):
    check = Check.LINEAGE

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
        remedy = "Register a new version that names what is missing; a registered version does not change."
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
    check = Check.THRESHOLDS

    def describe(self) -> str:
        return "The newest evaluation for the environment keeps every threshold of the policy."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        if not facts.is_assessed:
            return [self._waits_for_tier(environment)]
        if not self._asks(facts, environment):
            return []
        applying = thresholds(facts, environment)
        if not applying:
            return [self._no_threshold(facts, environment)]
        evaluation = facts.evaluations.get(environment)
        if evaluation is None:
            return [self._not_evaluated(environment)]
        results = [judge(threshold, evaluation) for threshold in applying]
        missed = [result for result in results if not result.is_met]
        alone = sorted({group for result in results for group in result.alone})
        kept = f"{len(results) - len(missed)} of {len(results)} kept on {evaluation.dataset}"
        kept += f"; {' and '.join(alone)} has one slice, so it was not compared" if alone else ""
        return [
            Requirement(
                "thresholds-met",
                f"Thresholds for {environment}",
                UNMET if missed else MET,
                "; ".join(result.sentence for result in missed) if missed else kept,
                "Attach an evaluation that keeps the thresholds, or register a better version." if missed else "",
                step="evaluations",
                by=evaluation.by,
                at=evaluation.at,
            )
        ]

    def _asks(self, facts: VersionFacts, environment: str) -> bool:
        """Staging always; production where a policy sets thresholds for it, for whatever task."""
        bounded = any(t.purpose == environment for policy in facts.policies for t in policy.thresholds)
        return bounded or environment == STAGING

    def _waits_for_tier(self, environment: str) -> Requirement:
        return Requirement(
            "thresholds-missing",
            f"Thresholds for {environment}",
            BLOCKED,
            "Which figures are asked follows from the risk assessment",
            "Do the risk assessment first.",
        )

    def _no_threshold(self, facts: VersionFacts, environment: str) -> Requirement:
        task = facts.version.model.get_task_display().lower()
        return Requirement(
            "thresholds-missing",
            f"Thresholds for {environment}",
            UNMET,
            f"The policy sets no threshold for the task “{task}”, so nothing says when it is good enough",
            "An administrator adds a threshold for this task to the policy.",
            step="evaluations",
        )

    def _not_evaluated(self, environment: str) -> Requirement:
        return Requirement(
            "evaluation-missing",
            f"Thresholds for {environment}",
            UNMET,
            f"No evaluation for {environment} is attached",
            f"Attach an evaluation with the purpose “{environment}”.",
            step="attach_evaluation",
        )


class CodeChecked(Gate):
    check = Check.CODE

    def describe(self) -> str:
        return "The code of the version was tested: no test failed, and the tests run as much of it as the policy asks."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        checked = facts.code_check
        problem = self._problem(facts)
        fine = f"No test failed, {checked['test_coverage']:g} % of the code is tested" if checked else ""
        return [
            Requirement(
                "code-checked",
                "Code tested",
                UNMET if problem else MET,
                problem or fine,
                "Have the pipeline report the tests of this commit; what they find is mended in a new version."
                if problem
                else "",
                step="version",
                by=checked["by"] if checked else "",
                at=checked["at"] if checked else None,
            )
        ]

    def _problem(self, facts: VersionFacts) -> str:
        checked, least = facts.code_check, facts.least_test_coverage
        if checked is None:
            return "No pipeline has reported the tests of its code"
        if checked["commit"] != facts.version.code_commit:
            return f"What was tested is the commit {checked['commit'][:12]}, and the version is made from another"
        if checked["tests_failed"]:
            return f"{checked['tests_failed']} tests failed"
        if checked["test_coverage"] < least:
            return f"Tests run {checked['test_coverage']:g} % of the code, and the policy asks for {least} %"
        return ""


class ArtifactScanned(Gate):
    check = Check.SCAN

    def describe(self) -> str:
        return "A pipeline scanned the file of the version for what would do harm, and found nothing."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        checked = facts.code_check
        problem, remedy = self._problem(checked)
        return [
            Requirement(
                "artifact-scanned",
                "File scanned",
                UNMET if problem else MET,
                problem or f"{checked['artifact_scanner']} found nothing",
                remedy,
                step="version",
                by=checked["by"] if checked else "",
                at=checked["at"] if checked else None,
            )
        ]

    def _problem(self, checked: Mapping[str, Any] | None) -> tuple[str, str]:
        """What is wrong and what to do about it, both "" when nothing is."""
        if checked is None or not checked["artifact_scanner"]:
            reported = "The newest code check reports no scan" if checked else "No pipeline has reported a scan"
            return f"{reported} of its file", "Have the pipeline scan the file, and report it with the code check."
        if found := checked["artifact_findings"]:
            problems = f"{found} problem{'' if found == 1 else 's'}"
            remedy = "Look into what was found; a file without it is registered as a new version."
            return f"{checked['artifact_scanner']} found {problems} in the file", remedy
        return "", ""


class CardComplete(Gate):
    check = Check.CARD
    environments = frozenset({PRODUCTION})

    def describe(self) -> str:
        return "Every section of the model card that the policy asks for is written."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        missing = cards.missing_sections(facts.card, facts.card_sections)
        total = len(facts.card_sections)
        detail = f"{total - len(missing)} of {total} sections"
        if missing:
            detail += f"; missing: {', '.join(section.title for section in missing)}"
        return [
            Requirement(
                "card-complete",
                "Model card complete",
                UNMET if missing else MET,
                detail,
                "Write the missing sections of the model card." if missing else "",
                step="revise_card" if missing else "card",
                by=facts.card.revised_by.name if facts.card else "",
                at=facts.card.revised_at if facts.card else None,
            )
        ]
