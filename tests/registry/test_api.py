"""The registry over REST, by real actions."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from registry import cards
from registry.models import AIModel, CodeCheck, Evaluation, ModelVersion
from registry.questionnaires import NAMES_BEFORE
from tests.builders import (
    NO_RISK,
    Cast,
    build_model,
    build_use_case,
    build_version,
    deployed_version,
)
from tests.callers import Caller, caller, codes

pytestmark = pytest.mark.django_db

MODEL = {
    "name": "form-digit-reader",
    "purpose": "Reads digits on paper forms.",
    "task": "classification",
    "owner": "author",
    "team": "clinical-ml",
    "answers": NO_RISK,
    "use_case_line": "Saves typing.",
}
VERSION = {
    "artifact_uri": "s3://models/7/model.skops",
    "artifact_sha256": "a" * 64,
    "artifact_size": 137_501,
    "code_repository": "https://git.example.org/models",
    "code_commit": "0543bc8daa8a",
    "training_data": {"name": "digits-training", "sha256": "b" * 64, "row_count": 988},
    "hyperparameters": {"reg_param": 0.5, "n_components": 30, "whiten": False},
    "training_run": "run-7",
}
EVALUATION = {
    "purpose": "staging",
    "dataset": {"name": "digits-staging", "sha256": "c" * 64},
    "measurements": [
        {"metric": "accuracy", "value": 0.957},
        {"metric": "accuracy", "value": "0.912000", "group": "digit", "slice": "8", "sample_size": 27},
    ],
}
CODE_CHECK = {
    "commit": "0543bc8daa8a",
    "test_coverage": 91.25,
    "tests_passed": 212,
    "tests_failed": 0,
    "lint_findings": 0,
    "type_findings": 3,
    "review_url": "https://git.example.org/models/reviews/7",
}


@pytest.fixture
def pipeline(cast: Cast) -> Caller:
    return caller(cast.pipeline)


def address(version: ModelVersion) -> str:
    return f"/models/{version.model.name}/versions/{version.number}"


class TestWhoAmI:
    def test_names_person_roles_teams_and_scopes(self, cast: Cast) -> None:
        answer = caller(cast.pipeline, "read", "deploy").get("/me").json()
        assert answer == {
            "username": "pipeline",
            "name": "Pipeline",
            "kind": "service",
            "roles": ["pipeline"],
            "teams": ["clinical-ml"],
            "scopes": ["deploy", "read"],
        }


class TestListModels:
    def test_says_what_each_is_and_where_it_stands(self, cast: Cast, pipeline: Caller) -> None:
        live = deployed_version(cast)
        build_version(cast, model=live.model)
        (item,) = pipeline.get("/models").json()["items"]
        assert item["name"] == live.model.name
        assert (item["tier"], item["team"], item["owner"]["username"]) == ("low", "clinical-ml", "author")
        assert item["newest_version"] == {"number": 2, "status": "development"}
        assert item["production_version"] == 1

    def test_a_model_without_versions_has_no_newest(self, cast: Cast, pipeline: Caller) -> None:
        build_model(cast)
        (item,) = pipeline.get("/models").json()["items"]
        assert (item["newest_version"], item["production_version"]) == (None, None)

    def test_filters(self, cast: Cast, pipeline: Caller) -> None:
        live = deployed_version(cast)
        draft = build_version(cast, "high")

        def names(**query: str) -> set[str]:
            return {item["name"] for item in pipeline.get("/models", **query).json()["items"]}

        assert names() == {live.model.name, draft.model.name}
        assert names(status="production") == {live.model.name}
        assert names(status="development") == {draft.model.name}
        assert names(status="retired") == set()
        assert names(tier="high") == {draft.model.name}
        assert names(q=live.artifact_sha256) == {live.model.name}
        assert names(q="nothing like it") == set()

    def test_pages_by_name_until_there_is_no_next(self, cast: Cast, pipeline: Caller) -> None:
        for letter in "cab":
            build_model(cast, name=f"model-{letter}")
        seen, after = [], {}
        while True:
            page = pipeline.get("/models", limit=2, **after).json()
            seen += [item["name"] for item in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert seen == ["model-a", "model-b", "model-c"]

    def test_refuses_what_is_out_of_bounds(self, pipeline: Caller) -> None:
        for query in [{"limit": 0}, {"limit": 101}, {"limit": 10**30}, {"after": "No"}, {"status": "x"}]:
            assert pipeline.get("/models", **query).status_code == 422

    def test_costs_the_same_for_one_and_for_many(self, cast: Cast, pipeline: Caller) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert pipeline.get("/models").status_code == 200
            return len(asked)

        build_version(cast)
        cost()  # the first call also writes down when the token was used
        first = cost()
        for _ in range(8):
            build_version(cast, model=build_model(cast))
        assert cost() == first <= 12


class TestRegisterModel:
    def test_puts_it_into_the_tier_of_its_answers(self, cast: Cast, pipeline: Caller) -> None:
        answer = pipeline.post("/models", MODEL)
        assert answer.status_code == 201
        assert answer["Location"] == "/api/v1/models/form-digit-reader"
        assert answer.json()["tier"] == "low"
        model = AIModel.objects.get(name="form-digit-reader")
        assert (model.owner, model.registered_by) == (cast.author, cast.pipeline)
        event = Event.objects.get(kind="registry.model.registered")
        assert event.token == cast.pipeline.tokens.get().pk

    def test_for_a_use_case(self, cast: Cast, pipeline: Caller) -> None:
        use_case = build_use_case(cast)
        answer = pipeline.post("/models", MODEL | {"use_case": use_case.slug, "use_case_line": ""})
        assert answer.json()["use_case"] == {"slug": use_case.slug, "title": use_case.title, "status": "approved"}

    def test_a_name_that_is_taken_is_a_conflict(self, cast: Cast, pipeline: Caller) -> None:
        pipeline.post("/models", MODEL)
        answer = pipeline.post("/models", MODEL)
        assert answer.status_code == 409
        assert codes(answer) == ["unique"]
        assert answer.json()["errors"][0]["field"] == "name"

    def test_names_what_is_wrong_with_the_input(self, pipeline: Caller) -> None:
        for change, code in [
            ({"owner": "nobody"}, "unknown-owner"),
            ({"team": "no-team"}, "unknown-team"),
            ({"use_case": "none", "use_case_line": ""}, "unknown-use-case"),
            ({"use_case_line": ""}, "use-case"),
            ({"use_case": "x"}, "use-case"),
            ({"name": "Form Digit"}, "string-pattern-mismatch"),
            ({"answers": NO_RISK | {"autonomy": "perhaps"}}, "unknown-answer"),
            ({"answers": NO_RISK | {"weather": "fine"}}, "unknown-question"),
            ({"answers": {}}, "answer-missing"),
        ]:
            answer = pipeline.post("/models", MODEL | change)
            assert answer.status_code == 422
            assert codes(answer) == [code]
            assert not AIModel.objects.exists()

    def test_answers_the_questionnaire_that_was_read(self, pipeline: Caller) -> None:
        asked = pipeline.get("/risk-questionnaire").json()
        assert {question["id"] for question in asked["questions"]} == set(NO_RISK)
        refused = pipeline.post("/models", MODEL | {"questionnaire": asked["revision"] + 1})
        assert (refused.status_code, codes(refused)) == (409, ["questionnaire-changed"])
        assert pipeline.post("/models", MODEL | {"questionnaire": asked["revision"]}).json()["tier"] == "low"

    @pytest.mark.parametrize("answers", [None, dict.fromkeys(NAMES_BEFORE, False)])
    def test_without_answers_or_with_those_of_formerly_it_is_not_assessed(
        self, cast: Cast, pipeline: Caller, answers: dict[str, bool] | None
    ) -> None:
        answer = pipeline.post("/models", MODEL | {"answers": answers})
        assert (answer.status_code, answer.json()["tier"]) == (201, None)
        version = build_version(cast, model=AIModel.objects.get())
        gate = pipeline.get(f"/models/{version.model}/versions/1/gate", environment="staging").json()
        assert gate["reasons"][0]["code"] == "risk-not-assessed"

    def test_says_what_is_prohibited(self, pipeline: Caller, cast: Cast) -> None:
        use_case = {"use_case": build_use_case(cast).slug, "use_case_line": ""}
        answer = pipeline.post("/models", MODEL | use_case | {"answers": NO_RISK | {"practice": "social_score"}})
        assert (answer.json()["tier"], answer.json()["is_prohibited"]) == ("high", True)

    def test_only_for_the_own_team(self, cast: Cast) -> None:
        answer = caller(cast.technical).post("/models", MODEL)
        assert answer.status_code == 403
        assert codes(answer) == ["permission-denied"]


class TestReadModel:
    def test_says_everything_about_it(self, cast: Cast, pipeline: Caller) -> None:
        model = build_model(cast, "medium")
        answer = pipeline.get(f"/models/{model.name}").json()
        assert answer["use_case"]["status"] == "approved"
        assert answer["task"] == "classification"

    def test_one_that_is_not_there(self, pipeline: Caller) -> None:
        answer = pipeline.get("/models/no-such-model")
        assert answer.status_code == 404
        assert codes(answer) == ["not-found"]


class TestRegisterVersion:
    def test_of_an_artifact_that_stays_where_it_is(self, cast: Cast, pipeline: Caller) -> None:
        model = build_model(cast)
        answer = pipeline.post(f"/models/{model.name}/versions", VERSION)
        assert answer.status_code == 201, answer.content
        assert answer["Location"] == f"/api/v1/models/{model.name}/versions/1"
        version = model.versions.get()
        assert answer.json()["number"] == version.number == 1
        assert answer.json()["missing"] == []
        assert version.hyperparameters == {"reg_param": "0.5", "n_components": 30, "whiten": False}
        assert version.training_data.row_count == 988

    def test_of_an_uploaded_artifact(self, cast: Cast, pipeline: Caller) -> None:
        model = build_model(cast)
        described = {"summary": "Retrained.", "hyperparameters": {"alpha": 0.1}}
        answer = pipeline.upload(
            f"/models/{model.name}/versions",
            artifact=SimpleUploadedFile("model.skops", b"the model"),
            version=json.dumps(described),
        )
        assert answer.status_code == 201, answer.content
        version = model.versions.get()
        assert version.artifact_sha256 == hashlib.sha256(b"the model").hexdigest()
        assert version.artifact_size == 9
        assert version.artifact_file.read() == b"the model"
        version.artifact_file.close()
        assert "the code commit" in answer.json()["missing"]

    def test_the_upload_has_to_be_what_was_announced(self, cast: Cast, pipeline: Caller) -> None:
        model = build_model(cast)
        answer = pipeline.upload(
            f"/models/{model.name}/versions",
            artifact=SimpleUploadedFile("model.skops", b"other bytes"),
            version=json.dumps({"artifact_sha256": "a" * 64}),
        )
        assert (answer.status_code, codes(answer)) == (422, ["artifact-digest"])
        assert not model.versions.exists()

    def test_an_upload_that_is_too_large_is_not_even_read(self, cast: Cast, pipeline: Caller, settings) -> None:
        settings.ARTIFACT_MAX_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
        answer = pipeline.upload(
            f"/models/{build_model(cast).name}/versions", artifact=SimpleUploadedFile("m", b"x" * 100)
        )
        assert (answer.status_code, codes(answer)) == (413, ["too-large"])

    def test_an_upload_to_another_team_s_model_is_not_kept(self, cast: Cast, settings, tmp_path) -> None:
        settings.MEDIA_ROOT = tmp_path
        answer = caller(cast.auditor).upload(
            f"/models/{build_model(cast).name}/versions", artifact=SimpleUploadedFile("m", b"unwanted")
        )
        assert (answer.status_code, codes(answer)) == (403, ["permission-denied"])
        assert list(tmp_path.rglob("*")) == []

    def test_names_what_is_wrong(self, cast: Cast, pipeline: Caller) -> None:
        model = build_model(cast)
        for change, code in [
            ({"artifact_uri": ""}, "artifact-missing"),
            ({"artifact_sha256": None}, "artifact-missing"),
            ({"artifact_sha256": "A" * 64}, "string-pattern-mismatch"),
            ({"artifact_size": -1}, "greater-than-equal"),
            ({"artifact_size": 2**53}, "less-than-equal"),
            ({"artifact_size": 1.5}, "int-type"),
            ({"code_commit": "main"}, "string-too-short"),
            ({"hyperparameters": {"seed": 2**53}}, "unstorable"),
            ({"hyperparameters": {"a\x00": 1}}, "unstorable"),
            ({"hyperparameters": {"name": "\ud800"}}, "unstorable"),
            ({"built_on": {"model": "no-such-model", "version": 1}}, "unknown-built-on"),
            ({"framework": "skops"}, "extra-forbidden"),
        ]:
            answer = pipeline.post(f"/models/{model.name}/versions", VERSION | change)
            assert (answer.status_code, codes(answer)) == (422, [code]), answer.json()
            assert not model.versions.exists()

    def test_built_on_another_version(self, cast: Cast, pipeline: Caller) -> None:
        base = build_version(cast)
        pointer = {"model": base.model.name, "version": 1}
        answer = pipeline.post(f"/models/{build_model(cast).name}/versions", VERSION | {"built_on": pointer})
        assert answer.json()["lineage"]["built_on"] == pointer

    def test_only_by_the_owning_team(self, cast: Cast) -> None:
        answer = caller(cast.release).post(f"/models/{build_model(cast).name}/versions", VERSION)
        assert answer.status_code == 403


class TestReadVersions:
    def test_newest_first_in_pages(self, cast: Cast, pipeline: Caller) -> None:
        model = build_version(cast).model
        for _ in range(2):
            build_version(cast, model=model)
        first = pipeline.get(f"/models/{model.name}/versions", limit=2).json()
        assert [item["number"] for item in first["items"]] == [3, 2]
        rest = pipeline.get(f"/models/{model.name}/versions", after=first["next"]).json()
        assert ([item["number"] for item in rest["items"]], rest["next"]) == ([1], None)

    def test_one_with_status_lineage_and_what_is_missing(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast, training_run="", code_commit="")
        answer = pipeline.get(address(version)).json()
        assert answer["status"] == "development"
        assert answer["missing"] == ["the code commit", "the training run"]
        assert answer["lineage"]["training_data"]["name"] == "training-2026"
        assert (answer["card_revision"], len(answer["missing_card_sections"])) == (0, 7)

    def test_one_that_is_not_there(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        assert pipeline.get(f"/models/{version.model.name}/versions/2").status_code == 404


class TestAttachEvaluation:
    def test_keeps_every_digit(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        answer = pipeline.post(address(version) + "/evaluations", EVALUATION)
        assert answer.status_code == 201, answer.content
        assert answer.json()["measurements"] == 2
        evaluation = version.evaluations.get()
        assert evaluation.source == Evaluation.Source.API
        values = dict(evaluation.measurements.values_list("slice", "value"))
        assert values == {"": Decimal("0.957"), "8": Decimal("0.912")}

    def test_a_figure_counts_as_it_is_written(self, cast: Cast, pipeline: Caller) -> None:
        for written in ["0.1", '"0.1"', "1e-1", "0.100000"]:
            version = build_version(cast)
            body = json.dumps(EVALUATION).replace("0.957", written).encode()
            assert pipeline.post(address(version) + "/evaluations", body).status_code == 201
            assert version.evaluations.get().measurements.get(slice="").value == Decimal("0.1")

    def test_a_figure_that_cannot_be_kept_is_refused(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        for written in [
            "0.30000000000000004",
            "1234567890",
            "true",
            "null",
            '"NaN"',
            '"Infinity"',
            '"high"',
            "1e999",
            "[1]",
        ]:
            body = json.dumps(EVALUATION).replace("0.957", written).encode()
            answer = pipeline.post(address(version) + "/evaluations", body)
            assert (answer.status_code, codes(answer)) == (422, ["number"])
            assert answer.json()["errors"][0]["field"] == "measurements.0.value"
            assert not version.evaluations.exists()

    def test_refuses_measurements(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        for measurements, code in [
            ([], "too-short"),
            ([{"metric": "accuracy", "value": 1}] * 2, "measured-twice"),
            ([{"metric": "accuracy", "value": 1}] * 1001, "too-long"),
            ([{"metric": "ac cu", "value": 1}], "string-pattern-mismatch"),
            ([{"metric": "accuracy", "value": 1, "group": "sex"}], "slice"),
            ([{"metric": "accuracy", "value": 1, "sample_size": -1}], "greater-than-equal"),
        ]:
            answer = pipeline.post(address(version) + "/evaluations", EVALUATION | {"measurements": measurements})
            assert (answer.status_code, codes(answer)) == (422, [code]), answer.json()

    def test_takes_the_scope_evaluate(self, cast: Cast) -> None:
        answer = caller(cast.pipeline, "read", "register", "deploy").post(
            address(build_version(cast)) + "/evaluations", EVALUATION
        )
        assert (answer.status_code, codes(answer)) == (403, ["scope-missing"])
        assert 'error="insufficient_scope", scope="evaluate"' in answer["WWW-Authenticate"]


class TestReportCodeCheck:
    def test_keeps_what_was_found(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        assert pipeline.post(address(version) + "/code-checks", CODE_CHECK).status_code == 201
        check = CodeCheck.objects.get(version=version)
        assert (check.test_coverage, check.type_findings) == (Decimal("91.25"), 3)

    @pytest.mark.parametrize("findings", [0, 2])
    def test_keeps_what_a_scan_of_the_file_found(self, cast: Cast, pipeline: Caller, findings: int) -> None:
        version = build_version(cast)
        scan = {"artifact_findings": findings, "artifact_scanner": " picklescan "}
        assert pipeline.post(address(version) + "/code-checks", CODE_CHECK | scan).status_code == 201
        check = CodeCheck.objects.get(version=version)
        assert (check.artifact_findings, check.artifact_scanner) == (findings, "picklescan")

    @pytest.mark.parametrize(
        "half",
        [
            {"artifact_findings": 0},
            {"artifact_scanner": "picklescan"},
            {"artifact_findings": 1, "artifact_scanner": " "},
            {"artifact_findings": None, "artifact_scanner": "picklescan"},
        ],
    )
    def test_a_scan_is_given_whole(self, cast: Cast, pipeline: Caller, half: dict) -> None:
        version = build_version(cast)
        answer = pipeline.post(address(version) + "/code-checks", CODE_CHECK | half)
        assert (answer.status_code, codes(answer)) == (422, ["scan"])
        assert not version.code_checks.exists()

    def test_refuses(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        for change, field in [
            ({"artifact_findings": -1, "artifact_scanner": "picklescan"}, "artifact_findings"),
            ({"artifact_findings": "0", "artifact_scanner": "picklescan"}, "artifact_findings"),
            ({"artifact_findings": 0, "artifact_scanner": "x" * 61}, "artifact_scanner"),
            ({"artifact_findings": 0, "artifact_scanner": "two\nlines"}, "artifact_scanner"),
            ({"test_coverage": 100.1}, "test_coverage"),
            ({"test_coverage": 91.255}, "test_coverage"),
            ({"tests_passed": 2**31}, "tests_passed"),
            ({"tests_failed": "0"}, "tests_failed"),
            ({"review_url": "javascript:alert(1)"}, "review_url"),
        ]:
            answer = pipeline.post(address(version) + "/code-checks", CODE_CHECK | change)
            assert answer.status_code == 422
            assert [error["field"] for error in answer.json()["errors"]] == [field]
            assert not version.code_checks.exists()


class TestReviseCard:
    def test_writes_a_revision_and_says_what_is_missing(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        answer = pipeline.put(address(version) + "/card", {"seen_revision": 0, "overview": "It reads digits."})
        assert answer.status_code == 200
        assert answer.json()["revision"] == 1
        assert "Overview" not in answer.json()["missing_sections"]

    def test_texts_left_out_stay(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        pipeline.put(address(version) + "/card", {"seen_revision": 0, "overview": "It reads digits."})
        texts = {name: "Written." for name in cards.FIELD_NAMES if name != "overview"}
        answer = pipeline.put(address(version) + "/card", texts | {"seen_revision": 1})
        assert answer.json()["missing_sections"] == []
        version.refresh_from_db()
        assert version.card.overview == "It reads digits."

    def test_a_newer_revision_is_not_overwritten(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        pipeline.put(address(version) + "/card", {"seen_revision": 0, "overview": "Mine."})
        answer = pipeline.put(address(version) + "/card", {"seen_revision": 0, "overview": "Yours."})
        assert (answer.status_code, codes(answer)) == (409, ["newer-revision"])


class TestReviseReleasePlan:
    PLAN = {
        "seen_revision": 0,
        "steps": "One clinic first.",
        "monitoring_url": "https://monitoring.example.org/1",
        "rollback_tested_on": "2026-11-02",
        "rollback_test_result": "passed",
        "rollback_test_evidence": "https://ci.example.org/runs/12",
    }

    def test_writes_a_revision(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        assert pipeline.put(address(version) + "/release-plan", self.PLAN).json()["revision"] == 1
        version.refresh_from_db()
        assert version.release_plan.rollback_tested_on.isoformat() == "2026-11-02"
        assert pipeline.get(address(version)).json()["release_plan_revision"] == 1

    def test_refuses(self, cast: Cast, pipeline: Caller) -> None:
        version = build_version(cast)
        for change in [
            {"rollback_tested_on": "2026-13-02"},
            {"rollback_test_result": "maybe"},
            {"rollback_test_result": None},
            {"monitoring_url": "not an address"},
            {"seen_revision": -1},
        ]:
            answer = pipeline.put(address(version) + "/release-plan", self.PLAN | change)
            assert answer.status_code == 422, answer.content
            assert codes(answer)
