"""Who may call what: walked over every operation that the description names."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from audit import ledger
from governance.access import API_NAMESPACE, PUBLIC, declared_permission
from governance.api import api
from registry.actions import people
from registry.models import AIModel, Person
from registry.problems import Problem
from tests.builders import Cast, build_version
from tests.callers import API, Caller, caller, codes, secret_for

pytestmark = pytest.mark.django_db

READING, WRITING = {"get"}, {"post", "put", "patch", "delete"}


def operations(methods: set[str]) -> Iterator[tuple[str, str]]:
    """Method and address (without /api/v1) of each described operation, with harmless values in the address."""
    for path, described in api.get_openapi_schema()["paths"].items():
        address = re.sub(r"{(number|id)}", "1", path).replace("{name}", "some-model").removeprefix(API)
        yield from ((method.upper(), address) for method in described if method in methods)


def test_there_is_something_to_walk_over() -> None:
    assert len(list(operations(READING))) >= 6
    assert len(list(operations(WRITING))) >= 9


def test_the_api_is_declared_to_authenticate_itself() -> None:
    match = resolve("/api/v1/models")
    assert match.namespace == API_NAMESPACE
    assert declared_permission(match) is PUBLIC


class TestNobody:
    def test_every_operation_refuses_a_call_without_a_token(self, client: Client) -> None:
        for method, address in operations(READING | WRITING):
            answer = client.generic(method, API + address, b"{}", content_type="application/json")
            assert (answer.status_code, codes(answer)) == (401, ["token-required"]), (method, address)
            assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_so_do_description_and_unknown_addresses(self, client: Client) -> None:
        assert client.get("/api/v1/openapi.json").status_code == 401
        assert client.get("/api/v1/nowhere").status_code == 401
        page = client.get("/api/v1/docs")
        assert (page.status_code, page["Location"]) == (302, "/accounts/login/?next=/api/v1/docs")

    @pytest.mark.parametrize(
        "header", ["Bearer gh_wrong", "Bearer gh_", "Bearer", "bearer x y", "Basic Z2g6eA==", "gh_x"]
    )
    def test_no_header_but_a_live_token_helps(self, client: Client, header: str) -> None:
        answer = client.get("/api/v1/models", headers={"Authorization": header})
        assert answer.status_code == 401
        assert codes(answer)[0] in {"token-required", "token-invalid"}


class TestTokens:
    def test_one_that_may_only_read_changes_nothing(self, cast: Cast) -> None:
        reader = caller(cast.pipeline, "read")
        for method, address in operations(WRITING):
            answer = reader.send(method, address, {})
            assert (answer.status_code, codes(answer)) == (403, ["scope-missing"]), (method, address)

    def test_one_that_may_not_read_reads_nothing(self, cast: Cast) -> None:
        writer = caller(cast.pipeline, "register", "evaluate", "deploy")
        for method, address in operations(READING):
            answer = writer.send(method, address)
            assert (answer.status_code, codes(answer)) == (403, ["scope-missing"]), (method, address)

    def test_one_that_has_ended_is_unknown(self, cast: Cast) -> None:
        system = Person.objects.system()
        token, expired = people.issue_token(person=cast.pipeline, label="old", scopes=["read"], by=system)
        with ledger.entry("registry.token.issued", by=system) as entry:
            token = entry.lock_one(token)
            token.expires_at = timezone.now() - datetime.timedelta(seconds=1)
            token.save()
        token, revoked = people.issue_token(person=cast.pipeline, label="revoked", scopes=["read"], by=system)
        people.revoke_token(token=token, by=system)
        for secret in (expired, revoked):
            assert codes(Caller(secret).get("/models")) == ["token-invalid"]

    def test_one_of_somebody_who_left_is_unknown(self, cast: Cast) -> None:
        secret = secret_for(cast.pipeline)
        people.deactivate(person=cast.pipeline, reason="Its team is gone.", by=cast.admin)
        assert Caller(secret).get("/models").status_code == 401

    def test_a_person_without_role_and_team_sees_nothing(self, cast: Cast) -> None:
        stranger = caller(cast.stranger)
        for method, address in operations(READING | WRITING):
            answer = stranger.send(method, address, {})
            assert (answer.status_code, codes(answer)) == (403, ["permission-denied"]), (method, address)
        assert stranger.get("/openapi.json").status_code == 403

    def test_a_token_opens_no_page(self, cast: Cast) -> None:
        client = caller(cast.superuser).client
        version = build_version(cast)
        for page in ("/models/", f"/models/{version.model.name}/", "/reviews/", "/ledger/", "/people/"):
            answer = client.get(page)
            assert answer.status_code == 302, page
            assert answer["Location"].startswith("/accounts/login/"), page


class TestSessions:
    @pytest.fixture
    def browser(self, cast: Cast) -> Client:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(cast.author, backend="governance.roles.SignInBackend")
        return browser

    def test_reads(self, cast: Cast, browser: Client) -> None:
        build_version(cast)
        assert len(browser.get("/api/v1/models").json()["items"]) == 1
        assert browser.get("/api/v1/me").json()["scopes"] == ["read"]

    def test_writes_nothing(self, browser: Client) -> None:
        for method, address in operations(WRITING):
            answer = browser.generic(method, API + address, b"{}", content_type="application/json")
            assert (answer.status_code, codes(answer)) == (401, ["token-required"]), (method, address)
        assert not AIModel.objects.exists()

    def test_opens_the_page_that_describes_the_api(self, browser: Client) -> None:
        page = browser.get("/api/v1/docs")
        assert page.status_code == 200
        scripts = re.findall(r"<script([^>]*)>", page.content.decode())
        assert all('src="/static/' in tag or 'type="application/json"' in tag for tag in scripts)
        assert "http" not in re.sub(r"<!--.*?-->", "", page.content.decode())
        assert browser.get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"


class TestDescription:
    @pytest.fixture
    def described(self) -> dict:
        return json.loads(json.dumps(api.get_openapi_schema()))

    def test_every_operation_has_a_name_of_its_own_and_declares_its_refusals(self, described: dict) -> None:
        found = [operation for path in described["paths"].values() for operation in path.values()]
        names = [operation["operationId"] for operation in found]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
        for operation in found:
            assert {"401", "403", "500"} <= set(operation["responses"]), operation["operationId"]
            for status, response in operation["responses"].items():
                kind = "application/problem+json" if status >= "400" else "application/json"
                assert list(response["content"]) == [kind], operation["operationId"]

    def test_every_operation_names_its_scope(self, described: dict) -> None:
        for path in described["paths"].values():
            for method, operation in path.items():
                (scope,) = operation["security"][0]["BearerToken"]
                assert (scope == "read") == (method == "get"), operation["operationId"]

    def test_every_reference_leads_somewhere(self, described: dict) -> None:
        for reference in set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(described))):
            assert reference in described["components"]["schemas"]

    def test_every_integer_that_is_taken_is_bounded(self, described: dict) -> None:
        def integers(node: object) -> Iterator[dict]:
            if isinstance(node, dict):
                if node.get("type") == "integer":
                    yield node
                for child in node.values():
                    yield from integers(child)
            elif isinstance(node, list):
                for child in node:
                    yield from integers(child)

        taken = [schema for name, schema in described["components"]["schemas"].items() if name.endswith("In")]
        taken += described["paths"].values()
        found = list(integers(taken))
        assert len(found) > 20
        assert all("maximum" in integer and "minimum" in integer for integer in found)


class TestAnswersOutsideOfOperations:
    def test_no_such_address(self, cast: Cast) -> None:
        for path in ("/", "/models/", "/nowhere", "/models/x/y/z"):
            answer = caller(cast.auditor).get(path)
            assert (answer.status_code, codes(answer)) == (404, ["not-found"]), path

    def test_wrong_method(self, cast: Cast) -> None:
        answer = caller(cast.auditor).send("DELETE", "/models")
        assert (answer.status_code, codes(answer)) == (405, ["method-not-allowed"])
        assert set(answer["Allow"].split(", ")) == {"GET", "POST"}

    def test_a_failure_tells_nothing_of_the_inside(self, cast: Cast, monkeypatch, caplog) -> None:
        def break_down(*args: object) -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr("registry.api._highlights", break_down)
        answer = caller(cast.auditor).get("/models")
        assert (answer.status_code, codes(answer)) == (500, ["internal-error"])
        assert b"secret detail" not in answer.content
        assert answer.json()["request_id"] in caplog.text

    def test_nothing_is_cached(self, cast: Cast, client: Client) -> None:
        assert caller(cast.auditor).get("/models")["Cache-Control"] == "no-store"
        assert client.get("/api/v1/models")["Cache-Control"] == "no-store"

    def test_a_problem_has_the_members_of_its_description(self, client: Client) -> None:
        problem = client.get("/api/v1/models").json()
        assert Problem.model_validate(problem).model_dump() == problem
        assert problem["type"] == "about:blank"
