"""Calls of the API made up from its own description, honest and broken ones, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from registry.models import ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.callers import API, EVERY_SCOPE

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@contextmanager
def one_connection() -> Iterator[None]:
    """Requests leave the connection open, which the transaction of the test lives in."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def described(reader: str) -> Any:
    """The API as it describes itself to the bearer of this secret."""
    headers = {"Authorization": f"Bearer {reader}"}
    return schemathesis.openapi.from_wsgi(f"{API}/openapi.json", get_wsgi_application(), headers=headers)


def operations(schema: Any) -> Iterator[APIOperation]:
    for found in schema.get_all_operations():
        yield found.ok()


def secrets_of(cast: Cast) -> dict[str, str]:
    """By what they may do: everything, each scope alone, nothing at all."""
    owner: Person = cast.author
    alone = {scope: builders.token_secret(owner, scope) for scope in EVERY_SCOPE}
    return {"every scope": builders.token_secret(owner, *EVERY_SCOPE), **alone, "no token": ""}


def attack(operation: APIOperation, secret: str, version: ModelVersion, *, calls: int, start: int) -> None:
    """Makes up so many calls of each kind, about a version that exists and about anything, and looks at each answer.

    What a call changed is taken back. The same `start` makes up the same calls.
    """
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    for mode in MODES:
        for known in ({"name": version.model.name, "number": version.number}, {}):
            needed = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
            if known and not needed:
                continue
            _attack(operation.as_strategy(mode, path_parameters=needed or None), headers, calls, start)


def _attack(strategy: Any, headers: dict[str, str], calls: int, start: int) -> None:
    @seed(start)
    @settings(
        max_examples=calls,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def call(case: Any) -> None:
        before = transaction.savepoint()
        try:
            case.validate_response(case.call(headers=headers), checks=CHECKS)
        finally:
            transaction.savepoint_rollback(before)

    call()
