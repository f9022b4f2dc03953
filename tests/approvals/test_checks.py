"""What a policy makes of each check: looked at, shown, required; and what a shown one would have refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from approvals import advice, forecasting, gates, rules
from approvals import facts as version_facts
from approvals.actions import deployments, reviews
from approvals.facts import VersionFacts
from approvals.models import Check, CheckMode
from audit.models import Event
from registry.actions import evaluations
from registry.models import Deployment, ModelVersion, RiskTier
from tests import builders, policies
from tests.approvals.test_approvals_that_count import codes
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

#: check -> (codes of what it finds missing of a version that nobody has done anything for, the environment)
FINDS = {
    Check.LINEAGE: ("lineage-complete", "staging"),
    Check.THRESHOLDS: ("evaluation-missing", "staging"),
    Check.CODE: ("code-checked", "staging"),
    Check.SCAN: ("artifact-scanned", "staging"),
    Check.CARD: ("card-complete", "production"),
    Check.MONITORING: ("monitoring-configured", "production"),
    Check.ROLLBACK: ("rollback-tested", "production"),
    Check.STAGING: ("staging-passed", "production"),
}


def making_of(cast: Cast, modes: dict[str, str], tier: str = "low", **terms: Any) -> None:
    wanted = dict(policies.terms_of(tier).checks) | {str(check): str(mode) for check, mode in modes.items()}
    policies.published(cast, tier, checks=wanted, **terms)


def bare_version(cast: Cast) -> ModelVersion:
    return builders.build_version(cast, code_repository="", code_commit="", training_run="")


def states(version: ModelVersion, environment: str) -> dict[str, str]:
    return {each.code: each.state for each in gates.ask(version_facts.of(version), environment).requirements}


def report(cast: Cast, version: ModelVersion, **changes: Any) -> None:
    found = {"test_coverage": 81, "tests_passed": 40, "tests_failed": 0, "lint_findings": 0, "type_findings": 0}
    evaluations.report_code_check(version=version, by=cast.author, commit=version.code_commit, **found | changes)


@pytest.mark.parametrize("check", Check)
def test_each_check_is_left_out_shown_or_required(cast: Cast, check: Check) -> None:
    code, environment = FINDS[check]
    version = bare_version(cast)
    for mode, state in ((CheckMode.SHOWN, "advised"), (CheckMode.OFF, None), (CheckMode.REQUIRED, "unmet")):
        making_of(cast, {check: mode})
        assert states(version, environment).get(code) == state, mode
        refused = {finding.code for finding in gates.ask(version_facts.of(version), environment).findings}
        assert (code in refused) == (mode == CheckMode.REQUIRED)


def test_what_is_met_is_met_where_it_is_only_shown_as_well(cast: Cast) -> None:
    making_of(cast, {Check.THRESHOLDS: "shown"})
    assert states(builders.ready_version(cast), "staging")["thresholds-met"] == "met"


def test_of_two_policies_the_one_that_makes_more_of_it_counts(cast: Cast) -> None:
    facts = version_facts.of(builders.ready_version(cast))
    strict, lax = (replace(facts.policies[0], checks={"card": mode}) for mode in ("required", "shown"))
    assert replace(facts, policies=(lax, strict)).mode("card") == CheckMode.REQUIRED
    assert replace(facts, policies=(lax, lax)).mode("card") == CheckMode.SHOWN


def test_a_policy_from_before_there_were_modes_asks_what_it_asked(cast: Cast) -> None:
    facts = version_facts.of(builders.ready_version(cast))
    older = replace(facts, policies=(replace(facts.policies[0], checks={}),))
    usual = dict.fromkeys(Check, "required") | {"code": "off", "scan": "off"}
    assert {check: older.mode(check) for check in Check} == usual


def test_what_is_always_asked_no_policy_takes_away(cast: Cast) -> None:
    making_of(cast, dict.fromkeys(Check, "off"))
    version = bare_version(cast)
    asked = gates.ask(version_facts.of(version), "production")
    assert {finding.code for finding in asked.findings} == {"technical-approval"}
    assert "artifact-registered" in {each.code for each in asked.requirements}


class TestShown:
    def test_what_is_shown_goes_through_and_is_counted(self, cast: Cast) -> None:
        making_of(cast, {Check.CODE: "shown", Check.LINEAGE: "shown"})
        version = builders.approved_version(cast)
        builders.deploy(cast, version, "staging")
        assert Deployment.objects.get().advised == ["code"]
        assert Event.objects.get(kind="approvals.deployment.recorded").facts["would_be_refused_by"] == ["code"]
        low = RiskTier.objects.get(slug="low")
        assert advice.refused_in(low) == {"code": 1}
        assert advice.refused_in(RiskTier.objects.get(slug="high")) == {}
        page = signed_in(cast.admin).get("/policies/low/").content.decode()
        assert page.count("1 deployment<") == 1
        assert page.count("0 deployments<") == 1

    def test_nothing_is_counted_of_what_is_met_or_not_looked_at(self, cast: Cast) -> None:
        making_of(cast, {Check.CODE: "off", Check.THRESHOLDS: "shown"})
        builders.deploy(cast, builders.approved_version(cast), "staging")
        assert Deployment.objects.get().advised == []
        assert "would_be_refused_by" not in Event.objects.get(kind="approvals.deployment.recorded").facts

    def test_asking_for_review_is_not_refused_for_it(self, cast: Cast) -> None:
        version = bare_version(cast)
        with pytest.raises(ValidationError) as refused:
            reviews.ask(version=version, by=cast.author)
        assert codes(refused) == ["card-incomplete", "evaluation-missing"]
        making_of(cast, {Check.CARD: "shown", Check.THRESHOLDS: "off"})
        assert reviews.ask(version=version, by=cast.author).status == "in_review"

    def test_the_gate_tells_it_to_pipelines(self, cast: Cast) -> None:
        making_of(cast, {Check.CODE: "shown"})
        version = builders.approved_version(cast)
        headers = {"Authorization": f"Bearer {builders.token_secret(cast.pipeline, 'read')}"}
        url = f"/api/v1/models/{version.model.name}/versions/{version.number}/gate?environment=staging"
        answer = signed_in(cast.auditor).get(url, headers=headers).json()
        assert (answer["allowed"], answer["reasons"]) == (True, [])
        assert [each["code"] for each in answer["advice"]] == ["code-checked"]

    def test_requiring_it_shows_first_what_it_would_close(self, cast: Cast) -> None:
        making_of(cast, {Check.CODE: "shown"})
        version = builders.approved_version(cast)
        builders.deploy(cast, version, "staging")
        wanted = policies.wanted(policies.begun(cast, "low"), checks={"code": "required"})
        found = {each.environment: each for each in forecasting.changes_of(version_facts.of(version), wanted)}
        assert found["staging"].effect == "running"
        assert found["staging"].why == ("Code tested: No pipeline has reported the tests of its code",)


class TestCode:
    def asked(self, cast: Cast, version: ModelVersion) -> tuple[str, str]:
        found = gates.ask(version_facts.of(version), "staging").requirements
        each = next(requirement for requirement in found if requirement.code == "code-checked")
        return each.state, each.detail

    def test_it_takes_tests_of_this_commit_that_pass_and_run_enough(self, cast: Cast) -> None:
        making_of(cast, {Check.CODE: "required"}, least_test_coverage=80)
        version = builders.ready_version(cast)
        assert self.asked(cast, version) == ("unmet", "No pipeline has reported the tests of its code")
        report(cast, version, test_coverage=79)
        assert self.asked(cast, version) == ("unmet", "Tests run 79 % of the code, and the policy asks for 80 %")
        report(cast, version, tests_failed=2)
        assert self.asked(cast, version) == ("unmet", "2 tests failed")
        report(cast, version)
        assert self.asked(cast, version) == ("met", "No test failed, 81 % of the code is tested")
        builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
        deployments.record(version=version, environment="staging", by=cast.release)


class TestScan:
    def asked(self, version: ModelVersion) -> tuple[str, str]:
        found = gates.ask(version_facts.of(version), "staging").requirements
        each = next(requirement for requirement in found if requirement.code == "artifact-scanned")
        assert bool(each.remedy) == (each.state != "met")
        return each.state, each.detail

    def test_it_takes_a_scan_that_found_nothing(self, cast: Cast) -> None:
        making_of(cast, {Check.SCAN: "required"})
        version = builders.ready_version(cast)
        not_scanned = ("unmet", "The newest code check reports no scan of its file")
        assert self.asked(version) == ("unmet", "No pipeline has reported a scan of its file")
        report(cast, version)
        assert self.asked(version) == not_scanned
        report(cast, version, artifact_findings=2, artifact_scanner="modelscan")
        assert self.asked(version) == ("unmet", "modelscan found 2 problems in the file")
        report(cast, version, artifact_findings=1, artifact_scanner="modelscan")
        assert self.asked(version) == ("unmet", "modelscan found 1 problem in the file")
        report(cast, version, artifact_findings=0, artifact_scanner="picklescan", tests_failed=1)
        assert self.asked(version) == ("met", "picklescan found nothing")
        report(cast, version)
        assert self.asked(version) == not_scanned

    def test_what_it_found_closes_the_gate_until_it_finds_nothing(self, cast: Cast) -> None:
        making_of(cast, {Check.SCAN: "strict"})
        version = builders.ready_version(cast)
        report(cast, version, artifact_findings=1, artifact_scanner="picklescan")
        builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
        with pytest.raises(ValidationError) as refused:
            deployments.record(version=version, environment="staging", by=cast.release)
        assert codes(refused) == ["artifact-scanned"]

    def test_what_it_found_is_shown_and_counted(self, cast: Cast) -> None:
        making_of(cast, {Check.SCAN: "shown"})
        version = builders.ready_version(cast)
        report(cast, version, artifact_findings=1, artifact_scanner="picklescan")
        review = builders.ask_for_review(cast, version)
        builders.approve_stage(cast, review, "technical")
        builders.deploy(cast, version, "staging")
        assert Deployment.objects.get().advised == ["scan"]
        page = signed_in(cast.technical).get(f"/reviews/{review.pk}/").content.decode()
        assert '<span class="text-bad">picklescan found 1 problem</span>' in page.replace("\u00a0", " ")

    def test_a_waiver_counts_no_more_after_another_report(self, cast: Cast) -> None:
        version = builders.ready_version(cast)
        report(cast, version, artifact_findings=1, artifact_scanner="picklescan")
        before = version_facts.of(version).looked_at(Check.SCAN)
        report(cast, version, artifact_findings=2, artifact_scanner="picklescan")
        assert version_facts.of(version).looked_at(Check.SCAN) != before

    def test_the_gate_tells_it_to_pipelines(self, cast: Cast) -> None:
        making_of(cast, {Check.SCAN: "required"})
        version = builders.approved_version(cast)
        headers = {"Authorization": f"Bearer {builders.token_secret(cast.pipeline, 'read')}"}
        url = f"/api/v1/models/{version.model.name}/versions/{version.number}/gate?environment=staging"
        answer = signed_in(cast.auditor).get(url, headers=headers).json()
        assert answer["allowed"] is False
        assert [each["code"] for each in answer["reasons"]] == ["artifact-scanned"]

    def test_the_form_of_a_policy_asks_for_it(self, cast: Cast) -> None:
        draft = policies.begun(cast, "low")
        browser, address = signed_in(cast.admin), f"/policies/drafts/{draft.pk}/revise/"
        assert 'name="checks-scan"' in browser.get(address).content.decode()
        browser.post(address, policies.body_of(draft, **{"checks-scan": "required"}))
        draft.refresh_from_db()
        assert draft.terms["checks"]["scan"] == "required"


class TestCard:
    def missing(self, facts: VersionFacts) -> str:
        found = gates.ask(facts, "production").requirements
        return next(each.detail for each in found if each.code == "card-complete")

    def test_only_the_sections_that_the_policy_names_have_to_be_written(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        making_of(cast, {}, card_sections=("overview", "fairness"))
        assert self.missing(version_facts.of(version)) == "0 of 2 sections; missing: Overview, Fairness"
        builders.write_card(cast, version, fairness="", limitations="")
        assert self.missing(version_facts.of(version)) == "1 of 2 sections; missing: Fairness"
        with pytest.raises(ValidationError) as refused:
            reviews.ask(version=version, by=cast.author)
        assert "Write these sections: Fairness." in str(refused.value)

    def test_of_two_policies_each_section_that_one_of_them_names(self, cast: Cast) -> None:
        facts = version_facts.of(builders.build_version(cast))
        first, second = (replace(facts.policies[0], card_sections=(slug,)) for slug in ("fairness", "overview"))
        assert replace(facts, policies=(first, second)).card_sections == ["overview", "fairness"]


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"checks": {"card": "sometimes"}}, "check"),
        ({"checks": {"mood": "off"}}, "check"),
        ({"card_sections": ("overview", "poetry")}, "card-section"),
        ({"least_test_coverage": 101}, "coverage"),
        ({"least_test_coverage": -1}, "coverage"),
    ],
)
def test_what_is_no_policy_is_refused(cast: Cast, terms: dict[str, Any], code: str) -> None:
    wrong = replace(policies.terms_of("low"), **terms)
    assert [error.code for error in rules.against_terms(wrong)] == [code]
