"""No other site frames an answer, runs something in it, or has it read as something else: not of errors either."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from registry.models import AIModel
from tests import builders, callers
from tests.builders import Cast
from tests.permissions import routes, story
from tests.permissions.table import Matrix
from tests.permissions.test_pages import GUARDS, POLICY, policy_of
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

FLOOD = {f"field-{number}": "x" for number in range(1001)}
LARGE = b"x" * 5_000_000


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = signed_in(cast.superuser)
    client.raise_request_exception = False
    return client


def is_guarded(answer: HttpResponse) -> bool:
    return {name: answer.get(name) for name in GUARDS} == GUARDS and policy_of(answer) == POLICY


def test_no_refusal_of_a_page_can_be_framed(cast: Cast) -> None:
    """Whoever may not read them; for whoever may, tests/permissions/test_pages.py looks at each."""
    told = story.tell(cast)
    for key in Matrix.read("pages").rows:
        if key.method == "GET":
            for client in (signed_in(cast.stranger), Client()):
                answer = client.get(story.address_of(key, told))
                assert is_guarded(answer), (key, answer.status_code)
                answer.getvalue()  # closes a file


def test_no_answer_of_the_api_can_be_framed(cast: Cast) -> None:
    told, paths = story.tell(cast), routes.operations()
    everything = callers.caller(cast.superuser)
    for key in paths:
        address = story.api_address_of(key, paths[key], told)
        for client in (everything.client, Client()):
            answer = client.generic(key.method, address, b"{", content_type="application/json")
            assert is_guarded(answer), (key, answer.status_code)


ERRORS: dict[int | str, Callable[[Client], Any]] = {
    400: lambda client: client.get("/accounts/login/", headers={"host": "evil.example"}),
    "400 for a flood": lambda client: client.post("/use-cases/propose/", FLOOD),
    301: lambda client: client.get("/models"),
    302: lambda client: Client().get("/models/"),
    403: lambda client: Client(enforce_csrf_checks=True).post("/accounts/login/"),
    404: lambda client: client.get("/nowhere/"),
    405: lambda client: client.post("/models/"),
    413: lambda client: Client().generic("POST", "/accounts/login/", LARGE, content_type="text/plain"),
    422: lambda client: client.post("/use-cases/propose/", {}),
}


@pytest.mark.parametrize("status", ERRORS)
def test_no_error_can_be_framed(browser: Client, status: int | str) -> None:
    answer = ERRORS[status](browser)
    assert str(answer.status_code) == str(status)[:3]
    assert is_guarded(answer)


@pytest.mark.parametrize("address", ["/models/", "/api/v1/models"])
def test_a_failure_can_not_be_framed_and_tells_nothing(
    cast: Cast, browser: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(type(AIModel.objects.all()), "visible_to", fails)
    client = callers.caller(cast.superuser).client if "api" in address else browser
    answer = client.get(address)
    assert answer.status_code == 500
    assert is_guarded(answer)
    assert b"secret" not in answer.content and b"Traceback" not in answer.content


def test_no_file_can_be_framed(settings: LazySettings, cast: Cast) -> None:
    (Path(settings.STATIC_ROOT) / "drawing.svg").write_text("<svg/>")
    answer = Client().get("/static/drawing.svg")
    assert (answer.status_code, answer.getvalue()) == (200, b"<svg/>")
    assert is_guarded(answer)
    version = builders.build_version(cast, **story.UPLOADED, artifact=story.ContentFile(b"weights", "model.html"))
    answer = signed_in(cast.author).get(f"/models/{version.model.name}/versions/1/artifact/")
    assert answer.getvalue() == b"weights"
    assert is_guarded(answer)
    assert answer["Content-Disposition"].startswith("attachment")
