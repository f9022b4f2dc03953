"""The webhook: what is told to another system, how it is signed, and that nothing is lost or told twice unknown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals.actions import reviews
from audit import checks, outbox, webhook
from audit.models import Event, OutboxMessage
from registry.actions import people
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLDER = "whsec_" + base64.b64encode(bytes(32)).decode()


class Receiver(HTTPServer):
    """Keeps what it hears, and answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listening)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks/gatehouse"


class _Listening(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, content))
        status, location = self.server.answers.pop(0) if self.server.answers else (204, "")
        self.send_response(status)
        if location:
            self.send_header("location", location)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Not on standard error."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    server = Receiver()
    settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = server.address, SECRET
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def deliver() -> int:
    OutboxMessage.objects.filter(sink="mail").delete()
    return outbox.deliver_due()


def is_signed(headers: dict[str, str], content: bytes, secret: str) -> bool:
    """As the specification says, written anew."""
    key = base64.b64decode(secret.split("_")[1])
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), content])
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def test_the_example_of_the_specification_has_its_signature() -> None:
    key = webhook.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = webhook.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_review_is_told_as_the_ledger_tells_it(cast: Cast, receiver: Receiver) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    assert deliver() == 2
    told = [json.loads(content) for _, content in receiver.heard]
    assert sorted(each["type"] for each in told) == ["approvals.review.opened", "approvals.review.submitted"]
    event = Event.objects.get(kind="approvals.review.submitted")
    headers, content = next(each for each in receiver.heard if each[0]["webhook-id"] == str(event.uid))
    assert is_signed(headers, content, SECRET)
    assert not is_signed(headers, content, OLDER)
    body = json.loads(content)
    assert body["timestamp"] == event.at.isoformat()
    assert body["data"] == {
        "subject": str(review.version),
        "actor": str(cast.author.pk),
        "reason": "",
        "facts": event.facts,
        "url": f"http://127.0.0.1:8000/ledger/{event.uid}/",
    }
    assert headers["content-type"] == "application/json"


def test_both_secrets_sign_while_one_takes_the_place_of_the_other(
    cast: Cast, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_OLD_SECRET = OLDER
    builders.ask_for_review(cast, builders.ready_version(cast))
    deliver()
    headers, content = receiver.heard[0]
    assert is_signed(headers, content, SECRET)
    assert is_signed(headers, content, OLDER)


@pytest.mark.parametrize("answer", [(500, ""), (404, ""), (302, "http://127.0.0.1:9/elsewhere")])
def test_what_was_not_taken_is_told_again_under_the_same_id(
    cast: Cast, receiver: Receiver, answer: tuple[int, str]
) -> None:
    receiver.answers = [answer]
    builders.ask_for_review(cast, builders.ready_version(cast))
    assert deliver() == 1
    left = OutboxMessage.objects.get(sent_at=None)
    assert str(answer[0]) in left.last_error
    assert deliver() == 0, "not at once"
    OutboxMessage.objects.filter(pk=left.pk).update(due_at=timezone.now())
    assert deliver() == 1
    ids = [headers["webhook-id"] for headers, _ in receiver.heard]
    assert len(ids) == 3
    assert len(set(ids)) == 2


def test_nobody_hears_of_what_was_refused_or_is_for_auditors(cast: Cast, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_KINDS = ["approvals.", "registry."]
    version = builders.build_version(cast)
    OutboxMessage.objects.all().delete()
    with pytest.raises(ValidationError):
        reviews.ask(version=version, by=cast.author)
    people.grant_role(person=cast.auditor, role="author", by=cast.admin)
    assert not OutboxMessage.objects.filter(sink="webhook").exists()


def test_without_an_address_nothing_is_kept_for_it(cast: Cast) -> None:
    builders.ask_for_review(cast, builders.ready_version(cast))
    assert not OutboxMessage.objects.filter(sink="webhook").exists()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_no base64", SECRET.removeprefix("whsec_")])
def test_a_start_without_a_secret_that_signs_is_refused(settings: Any, secret: str) -> None:
    settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = "https://tickets.example.org/", secret
    assert [error.id for error in checks.webhook_is_signed(None)] == ["audit.E004"]
    settings.WEBHOOK_SECRET, settings.WEBHOOK_OLD_SECRET = SECRET, "whsec_"
    assert len(checks.webhook_is_signed(None)) == 1
    settings.WEBHOOK_OLD_SECRET = ""
    assert checks.webhook_is_signed(None) == []
