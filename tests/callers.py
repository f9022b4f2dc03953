"""Somebody who calls the API: a Django test client with a real token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.test import Client

from registry.actions import people
from registry.models import ApiToken, Person

API = "/api/v1"
EVERY_SCOPE = tuple(ApiToken.Scope.values)


def secret_for(person: Person, *scopes: str) -> str:
    given = list(scopes or EVERY_SCOPE)
    return people.issue_token(person=person, label="test", scopes=given, by=Person.objects.system())[1]


class Caller:
    """Addresses are given without `/api/v1`; a body is sent as JSON, or as it is when it is bytes."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(API + path, query)

    def post(self, path: str, body: Mapping[str, Any] | bytes = b"") -> Any:
        return self.send("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any] | bytes = b"") -> Any:
        return self.send("PUT", path, body)

    def send(self, method: str, path: str, body: Any = b"") -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(method, API + path, content, content_type="application/json")

    def upload(self, path: str, **parts: Any) -> Any:
        return self.client.post(API + path, parts)


def caller(person: Person, *scopes: str) -> Caller:
    """With every scope, unless some are given."""
    return Caller(secret_for(person, *scopes))


def codes(response: Any) -> list[str]:
    """The codes of a problem answer; fails when the answer is none."""
    assert response["Content-Type"] == "application/problem+json", response.content
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["request_id"] == response["X-Request-ID"]
    return [error["code"] for error in problem["errors"]]
