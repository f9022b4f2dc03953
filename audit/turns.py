"""When an event may be written: after every other one about its subject, and at the time of the database's clock."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import connection

from audit import clock
from audit.halts import Halted

#: Every event asks for the time, for why nothing may be written, when nothing may be, and for the one it follows.
STATEMENT = """
    SELECT {now}, (SELECT reason FROM audit_halt), newest.subject_number, newest.label
    FROM (SELECT 1) AS here LEFT JOIN (
        SELECT subject_number, label FROM audit_event WHERE subject = %s ORDER BY subject_number DESC LIMIT 1
    ) AS newest ON TRUE
"""
READING = {engine: STATEMENT.format(now=now) for engine, now in clock.NOW.items()}


@dataclass(frozen=True)
class Turn:
    """The moment and the number of an event about a subject, and what that one was called before, "" at its first."""

    at: datetime.datetime
    number: int
    label_before: str


def take(subject: str) -> Turn:
    """`subject` as the ledger names it. Two entries about one subject write their events one after the other.

    Takes an advisory lock on PostgreSQL, held to the end of the transaction; SQLite has one writer anyway. Raises
    Halted while nothing may be written.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # In a statement of its own: one that waits for the lock does not see what was written while it waited.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [subject])
        cursor.execute(READING[connection.vendor], [subject])
        said, halted, newest, label = cursor.fetchone()
    if halted is not None:
        raise Halted(halted)
    return Turn(clock.moment(said), (newest or 0) + 1, label or "")
