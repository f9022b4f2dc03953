"""Writes that code inside the portal could try, by mistake or on purpose, without lifting a guard."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from django.core import serializers
from django.db import connection, models

from audit import guards
from audit.governed import GovernedModel
from tests.tampering import changes
from tests.tampering.scene import governed_with_rows, rows_of

Write = Callable[[Random], Any]


def of_a_governed_row(random: Random) -> Write:
    row = random.choice(rows_of(random.choice(governed_with_rows())))
    return random.choice(GOVERNED)(row, random)


def of_the_past(random: Random) -> Write:
    row = random.choice(rows_of(random.choice([model for model in guards.append_only_models() if rows_of(model)])))
    return random.choice(APPEND_ONLY)(row, random)


def _any_column(row: models.Model, random: Random) -> models.Field:
    columns = row._governed_columns() if isinstance(row, GovernedModel) else row._meta.concrete_fields
    return random.choice([field for field in columns if not field.primary_key])


def _others(row: models.Model, random: Random) -> dict[str, Any]:
    field = _any_column(row, random)
    return {field.attname: changes.other_than(random, field, getattr(row, field.attname))}


def _of(row: models.Model) -> models.QuerySet:
    return type(row)._default_manager.filter(pk=row.pk)


def _deserialised(row: models.Model) -> Any:
    return next(serializers.deserialize("json", serializers.serialize("json", [row])))


GOVERNED: list[Callable[[Any, Random], Write]] = [
    lambda row, random: row.save,
    lambda row, random: row.delete,
    lambda row, random: lambda: row.save(force_insert=True),
    lambda row, random: lambda: row.save(update_fields=[_any_column(row, random).name]),
    lambda row, random: lambda: row.save_base(raw=True),
    lambda row, random: lambda: _of(row).update(**_others(row, random)),
    lambda row, random: _of(row).delete,
    lambda row, random: lambda: type(row)._base_manager.filter(pk=row.pk).update(**_others(row, random)),
    lambda row, random: lambda: type(row)._base_manager.filter(pk=row.pk)._raw_delete("default"),
    lambda row, random: lambda: type(row)._default_manager.bulk_create([row]),
    lambda row, random: lambda: type(row)._default_manager.bulk_update([row], [_any_column(row, random).name]),
    lambda row, random: lambda: type(row)._default_manager.update_or_create(_others(row, random), pk=row.pk),
    lambda row, random: lambda: _deserialised(row).save(),
]


def _sql(row: models.Model, random: Random, statement: str) -> Write:
    table, key = connection.ops.quote_name(row._meta.db_table), row._meta.pk
    column = connection.ops.quote_name(_any_column(row, random).column)
    given = [key.get_db_prep_value(row.pk, connection)] if "%s" in statement else []

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                statement.format(table=table, key=connection.ops.quote_name(key.column), column=column), given
            )

    return run


APPEND_ONLY: list[Callable[[Any, Random], Write]] = [
    lambda row, random: lambda: row.save(force_update=True),
    lambda row, random: row.delete,
    lambda row, random: lambda: _of(row).update(**_others(row, random)),
    lambda row, random: lambda: _of(row)._raw_delete("default"),
    lambda row, random: lambda: type(row)._default_manager.bulk_update([row], [_any_column(row, random).name]),
    lambda row, random: _sql(row, random, "UPDATE {table} SET {column} = {column} WHERE {key} = %s"),
    lambda row, random: _sql(row, random, "DELETE FROM {table} WHERE {key} = %s"),
    lambda row, random: _sql(
        row,
        random,
        "TRUNCATE {table} CASCADE"
        if connection.vendor == "postgresql"
        else "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE {key} = %s",
    ),
]
