"""What somebody does who has the rights of the database's owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def past_the_guards(*tables: str) -> Iterator[None]:
    """An attacker with the database's own rights, who switches the tables' triggers off for a moment and leaves each
    of them as it was."""
    with connection.cursor() as cursor:
        again = [statement for table in tables for statement in _lifted(cursor, table)]
        yield
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in again:
            cursor.execute(statement)


def _lifted(cursor, table: str) -> list[str]:
    """The statements that lay the triggers again."""
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name in names]
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP TRIGGER {name}")
    return [statement for _, statement in found]
