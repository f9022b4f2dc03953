"""The database's clock: events and checkpoints are dated by it, so that all machines share one."""

from __future__ import annotations

import datetime

from django.db import connection

#: The expression for it.
NOW = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%%Y-%%m-%%dT%%H:%%M:%%f', 'now')"}
READING = {engine: f"SELECT {expression}" for engine, expression in NOW.items()}


def now() -> datetime.datetime:
    with connection.cursor() as cursor:
        cursor.execute(READING[connection.vendor], [])
        return moment(cursor.fetchone()[0])


def moment(said: datetime.datetime | str) -> datetime.datetime:
    """What an engine gives back for `NOW`; SQLite a text without its zone, which is UTC."""
    if isinstance(said, datetime.datetime):
        return said
    return datetime.datetime.fromisoformat(said).replace(tzinfo=datetime.UTC)
