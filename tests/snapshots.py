"""What was written once in this process, written again: the same rows without the work of making them."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, transaction

from registry.models import Person, RiskTier

Row = tuple[Any, ...]
Told = TypeVar("Told")


@dataclass(frozen=True)
class Snapshot:
    """What something added to a database or changed in it, by table; and the ground that it did so on."""

    ground: Any
    rows: dict[str, list[Row]]
    told: Any

    @classmethod
    def of(cls, build: Callable[[], Any]) -> Snapshot:
        """Runs `build`, which takes nothing away, and keeps what it wrote and what it returned."""
        stood_on, before = ground(), {table: set(_rows(table)) for table in _tables()}
        told = build()
        written = {table: [row for row in _rows(table) if row not in seen] for table, seen in before.items()}
        return cls(stood_on, {table: rows for table, rows in written.items() if rows}, told)

    def is_of_this_ground(self) -> bool:
        return self.ground == ground()

    def restore(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                cursor.executemany(_upsert(table), rows)


def told_once(tell: Callable[..., Told]) -> Callable[..., Told]:
    """For what tells a longer story on the same ground again and again: told once, and written down again after that.

    What it returns is a copy, so that nobody changes what the next one gets.
    """
    kept: list[Snapshot] = []

    @wraps(tell)
    def telling(*args: Any) -> Told:
        if kept and kept[-1].is_of_this_ground():
            kept[-1].restore()
        else:
            kept[:] = [Snapshot.of(lambda: tell(*args))]
        return copy.deepcopy(kept[-1].told)

    return telling


def ground() -> Any:
    """The seeds and people that other rows name, who come under new keys after a test with real transactions, and how
    many rows there are of everything."""
    tables = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM {_quoted(table)}" for table in _tables())
    with connection.cursor() as cursor:
        cursor.execute(tables)
        counted = Counter(dict(cursor.fetchall()))
    seeds = RiskTier.objects.order_by("pk").values_list("pk", flat=True)
    people = Person.objects.order_by("pk").values_list("pk", flat=True)
    return (*seeds, *people), counted


def _tables() -> dict[str, str]:
    """Each table with the column of its key."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {model._meta.db_table: model._meta.pk.column for model in models}


def _rows(table: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {_quoted(table)}")
        return cursor.fetchall()


def _upsert(table: str) -> str:
    """A row that is there already is brought to what it was."""
    key = _tables()[table]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {_quoted(table)} LIMIT 0")
        columns = [column[0] for column in cursor.description]
    others = ", ".join(f"{_quoted(column)} = excluded.{_quoted(column)}" for column in columns if column != key)
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {_quoted(table)} VALUES ({marks}) ON CONFLICT ({_quoted(key)}) DO UPDATE SET {others}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
