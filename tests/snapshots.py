"""What actions wrote once in this process, written again: the same rows without the work of making them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from registry.models import Person, RiskTier

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Snapshot:
    """The rows that something added to an otherwise untouched database, by table, with the ground they refer to."""

    ground: Any
    rows: dict[str, list[Row]]

    @classmethod
    def of(cls, build: Callable[[], Any]) -> Snapshot:
        """Runs `build`, which only adds rows, and keeps what it added."""
        before = {table: set(_rows(table)) for table in _tables()}
        build()
        added = {table: [row for row in _rows(table) if row not in seen] for table, seen in before.items()}
        return cls(ground(), {table: rows for table, rows in added.items() if rows})

    def is_of_this_ground(self) -> bool:
        return self.ground == ground()

    def restore(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                marks = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {connection.ops.quote_name(table)} VALUES ({marks})", rows)


def ground() -> Any:
    """The seeds that other rows name. They are laid anew, under new keys, after a test with real transactions."""
    return (Person.objects.system().pk, *RiskTier.objects.values_list("pk", flat=True))


def _tables() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.managed})


def _rows(table: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return cursor.fetchall()
