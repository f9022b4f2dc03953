"""Tells another system what happens: a signed message for each event, in the format of Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

import requests
from django.conf import settings
from django.urls import reverse

from audit import kinds
from audit.models import Event
from audit.outbox import Telling

SINK = "webhook"
PREFIX, SHORTEST, LONGEST = "whsec_", 24, 64
CONNECT_SECONDS, ANSWER_SECONDS = 5, 15


def messages_about(event: Event) -> list[Telling]:
    """What an entry puts into the outbox beside the event: nothing without a receiver, about a kind that was not asked
    for, or that is not for every reader."""
    asked = tuple(settings.WEBHOOK_KINDS)
    if not settings.WEBHOOK_URL or not event.kind.startswith(asked) or not kinds.is_open_to_all(event.kind):
        return []
    body = {
        "type": event.kind,
        "timestamp": event.at.isoformat(),
        "data": {
            "subject": event.label,
            "actor": str(event.actor),
            "reason": event.reason,
            "facts": event.facts,
            "url": settings.PORTAL_URL + reverse("audit:event_detail", args=[event.uid]),
        },
    }
    return [Telling(SINK, {"message": str(event.uid), "body": body})]


def send(payloads: list[dict[str, Any]]) -> None:
    """Each by itself."""
    for payload in payloads:
        _send(**payload)


def _send(*, message: str, body: dict[str, Any]) -> None:
    """`message` stays the same when it is sent again, so that a receiver knows what it has had already. Raises when the
    answer is none of success; a redirect is none."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    at = int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signature(key(secret), message, at, content) for secret in _secrets()),
    }
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            settings.WEBHOOK_URL,
            data=content,
            headers=headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
        )
    if not answer.ok or answer.is_redirect:
        raise RuntimeError(f"The receiver of the webhook answered {answer.status_code}.")


def signature(signing_key: bytes, message: str, at: int, content: bytes) -> str:
    signed = f"{message}.{at}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(signing_key, signed, hashlib.sha256)).decode()


def key(secret: str) -> bytes:
    """Raises ValueError for a text that is no secret of this format: “whsec_” and 24 to 64 bytes in Base64."""
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("no Base64 after whsec_") from error
    if not secret.startswith(PREFIX) or not SHORTEST <= len(found) <= LONGEST:
        raise ValueError(f"not “{PREFIX}” and {SHORTEST} to {LONGEST} bytes in Base64")
    return found


def _secrets() -> list[str]:
    """The old one as well for as long as the receiver has not learnt the new one."""
    return [secret for secret in (settings.WEBHOOK_SECRET, settings.WEBHOOK_OLD_SECRET) if secret]
