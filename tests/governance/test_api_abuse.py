"""Input that no honest client sends: each is refused with a problem answer, nothing is written, nothing breaks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from governance.api import api
from registry import cards
from registry.models import ModelVersion
from tests.builders import NO_RISK, Cast, build_version
from tests.callers import API, Caller, caller, codes
from tests.hostile.answers import rows_of_every_table, taken_back

pytestmark = pytest.mark.django_db

Path = tuple[str | int, ...]

VERSION = "/models/{name}/versions/{number}"
DATASET = {
    "name": "holdout",
    "sha256": "c" * 64,
    "reference": "s3://data/holdout",
    "source": "The clinic.",
    "period": "2021 to 2025",
    "row_count": 2140,
}
#: operation id -> method, path, and an honest body that names every field. `PLACE` becomes a version that exists.
PLACE = {"model": "a-model", "version": 1}
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "register_model": (
        "POST",
        "/models",
        {
            "name": "new-model",
            "purpose": "Reads.",
            "task": "classification",
            "owner": "author",
            "team": "clinical-ml",
            "answers": NO_RISK,
            "questionnaire": 1,
            "use_case": None,
            "use_case_line": "Saves typing.",
        },
    ),
    "register_version": (
        "POST",
        "/models/{name}/versions",
        {
            "artifact_uri": "s3://x/1",
            "artifact_sha256": "a" * 64,
            "artifact_size": 1,
            "summary": "Retrained.",
            "code_repository": "https://git.example.org/models",
            "code_commit": "a" * 40,
            "training_data": DATASET,
            "hyperparameters": {"max_depth": 6},
            "training_run": "run-1",
            "built_on": PLACE,
        },
    ),
    "attach_evaluation": (
        "POST",
        VERSION + "/evaluations",
        {
            "purpose": "staging",
            "dataset": DATASET,
            "measurements": [
                {"metric": "accuracy", "value": 0.9, "group": "sex", "slice": "female", "sample_size": 100}
            ],
            "note": "By night.",
        },
    ),
    "report_code_check": (
        "POST",
        VERSION + "/code-checks",
        {
            "commit": "a" * 40,
            "test_coverage": 90,
            "tests_passed": 1,
            "tests_failed": 0,
            "lint_findings": 0,
            "type_findings": 0,
            "artifact_findings": 0,
            "artifact_scanner": "picklescan",
            "review_url": "https://git.example.org/1",
            "pipeline_url": "https://ci.example.org/1",
        },
    ),
    "revise_card": (
        "PUT",
        VERSION + "/card",
        {"seen_revision": 0} | {name: "It reads." for name in cards.FIELD_NAMES},
    ),
    "revise_release_plan": (
        "PUT",
        VERSION + "/release-plan",
        {
            "seen_revision": 0,
            "steps": "One by one.",
            "monitoring_url": "https://monitoring.example.org/1",
            "alerts_url": "https://monitoring.example.org/2",
            "on_call": "The team",
            "rollback_procedure": "Point back.",
            "rollback_tested_on": "2026-01-01",
            "rollback_test_result": "passed",
            "rollback_test_evidence": "https://ci.example.org/1",
        },
    ),
    "ask_for_review": (
        "POST",
        VERSION + "/reviews",
        {"message": "Ready.", "ticket_url": "https://tickets.example.org/1"},
    ),
    "record_deployment": (
        "POST",
        "/models/{name}/deployments",
        {"version": 1, "environment": "staging", "reference": "run 1"},
    ),
    "end_deployment": ("POST", "/models/{name}/deployments/{id}/end", {"reason": "Done."}),
}

#: As bytes: what is no JSON object in the first place, and the status each deserves.
WHOLE = {
    "nothing": (b"", {400, 422}),
    "not JSON": (b"{", {400}),
    "not UTF-8": (b'{"name": "\xff\xfe"}', {400}),
    "NaN": (b'{"name": NaN}', {400}),
    "a key twice": (b'{"name": 1, "name": 2}', {400}),
    "an integer of 5000 digits": (b'{"name": ' + b"9" * 5000 + b"}", {400}),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, {400}),
    "deeper than anybody needs": (b'{"a":' * 30 + b"1" + b"}" * 30, {400}),
    "a list": (b"[]", {422}),
    "a string": (b'"x"', {422}),
    "null": (b"null", {422}),
    "five megabytes": (b'{"name": "' + b"x" * 5_000_000 + b'"}', {413}),
}

#: What says that a value is of another type than the field.
OTHER_TYPE = {
    "bool-type",
    "date",
    "date-from-datetime-parsing",
    "dict-type",
    "int-type",
    "list-type",
    "literal-error",
    "model-type",
    "number",
    "string-type",
}
WRITTEN_OTHERWISE = {"string-pattern-mismatch", "string-too-short"}

#: In place of each value of an honest body, and the codes of which one says what is wrong with it.
VALUES: dict[str, tuple[Any, set[str]]] = {
    "NUL": ("a\x00b", OTHER_TYPE | WRITTEN_OTHERWISE | {"unstorable"}),
    "half a character": ("\ud800", OTHER_TYPE | {"string-unicode", "value-error"}),
    "a text turned round": ("a\u202eb", OTHER_TYPE | WRITTEN_OTHERWISE | {"hidden-characters"}),
    "an escape": ("a\x1b[31mb", OTHER_TYPE | WRITTEN_OTHERWISE | {"hidden-characters"}),
    "far too long": ("x" * 100_000, OTHER_TYPE | {"string-too-long"}),
    "huge": (10**30, OTHER_TYPE | {"less-than-equal"}),
    "beyond 64 bits": (2**64, OTHER_TYPE | {"less-than-equal"}),
    "negative": (-1, OTHER_TYPE | {"greater-than-equal", "impossible-value"}),
    "a fraction": (1.5, OTHER_TYPE | {"impossible-value"}),
    "a boolean": (True, OTHER_TYPE),
    "nothing": (None, OTHER_TYPE),
    "a list": ([1], OTHER_TYPE),
    "an object": ({"a": 1}, OTHER_TYPE | {"missing", "extra-forbidden"}),
    "an address with a secret": ("https://ada:pw@example.org/x", OTHER_TYPE | WRITTEN_OTHERWISE | {"secret"}),
    "a script": ("javascript:alert(1)", OTHER_TYPE | WRITTEN_OTHERWISE | {"script"}),
    "the year 9999": ("9999-12-31", OTHER_TYPE | WRITTEN_OTHERWISE | {"year"}),
    "not a number": ("NaN", OTHER_TYPE | WRITTEN_OTHERWISE),
}
#: Refused in fields of their kind only; elsewhere they are a text like any other.
ONLY_IN = {
    "an address with a secret": ("_uri", "_url", "repository", "_run", "evidence", "reference"),
    "a script": ("_uri", "_url", "repository", "_run", "evidence", "reference"),
    "the year 9999": ("_on",),
    "not a number": ("value", "_count", "_size", "version", "coverage", "passed", "failed", "findings", "revision"),
}
#: What looks like abuse in general and is a fair value of this field.
FINE = {
    ("use_case", "nothing"),
    ("training_data", "nothing"),
    ("built_on", "nothing"),
    ("artifact_sha256", "nothing"),
    ("artifact_size", "nothing"),
    ("code_commit", "nothing"),
    ("row_count", "nothing"),
    ("sample_size", "nothing"),
    ("artifact_findings", "nothing"),
    ("rollback_tested_on", "nothing"),
    ("rollback_test_result", "nothing"),
    ("test_coverage", "a fraction"),
    ("hyperparameters", "an object"),
    ("answers", "nothing"),
    ("questionnaire", "nothing"),
}


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


@pytest.fixture
def attacker(cast: Cast, version: ModelVersion) -> Caller:
    return caller(cast.superuser)


def address(path: str, version: ModelVersion) -> str:
    return path.format(name=version.model.name, number=version.number, id=1)


def honest(operation: str, version: ModelVersion) -> dict[str, Any]:
    body = json.loads(json.dumps(OPERATIONS[operation][2]))
    if "built_on" in body:
        body["built_on"] = {"model": version.model.name, "version": version.number}
    return body


def places(value: Any, place: Path = ()) -> Iterator[Path]:
    """Everything in a body that has a name or a number of its own."""
    if place:
        yield place
    if isinstance(value, dict) and place[-1:] != ("hyperparameters",):
        for name, inner in value.items():
            yield from places(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*place, number))


def with_value(body: dict[str, Any], place: Path, value: Any) -> dict[str, Any]:
    *way, last = place
    inner: Any = body
    for step in way:
        inner = inner[step]
    inner[last] = value
    return body


def is_of_their_kind(place: Path, name: str) -> bool:
    return name not in ONLY_IN or str(place[-1]).endswith(ONLY_IN[name])


def test_every_operation_and_every_field_of_it_stands_in_the_table() -> None:
    schema = api.get_openapi_schema()
    described = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]["schema"]
        for methods in schema["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    }
    assert set(described) == set(OPERATIONS)
    for name, shape in described.items():
        listed = {
            ".".join("0" if isinstance(step, int) else step for step in place) for place in places(OPERATIONS[name][2])
        }
        assert set(fields_of(shape, schema)) - listed == set(), name


def fields_of(shape: dict[str, Any], schema: dict[str, Any], place: str = "") -> Iterator[str]:
    for option in [shape, *shape.get("anyOf", []), *shape.get("allOf", [])]:
        if "$ref" in option:
            option = schema["components"]["schemas"][option["$ref"].rsplit("/", 1)[-1]]
        for name, inner in option.get("properties", {}).items():
            yield f"{place}{name}"
            yield from fields_of(inner, schema, f"{place}{name}.")
        if "items" in option:
            yield from fields_of(option["items"], schema, f"{place}0.")


def test_bodies_that_are_no_object(attacker: Caller, version: ModelVersion) -> None:
    before = rows_of_every_table()
    for method, path, _ in OPERATIONS.values():
        for name, (body, statuses) in WHOLE.items():
            answer = attacker.send(method, address(path, version), body)
            assert answer.status_code in statuses, (path, name, answer.content[:300])
            assert codes(answer), (path, name)
    assert rows_of_every_table() == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_values_that_do_not_belong_there(attacker: Caller, version: ModelVersion, operation: str) -> None:
    """Each is refused by the name of its field and a code that says why."""
    method, path, _ = OPERATIONS[operation]
    before, wrong = rows_of_every_table(), []
    for place, (name, (value, allowed)) in product(places(honest(operation, version)), VALUES.items()):
        if (place[-1], name) in FINE or not is_of_their_kind(place, name):
            continue
        answer = attacker.send(method, address(path, version), with_value(honest(operation, version), place, value))
        field = ".".join(map(str, place))
        said = [(error["field"], error["code"]) for error in answer.json().get("errors", [])]
        there = {code for where, code in said if where == field or where.startswith(f"{field}.")}
        whole = {code for where, code in said if not where} & {"impossible-value"}  # a rule about all figures
        if answer.status_code not in (409, 422) or not allowed & (there | whole):
            wrong.append((field, name, answer.status_code, said))
    assert wrong == []
    assert rows_of_every_table() == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_names_nobody_knows(attacker: Caller, version: ModelVersion, operation: str) -> None:
    """Also in the objects inside of the body."""
    method, path, _ = OPERATIONS[operation]
    before = rows_of_every_table()
    for place in [(), *places(honest(operation, version))]:
        body = inner = honest(operation, version)
        for step in place:
            inner = inner[step]
        if isinstance(inner, dict) and place[-1:] != ("hyperparameters",):
            inner["is_superuser"] = True
            answer = attacker.send(method, address(path, version), body)
            refused = "string-type" if place == ("answers",) else "extra-forbidden"
            assert (answer.status_code, codes(answer)) == (422, [refused]), place
            assert answer.json()["errors"][0]["field"] == ".".join(map(str, (*place, "is_superuser")))
    assert rows_of_every_table() == before


def test_forms_that_are_none(attacker: Caller, version: ModelVersion) -> None:
    before = rows_of_every_table()
    path = f"{API}/models/{version.model.name}/versions"
    kind = "multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="version"\r\n\r\n%s\r\n--x--\r\n'
    for content_type, body, statuses in [
        ("multipart/form-data", b"x", {400}),
        (kind, b"not a form", {422}),
        (kind, part % b"{", {400}),
        (kind, part % b"[]", {422}),
        (kind, part % b'{"summary": "a\\u0000"}', {422}),
        (kind, part % b"{}" * 2000, {400, 422}),
        ("application/x-www-form-urlencoded", b"artifact_uri=x", {400}),
        ("text/xml", b"<version/>", {400}),
    ]:
        answer = attacker.client.generic("POST", path, body, content_type=content_type)
        assert answer.status_code in statuses, (content_type, body[:60], answer.content)
        assert codes(answer)
    assert rows_of_every_table() == before


def test_addresses_and_queries(attacker: Caller, version: ModelVersion) -> None:
    for path in (
        "/models/%00",
        "/models/Upper-Case",
        "/models/a%2Fb",
        "/models/-x",
        "/models/" + "a" * 61,
        "/models/x%0A",
        "/models/../people",
        "/models/x/versions/0",
        "/models/x/versions/-1",
        "/models/x/versions/1.5",
        "/models/x/versions/" + "9" * 400,
        "/models/x/versions/%D9%A1",
        "/models?q=%00",
        "/models?q=%ED%A0%80&limit=1e2",
        "/models?limit=" + "9" * 5000,
        "/models?after=" + "a" * 5000,
        "/models?tier=';--",
    ):
        answer = attacker.client.get(API + path)
        assert answer.status_code in {404, 422}, (path, answer.status_code, answer.content)
        assert codes(answer), path
    assert attacker.client.get(f"{API}/models/{version.model.name}").status_code == 200


def test_words_of_the_database_are_only_words(attacker: Caller, version: ModelVersion) -> None:
    for text in ("' OR 1=1 --", "%", "_", "\\", '"; DROP TABLE registry_aimodel; --', "é" * 200):
        assert attacker.get("/models", q=text).json()["items"] == [], text


ODD = ("", "%00", "a%2Fb", "-1", "9" * 400, "1.5", "%D9%A1", "%E2%80%AE", "NaN", "x" * 300)
#: What some operations cannot do without; of two values the last one counts.
ASKED = "?environment=staging&at=2026-03-03T10:00:00Z"
#: Any words may be looked for, any name may be the one that a page begins after, and a tier may be nobody's.
FREE = {("list_events", "q"), ("list_models", "q"), ("list_models", "after"), ("list_models", "tier")}
FREE |= {("list_past", "after")}


def test_every_parameter_of_every_operation_has_a_shape(attacker: Caller, version: ModelVersion) -> None:
    """What is odd in an address is nowhere; what is odd in a query is refused by its name."""
    before, wrong = rows_of_every_table(), []
    for operation, method, path, name, place in parameters():
        known = {"name": version.model.name, "number": version.number, "id": 1, "uid": uuid.UUID(int=1)}
        for value in ODD if place == "query" else set(ODD) - {"", "-1"}:
            where = path.format(**known | {name: value})
            query = f"{ASKED}&{name}={value}" if place == "query" else ASKED
            answer = attacker.client.generic(method, where + query, b"{}", content_type="application/json")
            fields = {error["field"] for error in answer.json().get("errors", [])}
            if place == "path":
                is_fine = answer.status_code in (404, 422)
            elif (operation, name) in FREE:
                is_fine = answer.status_code in (200, 422)
            else:
                is_fine = (answer.status_code, fields) == (422, {name})
            if not is_fine:
                wrong.append((operation, name, value[:20], answer.status_code, fields))
    assert wrong == []
    assert rows_of_every_table() == before


def parameters() -> Iterator[tuple[str, str, str, str, str]]:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                yield operation["operationId"], method.upper(), path, parameter["name"], parameter["in"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_honest_body_is_taken(attacker: Caller, version: ModelVersion, operation: str) -> None:
    """So that the tables above refuse the abuse, and not the body around it. What only the state of things refuses is
    in tests/approvals/test_api.py with both answers."""
    method, path, _ = OPERATIONS[operation]
    with taken_back():
        answer = attacker.send(method, address(path, version), honest(operation, version))
    refused_by_state = {"ask_for_review": 409, "record_deployment": 409, "end_deployment": 404}
    assert answer.status_code in {200, 201, refused_by_state.get(operation)}, answer.content
