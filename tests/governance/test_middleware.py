"""What every request passes: a request id, a policy for the browser, and no large body of somebody unknown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.builders import Cast

pytestmark = pytest.mark.django_db

BACKEND = "governance.roles.SignInBackend"


def test_the_browser_runs_nothing_that_is_not_ours(client: Client, cast: Cast) -> None:
    sign_in = client.get(reverse("account_login"))
    client.force_login(cast.author, backend=BACKEND)
    for answer in (sign_in, client.get(reverse("registry:model_list"))):
        assert answer.status_code == 200
        policy = {rule.strip() for rule in answer["Content-Security-Policy"].split(";")}
        assert {"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} <= policy
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_request_id_that_is_well_formed_is_kept(client: Client) -> None:
    for given in ("pipeline-0001", "a.b_c-9Z", "x" * 64):
        assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "two words", "<script>", "line\nbreak", "pipeline-ä", "a" * 8 + "\n"]
)
def test_a_request_id_that_is_odd_is_replaced(client: Client, given: str) -> None:
    made = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert made != given
    assert len(made) == 32
    assert made.isalnum()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer gh_guessed"}, {"Cookie": "sessionid=guessed"}])
def test_a_large_body_of_somebody_unknown_is_not_read(client: Client, settings: Any, headers: dict[str, str]) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    for address in (reverse("account_login"), reverse("registry:version_register", args=["any-model"])):
        answer = send(client, address, 1001, headers)
        assert answer.status_code == 413
        assert answer.wsgi_request._read_started is False
        assert send(client, address, 1000, headers).status_code != 413


def test_the_api_refuses_before_it_reads(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = send(client, "/api/v1/models/any-model/versions", 1001, {"Authorization": "Bearer gh_guessed"})
    assert answer.status_code == 401
    assert answer.wsgi_request._read_started is False


def test_a_large_body_of_somebody_known_is_read(client: Client, cast: Cast, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client.force_login(cast.author, backend=BACKEND)
    assert send(client, reverse("account_login"), 1001, {}).status_code != 413


def send(client: Client, address: str, size: int, headers: dict[str, str]) -> Any:
    kind = "multipart/form-data; boundary=x"
    return client.generic("POST", address, b"x" * size, content_type=kind, headers=headers)


def test_more_than_any_file_may_have_is_read_of_nobody(client: Client, cast: Cast, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.ARTIFACT_MAX_BYTES = 1000, 5000
    client.force_login(cast.author, backend="governance.roles.SignInBackend")
    assert send(client, reverse("governance:account"), 6000, {}).status_code != 413
    answer = send(client, reverse("governance:account"), 6001, {})
    assert (answer.status_code, b"at most 5000 bytes" in answer.content) == (413, True)
