"""Where outbox messages go: a sink is a function of payloads that are told as one, named in settings.OUTBOX_SINKS."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.template.loader import render_to_string


def send_mail(payloads: list[dict[str, Any]]) -> None:
    """One mail to the `person` of the payloads, where they are reached now. Who has left, may read nothing of it any
    more, or has no address, gets none: what it says stands in the portal."""
    person = get_user_model().objects.filter(pk=payloads[0]["person"], is_active=True).exclude(email="").first()
    if person is None or not person.has_perm(settings.MAIL_IS_FOR):
        return
    subject, text = payloads[0]["subject"], payloads[0]["text"]
    if len(payloads) > 1:
        subject = f"{len(payloads)} messages from Gatehouse"
        # Indented, so that nobody's words look like a further message.
        indented = [payload | {"text": indent(payload["text"], "    ")} for payload in payloads]
        text = render_to_string("emails/together.txt", {"messages": indented})
    mail.EmailMessage(subject=subject, body=text, to=[person.email]).send()
