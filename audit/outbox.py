"""Messages to the world: written with the change they speak of, told after it is committed, found again by a sweep."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from audit import retries, wakeups
from audit.models import OutboxMessage

log = logging.getLogger(__name__)

DELIVER = "audit.tasks.deliver_outbox"
BATCH = 50


def put(told: Iterable[tuple[str, dict[str, Any]]], *, event: uuid.UUID) -> None:
    """A message of each sink and payload. Raises KeyError for a sink that settings.OUTBOX_SINKS does not name."""
    messages = [OutboxMessage(sink=sink, payload=payload, event=event) for sink, payload in told]
    if unknown := {message.sink for message in messages} - settings.OUTBOX_SINKS.keys():
        raise KeyError(unknown)
    if messages:
        OutboxMessage.objects.bulk_create(messages)
        wakeups.wake(DELIVER)


def deliver_due() -> int:
    """Tells what is due, oldest first; returns how many messages were told. Each message in its own transaction."""
    told = 0
    for key in list(OutboxMessage.objects.due().values_list("pk", flat=True)[:BATCH]):
        told += _deliver(key)
    return told


def _deliver(key: int) -> bool:
    with transaction.atomic():
        waiting = OutboxMessage.objects.due().filter(pk=key)
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        message = waiting.first()
        if message is None:
            return False
        message.attempts += 1
        try:
            import_string(settings.OUTBOX_SINKS[message.sink])(**message.payload)
        except Exception as error:
            # Whatever the outside world answers, the message stays and is tried again; nobody's work waits for it.
            log.warning("Outbox message %s was not delivered: %s", key, error)
            message.last_error = retries.reason(error)
            message.due_at = retries.after(message.attempts)
        else:
            message.sent_at = timezone.now()
        message.save()
        return message.sent_at is not None
