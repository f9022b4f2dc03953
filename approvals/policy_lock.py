"""Who asks or deploys under a policy, and who publishes the next one, take turns: it is done under one or the other."""

from __future__ import annotations

from django.db import connection

HOLD = {True: "SELECT pg_advisory_xact_lock(%s, %s)", False: "SELECT pg_advisory_xact_lock_shared(%s, %s)"}
#: Of the locks that PostgreSQL keeps for applications, those of policies.
POLICIES = 7301


def hold(tier: int | None, *, alone: bool = False) -> None:
    """Until the open transaction ends, nobody publishes a policy of this tier; `alone`, nobody asks for a review in it
    or deploys either. Taken before any version is locked. SQLite has one writer anyway."""
    if connection.vendor == "postgresql" and tier is not None:
        with connection.cursor() as cursor:
            cursor.execute(HOLD[alone], [POLICIES, tier])
