"""Where outbox messages go: a sink is a function of payloads that are told as one, named in settings.OUTBOX_SINKS."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core import mail
from django.template.loader import render_to_string


def send_mail(payloads: list[dict[str, Any]]) -> None:
    """One mail to the `person` of the payloads, where they are reached now. Who has left, or has no address, gets none:
    what it says stands in the portal."""
    person = get_user_model().objects.filter(pk=payloads[0]["person"], is_active=True).exclude(email="").first()
    if person is None:
        return
    subject, text = payloads[0]["subject"], payloads[0]["text"]
    if len(payloads) > 1:
        subject = f"{len(payloads)} messages from Gatehouse"
        text = render_to_string("emails/together.txt", {"messages": payloads})
    mail.EmailMessage(subject=subject, body=text, to=[person.email]).send()
