"""Where outbox messages go. A sink is a function of keyword arguments, named in settings.OUTBOX_SINKS."""

from django.core import mail


def send_mail(*, to: list[str], subject: str, text: str) -> None:
    """One message a recipient, so that nobody reads the others' addresses."""
    with mail.get_connection() as connection:
        for address in to:
            mail.EmailMessage(subject=subject, body=text, to=[address], connection=connection).send()
