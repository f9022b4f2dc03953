"""Every way that Django, its companions and SQL offer to write a governed row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any

from django.apps import apps
from django.core import serializers
from django.db import DatabaseError, connection, models
from django.db.migrations.state import ProjectState
from guardian.shortcuts import assign_perm, remove_perm

from audit import ledger
from registry.models import Person, RiskTier, RiskTierUserObjectPermission
from tests.tampering import changes
from tests.tampering.attacks.live_rows import under_another_key
from tests.tampering.scene import forgotten, plain

Way = Callable[[models.Model], Any]


def inside_an_entry(row: models.Model) -> None:
    """The one write path: read by `lock()`, saved whole."""
    with ledger.entry("registry.person.changed", by=Person.objects.system()) as entry:
        entry.lock_one(row).save()


def _other(row: models.Model) -> tuple[models.Field, Any]:
    """A column with a value that it may have in this row."""
    random = Random(type(row).__name__)
    columns = [field for field in row._governed_columns() if not field.primary_key]
    for _ in range(changes.TRIES):
        field = random.choice(columns)
        other = changes.other_than(random, field, getattr(row, field.attname))
        with forgotten(), suppress(DatabaseError):
            changed = plain(type(row)).filter(pk=row.pk).update(**{field.attname: other})
            if changed and other != getattr(row, field.attname):
                return field, other
    raise changes.Refused(f"{row!r}")


def _changed(row: models.Model) -> dict[str, Any]:
    field, other = _other(row)
    return {field.attname: other}


def _twin(row: models.Model) -> models.Model:
    """One that the database would take, where it takes any."""
    random = Random(type(row).__name__)
    for _ in range(changes.TRIES):
        twin = under_another_key(random, row)
        with forgotten(), suppress(DatabaseError):
            changes.add(twin)
            break
    return twin


def _sql(statement: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def sql_update(row: models.Model) -> None:
    field, other = _other(row)
    key = row._meta.pk
    name, value = connection.ops.quote_name, field.get_db_prep_save(other, connection)
    table, column, where = name(row._meta.db_table), name(field.column), name(key.column)
    _sql(f"UPDATE {table} SET {column} = %s WHERE {where} = %s", value, key.get_db_prep_value(row.pk, connection))


def sql_delete(row: models.Model) -> None:
    name, key = connection.ops.quote_name, row._meta.pk
    statement = f"DELETE FROM {name(row._meta.db_table)} WHERE {name(key.column)} = %s"
    _sql(statement, key.get_db_prep_value(row.pk, connection))


def sql_insert(row: models.Model) -> None:
    twin, name = _twin(row), connection.ops.quote_name
    fields = row._meta.concrete_fields
    columns = ", ".join(name(field.column) for field in fields)
    values = [field.get_db_prep_save(getattr(twin, field.attname), connection) for field in fields]
    _sql(f"INSERT INTO {name(row._meta.db_table)} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})", *values)


@cache
def _of_a_migration() -> Any:
    """What RunPython is given: models without the methods and managers of the code."""
    return ProjectState.from_apps(apps).apps


def migration_save(row: models.Model) -> None:
    past = _of_a_migration().get_model(row._meta.label).objects.get(pk=row.pk)
    for name, value in _changed(row).items():
        setattr(past, name, value)
    past.save()


def migration_update(row: models.Model) -> None:
    _of_a_migration().get_model(row._meta.label).objects.filter(pk=row.pk).update(**_changed(row))


def loaddata(row: models.Model) -> None:
    next(serializers.deserialize("json", serializers.serialize("json", [row]))).save()


WAYS: dict[str, Way] = {
    "save in an entry": inside_an_entry,
    "save": lambda row: row.save(),
    "delete": lambda row: row.delete(),
    "create": lambda row: type(row)._default_manager.create(
        **{field.attname: getattr(_twin(row), field.attname) for field in row._meta.concrete_fields}
    ),
    "update_or_create": lambda row: type(row)._default_manager.update_or_create(_changed(row), pk=row.pk),
    "update": lambda row: type(row)._default_manager.filter(pk=row.pk).update(**_changed(row)),
    "delete of many": lambda row: type(row)._default_manager.filter(pk=row.pk).delete(),
    "bulk_create": lambda row: type(row)._default_manager.bulk_create([_twin(row)]),
    "bulk_update": lambda row: type(row)._default_manager.bulk_update([row], [_other(row)[0].name]),
    "loaddata": loaddata,
    "migration, save": migration_save,
    "migration, update": migration_update,
    "SQL INSERT": sql_insert,
    "SQL UPDATE": sql_update,
    "SQL DELETE": sql_delete,
}


def _tiers() -> models.QuerySet[RiskTier]:
    return RiskTier.objects.all()


def _person(username: str) -> Person:
    return Person.objects.get(username=username)


RIGHT, RIGHTS = "decide_technical", RiskTierUserObjectPermission.objects
#: Of guardian, for rights to tiers.
GUARDIAN: dict[str, Callable[[], Any]] = {
    "assign_perm": lambda: assign_perm(RIGHT, _person("stranger"), _tiers()[0]),
    "bulk_assign_perm": lambda: RIGHTS.bulk_assign_perm(RIGHT, _person("stranger"), _tiers()),
    "assign_perm_to_many": lambda: RIGHTS.assign_perm_to_many(RIGHT, [_person("stranger")], _tiers()[0]),
    "remove_perm": lambda: remove_perm(RIGHT, _person("technical"), _tiers()[0]),
    "bulk_remove_perm": lambda: RIGHTS.bulk_remove_perm(RIGHT, _person("technical"), _tiers()),
}
