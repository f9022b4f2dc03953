"""Messages to the world: written with the change they speak of, told after it is committed, found again by a sweep."""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from audit import retries, wakeups
from audit.models import OutboxMessage

log = logging.getLogger(__name__)

DELIVER = "audit.tasks.deliver_outbox"
BATCH = 50
#: What is more goes with the next: a mail without end is one that no server takes.
MOST_TOGETHER = 100


@dataclass(frozen=True)
class Telling:
    """A payload for a sink of settings.OUTBOX_SINKS: at once, or not before `due_at`, then as one with everything that
    is due for the same sink and says the same word in `together`."""

    sink: str
    payload: dict[str, Any]
    due_at: datetime.datetime | None = None
    together: str = ""


def put(told: Iterable[Telling], *, event: uuid.UUID) -> None:
    """Raises KeyError for a sink that settings.OUTBOX_SINKS does not name."""
    now = timezone.now()
    messages = [
        OutboxMessage(
            sink=each.sink, payload=each.payload, together=each.together, due_at=each.due_at or now, event=event
        )
        for each in told
    ]
    if unknown := {message.sink for message in messages} - settings.OUTBOX_SINKS.keys():
        raise KeyError(unknown)
    if messages:
        OutboxMessage.objects.bulk_create(messages)
        wakeups.wake(DELIVER)


def deliver_due() -> int:
    """Tells what is due, oldest first; returns how many messages were told. What is told as one is in one transaction,
    which the oldest of it stands for, and takes one place among the `BATCH` however much it is."""
    first: dict[Hashable, int] = {}
    for key, sink, together in OutboxMessage.objects.due().values_list("pk", "sink", "together").iterator():
        first.setdefault((sink, together) if together else key, key)
        if len(first) == BATCH:
            break
    return sum(map(_deliver, first.values()))


def hasten(sink: str, together: str) -> None:
    """What was to be told as one later is due now, but for what a worker is telling already."""
    with transaction.atomic():
        waiting = OutboxMessage.objects.filter(sent_at=None, sink=sink, together=together)
        keys = [*_locked(waiting).values_list("pk", flat=True)]
        OutboxMessage.objects.filter(pk__in=keys).update(due_at=timezone.now())
    wakeups.wake(DELIVER)


def _deliver(key: int) -> int:
    with transaction.atomic():
        first = _locked(OutboxMessage.objects.due().filter(pk=key)).first()
        if first is None:
            return 0
        messages = [first]
        if first.together:
            others = OutboxMessage.objects.due().filter(sink=first.sink, together=first.together).exclude(pk=key)
            messages += _locked(others)[: MOST_TOGETHER - 1]
        try:
            import_string(settings.OUTBOX_SINKS[first.sink])([message.payload for message in messages])
        except Exception as error:
            # Whatever the outside world answers, the message stays and is tried again; nobody's work waits for it.
            log.warning("Outbox message %s was not delivered: %s", key, error)
            _put_off(messages, error)
            return 0
        _save(messages, sent_at=timezone.now())
        return len(messages)


def _locked(messages: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """What another worker is at is left to it."""
    if connection.features.has_select_for_update_skip_locked:
        return messages.select_for_update(skip_locked=True)
    return messages


def _put_off(messages: list[OutboxMessage], error: Exception) -> None:
    attempts = messages[0].attempts + 1
    _save(messages, last_error=retries.reason(error), due_at=retries.after(attempts))


def _save(messages: list[OutboxMessage], **said: Any) -> None:
    keys = [message.pk for message in messages]
    OutboxMessage.objects.filter(pk__in=keys).update(attempts=F("attempts") + 1, **said)
