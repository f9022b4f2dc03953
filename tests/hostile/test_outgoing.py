"""What the portal sends and links, and whom it asks: nothing of a visitor's choice, no redirect, no foreign header."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError
from django.urls import reverse

from audit import sinks
from registry.imports import mlflow_server
from tests import builders, callers
from tests.builders import Cast
from tests.registry.pages import signed_in


class Elsewhere(BaseHTTPRequestHandler):
    """A server that sends its visitors to another address, and remembers who came there."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", "/secret")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    Elsewhere.asked.clear()
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_redirect_is_said_and_not_followed(elsewhere: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        mlflow_server.fetch(elsewhere, seconds=5)
    assert refusal.value.code == "redirect"
    assert [path for path in Elsewhere.asked if "secret" in path] == []
    assert len(Elsewhere.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://mlflow.example.org",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "http://",
        "https://user:secret@mlflow.example.org",
        "https://mlflow.example.org:0",
        "https://mlflow.example.org:99999",
        "https://mlflow.example.org/?x=1",
        "https://mlflow.example.org/#x",
        "https://mlflow.example.org\\@evil.example",
        "https://mlflow.example.org/a b",
        "//mlflow.example.org",
        "mlflow.example.org",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        mlflow_server.checked_address(address)
    assert refusal.value.code == "address"


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("https://mlflow.example.org", True),
        ("https://MLFLOW.example.org/prefix", True),
        ("https://mlflow.example.org:8443", False),
        ("http://10.0.0.5:5000", True),
        ("http://10.0.0.5", False),
        ("http://127.0.0.1:5000", False),
        ("http://169.254.169.254", False),
        ("http://[::1]:5000", False),
        ("https://mlflow.example.org.evil.example", False),
        ("https://evil.example/mlflow.example.org", False),
    ],
)
def test_only_hosts_that_the_settings_name_may_be_asked(settings: Any, address: str, is_allowed: bool) -> None:
    settings.IMPORT_MLFLOW_HOSTS = ["mlflow.example.org", "10.0.0.5:5000"]
    assert mlflow_server.is_allowed(mlflow_server.checked_address(address)) is is_allowed
    settings.IMPORT_MLFLOW_HOSTS = []
    assert not mlflow_server.is_allowed(mlflow_server.checked_address(address))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("author@example.org", "Review of x\nBcc: everybody@example.org"),
        ("author@example.org\r\nBcc: everybody@example.org", "Review"),
    ],
)
def test_no_line_of_somebody_else_comes_into_the_head_of_a_mail(cast: Cast, address: str, subject: str) -> None:
    cast.author.email = address
    cast.author.save(update_fields=["email"])
    with pytest.raises(BadHeaderError):
        sinks.send_mail([{"person": str(cast.author.pk), "subject": subject, "text": "You are asked."}])
    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", " x"]
)
def test_what_would_run_is_no_link(cast: Cast, address: str) -> None:
    version = builders.build_version(cast)
    pipeline = callers.caller(cast.pipeline)
    path = f"/models/{version.model.name}/versions/1"
    found = {"tests_passed": 1, "tests_failed": 0, "lint_findings": 0, "type_findings": 0, "test_coverage": 1}
    given = found | {"commit": version.code_commit, "review_url": address}
    assert pipeline.post(f"{path}/code-checks", given).status_code == 422
    plan = {"seen_revision": 0, "monitoring_url": address}
    assert pipeline.put(f"{path}/release-plan", plan).status_code == 422
    page = reverse("registry:release_plan_revise", args=[version.model.name, 1])
    assert signed_in(cast.author).post(page, plan).status_code == 422
