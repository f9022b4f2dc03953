"""Review, gate and deployments over REST, by real actions."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.actions import deployments, reviews
from approvals.models import Decision, Review
from audit.models import Event
from governance.api import api
from registry.models import Deployment, ModelVersion
from tests.approvals.pasts import approved, at, deployed, ended, on, registered, retired
from tests.builders import (
    Cast,
    approve_stage,
    approved_version,
    ask_for_review,
    attach_evaluation,
    build_model,
    build_version,
    deployed_version,
    ready_version,
    with_token,
)
from tests.callers import Caller, caller, codes
from tests.statements import sql_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


@pytest.fixture
def pipeline(cast: Cast) -> Caller:
    return caller(cast.pipeline)


def address(version: ModelVersion) -> str:
    return f"/models/{version.model.name}/versions/{version.number}"


def deployments_of(version: ModelVersion) -> str:
    return f"/models/{version.model.name}/deployments"


class TestAskGate:
    def test_refuses_with_every_reason_and_the_way_on(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast, training_run="")
        answer = pipeline.get(address(version) + "/gate", environment="production")
        assert answer.status_code == 200
        gate = answer.json()
        assert gate["allowed"] is False
        assert (gate["environment"], gate["model"], gate["version"]) == ("production", version.model.name, 1)
        assert gate["artifact_sha256"] == version.artifact_sha256
        assert datetime.datetime.fromisoformat(gate["checked_at"]) <= timezone.now()
        assert {reason["code"] for reason in gate["reasons"]} >= {
            "lineage-complete",
            "technical-approval",
            "card-complete",
            "monitoring-configured",
            "rollback-tested",
            "staging-passed",
        }
        assert all(reason["message"] and reason["remedy"] for reason in gate["reasons"])
        card = next(reason for reason in gate["reasons"] if reason["code"] == "card-complete")
        assert card["url"].startswith("http://")
        assert card["url"].endswith(address(version) + "/card/revise/")

    def test_allows_what_lacks_nothing(self, cast: Cast, pipeline: Caller) -> None:
        version = approved_version(cast)
        gate = pipeline.get(address(version) + "/gate", environment="staging").json()
        assert (gate["allowed"], gate["reasons"]) == (True, [])

    def test_an_open_condition_is_no_reason_and_an_overdue_one_is(
        self, cast: Cast, pipeline: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        version = ready_version(cast)
        review = ask_for_review(cast, version)
        promised = {"text": "Watch it.", "owner": cast.author, "due_on": timezone.localdate()}
        approve_stage(cast, review, "technical", conditions=[promised])
        gate = pipeline.get(address(version) + "/gate", environment="staging").json()
        assert (gate["allowed"], gate["reasons"]) == (True, [])
        later = timezone.now() + datetime.timedelta(days=2)
        monkeypatch.setattr(timezone, "now", lambda: later)
        gate = pipeline.get(address(version) + "/gate", environment="staging").json()
        assert (gate["allowed"], [reason["code"] for reason in gate["reasons"]]) == (False, ["condition-overdue"])
        assert "/conditions/" in gate["reasons"][0]["url"]

    def test_costs_four_statements_however_much_was_measured_and_writes_nothing(
        self, cast: Cast, pipeline: Caller
    ) -> None:
        version = ready_version(cast)
        pipeline.get("/me")  # Django asks SQLite once in a process whether it knows JSON

        def cost() -> int:
            before = Event.objects.count()
            with CaptureQueriesContext(connection) as asked:
                answer = pipeline.get(address(version) + "/gate", environment="production")
            assert answer.status_code == 200
            assert Event.objects.count() == before
            assert all(sql.lstrip("(").startswith("SELECT") for sql in sql_of(asked))
            return len(sql_of(asked))

        attach_evaluation(cast, version, "production", {"accuracy": "0.95", "recall": "0.9"})
        few = cost()
        attach_evaluation(cast, version, "production", {f"metric_{number}": "0.5" for number in range(200)})
        assert cost() <= few <= 4

    def test_a_session_costs_no_more(self, cast: Cast, client) -> None:
        version = build_version(cast)
        client.force_login(cast.auditor, backend="governance.roles.SignInBackend")
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"/api/v1{address(version)}/gate?environment=staging")
        assert answer.status_code == 200
        assert len(sql_of(asked)) <= 4

    def test_takes_one_of_the_environments(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        for query in ({}, {"environment": "moon"}, {"environment": ""}):
            answer = pipeline.get(address(version) + "/gate", **query)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "environment"

    def test_a_version_that_is_not_there(self, pipeline: Caller) -> None:
        answer = pipeline.get("/models/no-such-model/versions/1/gate", environment="staging")
        assert (answer.status_code, codes(answer)) == (404, ["not-found"])


class TestReadPast:
    def test_says_what_ran_who_approved_it_and_on_what(self, cast: Cast, pipeline: Caller) -> None:
        model = registered(cast, on(1))
        with at(on(2)):
            version = ready_version(cast, model=model)
            promised = {"text": "Watch it.", "owner": cast.author, "due_on": timezone.localdate()}
            approve_stage(cast, ask_for_review(cast, version), "technical", conditions=[promised])
        deployed(cast, version, on(3), "staging")
        deployed(cast, version, on(4), reference="run 4711")
        answer = pipeline.get(f"/models/{model.name}/past", at="2026-03-04T11:00:00+01:00")
        assert answer.status_code == 200, answer.content
        told = answer.json()
        production, staging = told["environments"]
        running = production["running"]
        decision = version.reviews.get().decisions.get()
        assert (told["model"], told["tier"], told["at"]) == (model.name, "low", "2026-03-04T10:00:00Z")
        assert (told["earlier_change"], told["later_change"]) == ("2026-03-03T10:00:00Z", None)
        assert (running["version"], running["at"], running["reference"]) == (1, "2026-03-04T10:00:00Z", "run 4711")
        assert running["artifact_sha256"] == version.artifact_sha256
        assert running["by"] == {"id": str(cast.release.pk), "name": "Release"}
        assert Event.objects.get(uid=running["event"]).kind == "approvals.deployment.recorded"
        assert running["decisions"] == staging["running"]["decisions"]
        (technical,) = running["decisions"]
        assert (technical["stage"], technical["outcome"]) == ("technical", "approved_with_conditions")
        assert (technical["rationale"], technical["evidence"]) == ("The evidence holds.", decision.evidence)
        assert technical["conditions"] == [{"text": "Watch it.", "fulfilled": None}]

    def test_nothing_ran(self, cast: Cast, pipeline: Caller) -> None:
        model = registered(cast, on(2))
        version = approved(cast, model, on(3))
        ended(cast, deployed(cast, version, on(4), "staging"), on(5))
        retired(cast, version, on(6))
        before, after = (
            pipeline.get(f"/models/{model.name}/past", at=f"2026-03-0{day}T10:00:00Z").json() for day in (1, 7)
        )
        assert (before["registered"], before["tier"], before["environments"]) == (None, None, [])
        assert before["later_change"] == "2026-03-02T10:00:00Z"
        production, staging = after["environments"]
        assert (production["running"], production["ended"]) == (None, None)
        assert (staging["running"], staging["ended"]["version"]) == (None, 1)
        assert [(each["version"], each["by"]["name"]) for each in after["retired"]] == [(1, "Author")]

    @pytest.mark.parametrize(
        ("at", "code"),
        [
            ("2026-03-03T10:00:00", "zone-missing"),
            ("2999-03-03T10:00:00Z", "year"),
            ("2099-03-03T10:00:00Z", "future"),
            ("0001-01-01T00:00:00+14:00", "year"),
            ("2026-02-30T10:00:00Z", "instant"),
            ("1700000000", "instant"),
            ("2026-03-03", "instant"),
            ("", "instant"),
        ],
    )
    def test_takes_an_instant_that_has_come(self, cast: Cast, pipeline: Caller, at: str, code: str) -> None:
        answer = pipeline.get(f"/models/{build_model(cast).name}/past", at=at)
        assert (answer.status_code, codes(answer)) == (422, [code])
        assert answer.json()["errors"][0]["field"] == "at"

    def test_asks_for_one(self, cast: Cast, pipeline: Caller) -> None:
        answer = pipeline.get(f"/models/{build_model(cast).name}/past")
        assert (answer.status_code, codes(answer)) == (422, ["missing"])

    def test_a_model_that_is_not_there(self, pipeline: Caller) -> None:
        answer = pipeline.get("/models/no-such-model/past", at="2026-03-03T10:00:00Z")
        assert (answer.status_code, codes(answer)) == (404, ["not-found"])

    def test_costs_six_statements_and_writes_nothing(self, cast: Cast, pipeline: Caller) -> None:
        model = registered(cast, on(1), "high")
        version = approved(cast, model, on(2))
        deployed(cast, version, on(3), "staging")
        deployed(cast, version, on(4))
        pipeline.get("/me")
        before = Event.objects.count()
        with CaptureQueriesContext(connection) as asked:
            answer = pipeline.get(f"/models/{model.name}/past", at="2026-03-05T10:00:00Z")
        assert len(answer.json()["environments"][0]["running"]["decisions"]) == 4
        assert len(sql_of(asked)) == 6
        assert Event.objects.count() == before


class TestRecordDeployment:
    def test_records_what_the_gate_allows(self, cast: Cast, pipeline: Caller) -> None:
        version = approved_version(cast)
        body = {"version": 1, "environment": "staging", "reference": "run 4711"}
        answer = pipeline.post(deployments_of(version), body)
        assert answer.status_code == 201, answer.content
        deployment = version.deployments.get()
        assert answer.json()["id"] == deployment.pk
        assert answer.json()["artifact_sha256"] == version.artifact_sha256
        assert (deployment.deployed_by, deployment.reference) == (cast.pipeline, "run 4711")

    def test_is_refused_with_the_reasons_of_the_gate(self, cast: Cast, pipeline: Caller) -> None:
        version = ready_version(cast)
        reasons = pipeline.get(address(version) + "/gate", environment="production").json()["reasons"]
        answer = pipeline.post(deployments_of(version), {"version": 1, "environment": "production"})
        assert answer.status_code == 409
        assert codes(answer) == [reason["code"] for reason in reasons]
        assert [error["remedy"] for error in answer.json()["errors"]] == [reason["remedy"] for reason in reasons]
        assert not Deployment.objects.exists()
        assert Event.objects.filter(kind="approvals.deployment.recorded.refused").count() == 1

    def test_reasons_with_percent_signs_are_told_as_they_are(self, cast: Cast, pipeline: Caller) -> None:
        version = ready_version(cast)
        condition = {"text": "Reach 95% recall", "owner": cast.author, "due_on": timezone.localdate()}
        approve_stage(cast, ask_for_review(cast, version), "technical", conditions=[condition])
        tomorrow = timezone.now() + datetime.timedelta(days=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.utils.timezone.now", lambda: tomorrow)
            answer = pipeline.post(deployments_of(version), {"version": 1, "environment": "staging"})
        assert codes(answer) == ["condition-overdue"]
        assert "Reach 95% recall" in answer.json()["errors"][0]["message"]

    def test_twice_is_a_conflict(self, cast: Cast, pipeline: Caller) -> None:
        version = deployed_version(cast, environment="staging")
        answer = pipeline.post(deployments_of(version), {"version": 1, "environment": "staging"})
        assert (answer.status_code, codes(answer)) == (409, ["already-deployed"])

    def test_takes_the_scope_and_the_role(self, cast: Cast) -> None:
        version = approved_version(cast)
        body = {"version": 1, "environment": "staging"}
        without_scope = caller(cast.pipeline, "read", "register", "evaluate").post(deployments_of(version), body)
        assert (without_scope.status_code, codes(without_scope)) == (403, ["scope-missing"])
        without_role = caller(cast.author).post(deployments_of(version), body)
        assert (without_role.status_code, codes(without_role)) == (403, ["permission-denied"])
        assert not Deployment.objects.exists()


class TestEndDeployment:
    def test_ends_it_with_a_reason(self, cast: Cast, pipeline: Caller) -> None:
        version = deployed_version(cast, environment="staging")
        deployment = version.deployments.get()
        path = f"{deployments_of(version)}/{deployment.pk}/end"
        answer = pipeline.post(path, {"reason": "Replaced by hand."})
        assert answer.status_code == 200, answer.content
        assert answer.json()["end_reason"] == "Replaced by hand."
        again = pipeline.post(path, {"reason": "Replaced by hand."})
        assert (again.status_code, codes(again)) == (409, ["deployment-ended"])

    def test_takes_a_reason_and_a_deployment_of_this_model(self, cast: Cast, pipeline: Caller) -> None:
        version, other = deployed_version(cast, environment="staging"), build_version(cast)
        deployment = version.deployments.get()
        assert pipeline.post(f"{deployments_of(version)}/{deployment.pk}/end", {"reason": "  "}).status_code == 422
        assert pipeline.post(f"{deployments_of(other)}/{deployment.pk}/end", {"reason": "x"}).status_code == 404
        deployment.refresh_from_db()
        assert deployment.ended_at is None


class TestAskForReview:
    def test_an_author_asks_with_a_token(self, cast: Cast) -> None:
        version = ready_version(cast)
        answer = caller(cast.author).post(address(version) + "/reviews", {"message": "Ready."})
        assert answer.status_code == 201, answer.content
        review = Review.objects.get()
        assert (review.status, review.message) == ("in_review", "Ready.")
        assert answer.json()["url"].endswith(f"/reviews/{review.pk}/")

    def test_is_refused_with_everything_that_is_missing(self, cast: Cast) -> None:
        answer = caller(cast.author).post(address(build_version(cast)) + "/reviews", {})
        assert (answer.status_code, codes(answer)) == (409, ["card-incomplete", "evaluation-missing"])

    def test_a_second_one_is_a_conflict(self, cast: Cast) -> None:
        version = ready_version(cast)
        ask_for_review(cast, version)
        answer = caller(cast.author).post(address(version) + "/reviews", {})
        assert (answer.status_code, codes(answer)) == (409, ["review-open"])


class TestDecidingIsForPeople:
    def test_there_is_no_operation_that_decides(self) -> None:
        paths = api.get_openapi_schema()["paths"]
        assert not [
            path for path in paths if any(verb in path for verb in ("approve", "reject", "decision", "changes"))
        ]

    def test_a_token_does_not_open_the_page_that_decides(self, cast: Cast) -> None:
        review = ask_for_review(cast, ready_version(cast))
        technical = caller(cast.technical)
        answer = technical.client.post(f"/reviews/{review.pk}/approve/", {"stage": "technical", "rationale": "Fine."})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
        assert not Decision.objects.exists()

    def test_the_action_refuses_somebody_who_came_with_a_token(self, cast: Cast) -> None:
        review = ask_for_review(cast, ready_version(cast))
        with pytest.raises(ValidationError) as refusal:
            reviews.approve(
                review=review, stage="technical", rationale="Fine.", by=with_token(cast.technical, "read", "deploy")
            )
        assert refusal.value.error_list[0].code == "person-required"

    def test_the_scope_holds_inside_the_action_too(self, cast: Cast) -> None:
        version = approved_version(cast)
        with pytest.raises(ValidationError) as refusal:
            deployments.record(version=version, environment="staging", by=with_token(cast.pipeline, "read"))
        assert refusal.value.error_list[0].code == "scope-missing"
