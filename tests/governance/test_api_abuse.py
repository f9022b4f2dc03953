"""Input that no honest client sends: each is refused with a problem answer, nothing is written, nothing breaks."""

from __future__ import annotations

import json
from itertools import product

import pytest

from audit.models import Event
from registry.models import ModelVersion
from tests.builders import NO_RISK, Cast, build_version
from tests.callers import API, Caller, caller, codes

pytestmark = pytest.mark.django_db

VERSION = "/models/{name}/versions/1"
DATASET = {"name": "holdout", "sha256": "c" * 64}
BODIES = {
    ("POST", "/models"): {
        "name": "new-model",
        "purpose": "Reads.",
        "task": "classification",
        "owner": "author",
        "team": "clinical-ml",
        "answers": NO_RISK,
        "use_case_line": "Saves typing.",
    },
    ("POST", "/models/{name}/versions"): {
        "artifact_uri": "s3://x/1",
        "artifact_sha256": "a" * 64,
        "artifact_size": 1,
        "summary": "Retrained.",
        "training_data": DATASET,
    },
    ("POST", VERSION + "/evaluations"): {
        "purpose": "staging",
        "dataset": DATASET,
        "measurements": [{"metric": "accuracy", "value": 0.9}],
        "note": "By night.",
    },
    ("POST", VERSION + "/code-checks"): {
        "commit": "a" * 40,
        "test_coverage": 90,
        "tests_passed": 1,
        "tests_failed": 0,
        "lint_findings": 0,
        "type_findings": 0,
        "review_url": "https://git.example.org/1",
    },
    ("PUT", VERSION + "/card"): {"seen_revision": 0, "overview": "It reads."},
    ("PUT", VERSION + "/release-plan"): {"seen_revision": 0, "steps": "One by one."},
    ("POST", VERSION + "/reviews"): {"message": "Ready."},
    ("POST", "/models/{name}/deployments"): {"version": 1, "environment": "staging", "reference": "run 1"},
    ("POST", "/models/{name}/deployments/1/end"): {"reason": "Done."},
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

#: In place of each value of an honest body.
VALUES = {
    "NUL": "a\x00b",
    "half a character": "\ud800",
    "far too long": "x" * 100_000,
    "huge": 10**30,
    "beyond 64 bits": 2**64,
    "negative": -1,
    "a fraction": 1.5,
    "a boolean": True,
    "nothing": None,
    "a list": [1],
    "an object": {"a": 1},
}


#: What looks like abuse in general and is a fair value of this field.
FINE = {("training_data", "nothing"), ("test_coverage", "a fraction")}


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


@pytest.fixture
def attacker(cast: Cast, version: ModelVersion) -> Caller:
    return caller(cast.pipeline)


def written() -> int:
    """Events, without those that say that somebody was refused."""
    return Event.objects.exclude(kind__endswith=".refused").count()


def test_bodies_that_are_no_object(attacker: Caller, version: ModelVersion) -> None:
    before = written()
    for method, path in BODIES:
        for name, (body, statuses) in WHOLE.items():
            answer = attacker.send(method, path.format(name=version.model.name), body)
            assert answer.status_code in statuses, (path, name, answer.content[:300])
            assert codes(answer), (path, name)
    assert written() == before


def test_values_that_do_not_belong_there(attacker: Caller, version: ModelVersion) -> None:
    before = written()
    for (method, path), honest in BODIES.items():
        for field, (name, value) in product(honest, VALUES.items()):
            if (field, name) in FINE:
                continue
            answer = attacker.send(method, path.format(name=version.model.name), honest | {field: value})
            assert 400 <= answer.status_code < 500, (path, field, name, answer.content[:300])
            assert codes(answer), (path, field, name)
    assert written() == before


def test_names_nobody_knows(attacker: Caller, version: ModelVersion) -> None:
    before = written()
    for (method, path), honest in BODIES.items():
        answer = attacker.send(method, path.format(name=version.model.name), honest | {"is_superuser": True})
        assert (answer.status_code, codes(answer)) == (422, ["extra-forbidden"]), path
        assert answer.json()["errors"][0]["field"] == "is_superuser"
    assert written() == before


def test_forms_that_are_none(attacker: Caller, version: ModelVersion) -> None:
    before = written()
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
    assert written() == before


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


def test_an_honest_body_is_taken(attacker: Caller, version: ModelVersion) -> None:
    """So that the tables above refuse the abuse, and not the body around it."""
    for (method, path), body in BODIES.items():
        if "reviews" in path or "deployments" in path:
            continue  # refused by rules and roles; tests/approvals/test_api.py has both answers
        answer = attacker.client.generic(
            method, API + path.format(name=version.model.name), json.dumps(body), content_type="application/json"
        )
        assert answer.status_code in {200, 201}, (path, answer.content)
