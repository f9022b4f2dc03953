"""What is read from each source, and how a reader says no: pure, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from registry.imports import csv, mlflow, sagemaker
from registry.imports.candidates import Candidate, propose_slug
from registry.imports.mlflow import Answers
from registry.imports.reading import MOST_BYTES, MOST_ROWS, Inventory
from tests.imports import table

RECORDED = Path(__file__).parent / "recorded"
ADDRESS = "https://mlflow.example.org"


def code(read, *arguments) -> str:
    with pytest.raises(ValidationError) as refusal:
        read(*arguments)
    return refusal.value.code


def problems(candidate: Candidate) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in candidate.problems]


def read(content: bytes) -> tuple[Candidate, ...]:
    return csv.read(content, "models.csv").candidates


# A table


def test_the_sample_is_read_without_a_problem_and_fills_every_column() -> None:
    [candidate] = read(csv.sample().encode())
    assert candidate.problems == ()
    assert (candidate.name, candidate.slug, candidate.line) == ("Credit Scoring", "credit-scoring", 2)
    version = candidate.version
    assert (version.label, version.number, version.artifact_size) == ("3", 3, 41_200_000)
    assert version.hyperparameters == {"max_depth": "6"}
    assert version.details == {"created": "2026-03-31T00:00:00", "metrics": {"roc_auc": "0.93"}}
    assert candidate.details == {"source": "old-registry", "tags": {"domain": "credit"}}


def test_a_candidate_is_kept_as_json_and_comes_back_the_same() -> None:
    [candidate] = read(csv.sample().encode())
    assert Candidate.from_json(json.loads(json.dumps(candidate.to_json()))) == candidate


@pytest.mark.parametrize(
    "content",
    [
        table("Churn,1,Who leaves."),
        b"\xef\xbb\xbf" + table("Churn,1,Who leaves."),
        table("Churn;1;Who leaves.", columns="name;version;purpose"),
        table("Churn\t1\tWho leaves.", columns="name\tversion\tpurpose"),
        table("Churn,1,Who leaves.").replace(b"\n", b"\r\n"),
        table("Churn,1,Who leaves.", columns="Name, Version ,PURPOSE"),
        table("", "Churn,1,Who leaves.", ",,", columns="name,version,purpose,,"),
        b"\n\n" + table('"Churn","1","Who leaves."'),
    ],
    ids=["plain", "bom", "semicolons", "tabs", "crlf", "capitals", "blank lines", "leading lines"],
)
def test_spreadsheets_write_tables_in_many_ways(content: bytes) -> None:
    [candidate] = read(content)
    assert (candidate.name, candidate.version.number, candidate.purpose) == ("Churn", 1, "Who leaves.")
    assert candidate.problems == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty-file"),
        (b" \n\n", "empty-file"),
        (table("Modèle,1,x").decode().encode("cp1252"), "encoding"),
        (table("a,1,x").decode().encode("utf-16"), "encoding"),
        (table("a\x00,1,x"), "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "encoding"),
        (table(), "no-rows"),
        (table("x", columns="version"), "name-column"),
        (table("a,b", columns="name,name"), "duplicate-column"),
        (table("a,b", columns="name,Name "), "duplicate-column"),
        (table("a,b", columns="name,ownr"), "unknown-column"),
        (table("a,b", columns="name,tag:"), "unknown-column"),
        (table('"never closed'), "not-csv"),
        (table("x" * 200_000), "not-csv"),
        (b"x" * (MOST_BYTES + 1), "too-large"),
        (table(*(f"m{number}" for number in range(MOST_ROWS + 1)), columns="name"), "too-many-rows"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content: bytes, expected: str) -> None:
    assert code(csv.read, content, "x.csv") == expected


@pytest.mark.parametrize(
    ("line", "columns", "expected"),
    [
        (",1,x", "name,version,purpose", [("name", "name-missing")]),
        (f"{'a' * 301},1,x", "name,version,purpose", [("name", "too-long"), ("name", "name-missing")]),
        (f"{'a' * 61},1,x", "name,version,purpose", [("name", "name-too-long")]),
        ("模型,1,x", "name,version,purpose", [("name", "name")]),
        ("ad\u202emin,1,x", "name,version,purpose", [("name", "hidden-characters"), ("name", "name-missing")]),
        ('a,1,"two\nlines"', "name,version,purpose", [("purpose", "hidden-characters")]),
        (f"a,1,{'x' * 201}", "name,version,purpose", [("purpose", "too-long")]),
        ("a,guess", "name,task", [("task", "unknown-task")]),
        ("a,1,abc", "name,version,artifact_sha256", [("artifact_sha256", "digest")]),
        ("a,1,2 MB", "name,version,artifact_size", [("artifact_size", "size")]),
        ("a,1,-5", "name,version,artifact_size", [("artifact_size", "size")]),
        ("a,1,99999999999999999", "name,version,artifact_size", [("artifact_size", "size")]),
        ("a,1,main", "name,version,code_commit", [("code_commit", "commit")]),
        ("a,1,yesterday", "name,version,created_at", [("created_at", "date")]),
        ("a,s3://x", "name,artifact_uri", [("version", "version-missing")]),
        ("a,1,x,y", "name,version,purpose", [("line", "too-many-cells")]),
    ],
)
def test_each_problem_stands_beside_its_field(line: str, columns: str, expected: list) -> None:
    [candidate] = read(table(line, columns=columns))
    assert problems(candidate) == expected
    assert candidate.line == 2


def test_lines_are_counted_as_the_file_has_them() -> None:
    candidates = read(table('a,1,"one\n\ntwo"', "", "b,1,x"))
    assert [candidate.line for candidate in candidates] == [2, 6]


def test_a_formula_is_a_text() -> None:
    [candidate] = read(table("=HYPERLINK(1),1,=1+1"))
    assert (candidate.slug, candidate.purpose) == ("hyperlink-1", "=1+1")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Credit Scoring", "credit-scoring"),
        ("churn_v2", "churn-v2"),
        ("churn.v2/eu:west", "churn-v2-eu-west"),
        ("Modèle à jour", "modele-a-jour"),
        ("2026 forecast", "model-2026-forecast"),
        ("register", "register-model"),
        ("--", ""),
        ("模型", ""),
    ],
)
def test_names_become_addresses(name: str, slug: str) -> None:
    assert propose_slug(name) == slug


# What a real server answered


def answers() -> Answers:
    return Answers(address=ADDRESS, **json.loads((RECORDED / "mlflow.json").read_text()))


def served(**changes) -> Inventory:
    return mlflow.read(Answers(**(vars(answers()) | changes)))


def test_a_server_gives_models_versions_and_what_their_runs_said() -> None:
    found = {(c.name, c.version.label if c.version else None): c for c in served().candidates}
    assert set(found) == {
        ("Credit Scoring", "1"),
        ("Credit Scoring", "3"),
        ("churn_v2", "1"),
        ("external", "1"),
        ("no versions yet", None),
        ("模型", None),
    }
    credit = found["Credit Scoring", "1"]
    assert (credit.slug, credit.owner, credit.team) == ("credit-scoring", "ada", "clinical-ml")
    assert credit.purpose == "Scores applications for consumer credit."
    assert credit.details["aliases"] == {"champion": "1", "challenger": "3"}
    assert credit.reference == f"{ADDRESS}/#/models/Credit Scoring"
    version = credit.version
    assert version.reference == f"{ADDRESS}/#/models/Credit Scoring/versions/1"
    assert (version.number, version.artifact_sha256, version.summary) == (1, f"{1:064x}", "Trained in week 1")
    assert (version.code_commit, version.code_repository) == ("ab12" * 10, "https://git.example.org/credit")
    assert version.hyperparameters == {"max_depth": "6", "learning_rate": "0.1"}
    assert version.details["metrics"]["roc_auc"] == "0.91"
    assert found["Credit Scoring", "3"].version.details["metrics"]["loss"] == "NaN"
    assert problems(found["模型", None]) == [("name", "name")]
    assert found["external", "1"].version.artifact_uri == "s3://bucket/external/model.pkl"


def test_reading_a_server_twice_gives_the_same() -> None:
    assert served() == served()


def test_a_version_that_is_not_ready_is_refused() -> None:
    versions = [version | {"status": "FAILED_REGISTRATION"} for version in answers().versions]
    found = served(versions=versions).candidates
    assert {problem for c in found if c.version for problem in problems(c)} == {("status", "not-ready")}


def test_a_server_with_nothing_or_too_much_is_refused() -> None:
    assert code(mlflow.read, Answers(ADDRESS, [], [], {})) == "no-rows"
    many = [{"name": f"m{number}"} for number in range(MOST_ROWS + 1)]
    assert code(mlflow.read, Answers(ADDRESS, many, [], {})) == "too-many-rows"


def test_whatever_a_server_says_the_reader_stands() -> None:
    odd = {"name": None, "tags": [{}], "aliases": [{}], "creation_timestamp": "soon", "description": "a\x00b" * 900}
    version = {"name": "None", "version": "x" * 99, "run_id": 7, "source": "y" * 600, "creation_timestamp": 1e40}
    [candidate] = mlflow.read(
        Answers(ADDRESS, [odd], [version], {"7": {"data": {"params": [{"key": "p"}]}}})
    ).candidates
    assert ("source", "too-long") in problems(candidate)
    assert "\x00" not in json.dumps(candidate.to_json())


# What the AWS CLI writes


def exported(text: str) -> tuple[Candidate, ...]:
    return sagemaker.read(text.encode(), "export.json").candidates


def test_lists_and_descriptions_of_packages_are_put_together() -> None:
    bed, first, second = exported((RECORDED / "sagemaker.json").read_text())
    assert [c.slug for c in (bed, first, second)] == ["bed-demand", "readmission-30d", "readmission-30d"]
    assert problems(bed) == [("ModelPackageStatus", "not-completed")]
    assert first.purpose == "Risk of readmission within thirty days"
    assert first.owner == "author"
    assert first.reference == second.reference
    assert first.reference.endswith(":model-package-group/readmission-30d")
    version = first.version
    assert (version.number, version.artifact_uri) == (1, "s3://clinic-models/readmission/1/model.tar.gz")
    assert version.code_commit == "4f1e2d3c4b5a69788796a5b4c3d2e1f001122334"
    assert version.artifact_sha256 == ""  # the digest in it is that of the container's image
    assert version.details["metrics"] == {"ModelQuality Statistics": "s3://clinic-models/readmission/1/quality.json"}
    assert version.details["approval"] == "Approved"
    assert second.version.artifact_uri == ""


def test_the_answers_may_come_as_a_list_with_times_as_numbers() -> None:
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/solo"
    [candidate] = exported(json.dumps([{"ModelPackageArn": arn, "ModelPackageName": "solo", "CreationTime": 1.5}]))
    assert (candidate.name, candidate.version.label) == ("solo", "1")
    assert candidate.version.details["created"] == "1970-01-01T00:00:01+00:00"
    assert candidate.problems == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty-file"),
        ("{", "not-json"),
        ("[" * 100_000, "not-json"),
        ("[]", "no-rows"),
        ("7", "not-sagemaker"),
        ('{"Models": []}', "not-sagemaker"),
        ('{"ModelPackageSummaryList": [], "NextToken": "abc"}', "cut-off"),
    ],
)
def test_what_is_no_export_is_refused_as_a_whole(text: str, expected: str) -> None:
    assert code(sagemaker.read, text.encode(), "x.json") == expected
    assert code(sagemaker.read, b"\xff\xfe", "x.json") == "encoding"
    assert code(sagemaker.read, b" " * (MOST_BYTES + 1), "x.json") == "too-large"


def test_whatever_an_export_says_the_reader_stands() -> None:
    odd = {
        "ModelPackageArn": 7,
        "InferenceSpecification": [],
        "MetadataProperties": 3,
        "ModelMetrics": {"a": {"S3Uri": 1}},
    }
    [candidate] = exported(json.dumps(odd))
    assert ("ModelPackageArn", "arn") in problems(candidate)


def test_the_name_of_a_tag_may_hold_any_sign() -> None:
    [candidate] = read(table("Churn,1,x", columns="name,version,tag:a;b;c;d"))
    assert candidate.details["tags"] == {"a;b;c;d": "x"}


# What is not what it is said to be

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/1"


@pytest.mark.parametrize("odd", [["x"], 5, {"a": 1}, [None]])
def test_a_server_that_says_odd_things_is_refused(odd: object) -> None:
    model, version = {"name": "churn"}, {"name": "churn", "version": "1", "run_id": "r"}
    for answers in (
        Answers(ADDRESS, [model | {"tags": odd}], [], {}),
        Answers(ADDRESS, [model | {"aliases": odd}], [], {}),
        Answers(ADDRESS, [model], [version | {"tags": odd}], {}),
        Answers(ADDRESS, [model], [version], {"r": {"data": {"params": odd}}}),
    ):
        assert code(mlflow.read, answers) == "not-mlflow"


@pytest.mark.parametrize("depth", [10, 500, 900])
def test_what_is_nested_deeper_than_anybody_reads_is_cut_off(depth: int) -> None:
    nested = '{"a":' * depth + '"x"' + "}" * depth
    export = f'{{"ModelPackageArn": "{ARN}", "Domain": "kept", "CustomerMetadataProperties": {nested}}}'
    [candidate] = sagemaker.read(export.encode(), "export.json").candidates
    assert candidate.version.details == {"domain": "kept"}


def test_an_address_holds_nothing_that_cannot_be_kept() -> None:
    for arn in ("a\\u0000b\\ud800", ARN.replace("churn", "ch\\u0000urn")):
        [candidate] = sagemaker.read(f'{{"ModelPackageArn": "{arn}"}}'.encode(), "export.json").candidates
        kept = json.dumps(candidate.to_json())
        assert "\\u0000" not in kept
        assert "\\ud800" not in kept
        assert candidate.problems


# Secrets in addresses

WITH_SECRET, WITHOUT = "https://oauth2:glpat-4f1b@git.example.org/churn", "https://git.example.org/churn"


def test_a_table_is_kept_without_the_secrets_of_its_addresses() -> None:
    line = f"Churn,1,{WITH_SECRET},{WITH_SECRET},see {WITH_SECRET}"
    [candidate] = read(table(line, columns="name,version,artifact_uri,tag:repository,param:data"))
    assert problems(candidate) == [("artifact_uri", "secret")]
    assert candidate.given["artifact_uri"] == candidate.details["tags"]["repository"] == WITHOUT
    assert candidate.version.hyperparameters == {"data": f"see {WITHOUT}"}
    assert "glpat" not in json.dumps(candidate.to_json())


def test_what_a_server_says_is_kept_without_the_secrets_of_its_addresses() -> None:
    model, version = {"name": "churn"}, {"name": "churn", "version": "1", "run_id": "r"}
    tags = [{"key": mlflow.REPOSITORY, "value": WITH_SECRET}]
    answers = Answers(ADDRESS, [model | {"tags": tags}], [version | {"tags": tags}], {"r": {"data": {"tags": tags}}})
    [candidate] = mlflow.read(answers).candidates
    assert candidate.version.details["run"] == {mlflow.REPOSITORY: WITHOUT}
    assert "glpat" not in json.dumps(candidate.to_json())


def test_a_secret_too_long_for_its_column_is_not_kept_in_part() -> None:
    tags = [{"key": mlflow.REPOSITORY, "value": f"https://oauth2:{'glpat' * 100}@git.example.org/churn"}]
    version = {"name": "churn", "version": "1", "run_id": "r"}
    answers = Answers(ADDRESS, [{"name": "churn"}], [version], {"r": {"data": {"tags": tags}}})
    assert "glpat" not in json.dumps(mlflow.read(answers).candidates[0].to_json())
