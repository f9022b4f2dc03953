"""Who writes something down for somebody's mail of the next morning, and who has their mail at once from now on, take
turns: what is written for the morning is there when it is looked for, or is not written for the morning."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

HOLD = {
    True: "SELECT pg_advisory_xact_lock(%s, hashtext(key)) FROM unnest(%s::text[]) AS key",
    False: "SELECT pg_advisory_xact_lock_shared(%s, hashtext(key)) FROM unnest(%s::text[]) AS key",
}
#: Of the locks that PostgreSQL keeps for applications, those of mail.
MAIL = 7302


def hold(people: Collection[UUID], *, alone: bool = False) -> None:
    """Until the open transaction ends, none of these people chooses how they get their mail; `alone`, nobody writes
    anything down for them either. How they want it is read afterwards. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(HOLD[alone], [MAIL, [str(person) for person in people]])
