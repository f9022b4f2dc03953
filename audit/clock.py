"""The database's clock: events and checkpoints are dated by it, so that all machines share one."""

from __future__ import annotations

import datetime

from django.db import connection

#: The time, and why nothing may be written, when nothing may be: every event asks for both.
READING = {
    "postgresql": "SELECT clock_timestamp(), (SELECT reason FROM audit_halt)",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now'), (SELECT reason FROM audit_halt)",
}


def now() -> datetime.datetime:
    return read()[0]


def read() -> tuple[datetime.datetime, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(READING[connection.vendor])
        said, halted = cursor.fetchone()
    if isinstance(said, datetime.datetime):
        return said, halted
    return datetime.datetime.fromisoformat(said).replace(tzinfo=datetime.UTC), halted
