"""An MLflow server is asked by real requests: all of its pages, nothing but them, and never for longer than agreed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError

from registry.imports import mlflow, mlflow_server
from registry.imports.mlflow_server import LARGEST_ANSWER, checked_address, fetch, is_allowed
from tests.mlflow_server import RECORDED, MlflowServer, answering, dripping, sending_elsewhere
from tests.mlflow_server import mlflow_server as serving

SECONDS = 20.0


@pytest.fixture
def server() -> Iterator[MlflowServer]:
    with serving() as server:
        yield server


def code(server: MlflowServer, seconds: float = SECONDS, **given: str) -> str:
    with pytest.raises(ValidationError) as refusal:
        fetch(server.address, seconds=seconds, **given)
    return refusal.value.code


def test_every_page_and_every_run_is_read(server: MlflowServer) -> None:
    answers = fetch(f"{server.address}/", seconds=SECONDS)
    assert (answers.address, len(answers.models), len(answers.versions)) == (server.address, 5, 4)
    assert set(answers.runs) == set(RECORDED["runs"])
    assert len(mlflow.read(answers).candidates) == 6
    assert server.tokens == {""}


def test_the_token_goes_along_and_a_wrong_one_is_told(server: MlflowServer) -> None:
    server.token = "right"
    assert len(fetch(server.address, seconds=SECONDS, token="right").models) == 5
    assert code(server, token="wrong") == "turned-away"
    assert code(server) == "turned-away"


def test_nobody_is_followed_elsewhere(server: MlflowServer) -> None:
    server.answer = sending_elsewhere
    assert code(server) == "redirect"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("content", "status", "expected"),
    [
        (b"<html>Hello</html>", 200, "not-mlflow"),
        (b"[]", 200, "not-mlflow"),
        (b'{"registered_models": 3}', 200, "not-mlflow"),
        (b"[" * 100_000, 200, "not-mlflow"),
        (b"{}", 500, "answer"),
        (b"{}", 404, "answer"),
        (b" " * (LARGEST_ANSWER + 1), 200, "too-large"),
    ],
)
def test_what_is_no_answer_of_mlflow_is_refused(
    server: MlflowServer, content: bytes, status: int, expected: str
) -> None:
    server.answer = answering(content, status)
    assert code(server) == expected


def test_a_server_that_drips_is_left_when_the_time_is_over(server: MlflowServer) -> None:
    server.answer = dripping
    began = time.monotonic()
    assert code(server, seconds=0.4) == "too-slow"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("hosts", "address", "allowed"),
    [
        ([], "http://mlflow.example.org", False),
        (["mlflow.example.org"], "https://mlflow.example.org", True),
        (["mlflow.example.org"], "http://MLFLOW.example.org/sub", True),
        (["mlflow.example.org"], "http://mlflow.example.org:80", True),
        (["mlflow.example.org"], "http://mlflow.example.org:5000", False),
        (["mlflow.example.org:5000"], "http://mlflow.example.org:5000", True),
        (["mlflow.example.org:5000"], "http://mlflow.example.org", False),
        (["mlflow.example.org"], "http://mlflow.example.org.evil.example", False),
        (["mlflow.example.org"], "http://evil.example/mlflow.example.org", False),
        (["[::1]:5000"], "http://[::1]:5000", True),
    ],
)
def test_a_page_asks_only_hosts_that_are_named(settings, hosts: list[str], address: str, allowed: bool) -> None:
    settings.IMPORT_MLFLOW_HOSTS = hosts
    assert is_allowed(checked_address(address)) is allowed


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mlflow.example.org",
        "ftp://mlflow.example.org",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@mlflow.example.org",
        "http://mlflow.example.org@evil.example",
        "http://mlflow.example.org/?q=1",
        "http://mlflow.example.org/#top",
        "http://mlflow.example.org\\@evil.example",
        "http://mlflow.example.org:99999",
        "http://mlflow.example.org:0",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        mlflow_server.checked_address(address)
    assert refusal.value.code == "address"
