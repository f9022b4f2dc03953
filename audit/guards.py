"""Append-only tables, held by the database itself: triggers that refuse UPDATE and DELETE, and on SQLite REPLACE.

Django's ALTER TABLE on SQLite rebuilds a table and drops its triggers, so they are laid again after every migrate,
and `missing()` is asked at every start.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.models import Event, RowShape

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION gatehouse_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

POSTGRESQL = [
    "DROP TRIGGER IF EXISTS {name}_row ON {table}",
    "CREATE TRIGGER {name}_row BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION gatehouse_refuse_change()",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_row",
    "DROP TRIGGER IF EXISTS {name}_truncate ON {table}",
    "CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_refuse_change()",
    "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_truncate",
]

SQLITE = [
    "CREATE TRIGGER IF NOT EXISTS {name}_update BEFORE UPDATE ON {table}"
    " BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on {table} is refused'); END",
    "CREATE TRIGGER IF NOT EXISTS {name}_delete BEFORE DELETE ON {table}"
    " BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on {table} is refused'); END",
    "CREATE TRIGGER IF NOT EXISTS {name}_replace BEFORE INSERT ON {table}"
    " WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
    " BEGIN SELECT RAISE(ABORT, 'append-only: REPLACE on {table} is refused'); END",
]

EXISTING = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def append_only_models() -> list[type[models.Model]]:
    histories = [
        model for model in apps.get_models() if hasattr(model, "history_id") and hasattr(model, "history_type")
    ]
    return [Event, RowShape, *histories]


def install(connection: BaseDatabaseWrapper) -> None:
    """Lays every guard; safe to run again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
        for model in append_only_models():
            for statement in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
                cursor.execute(_for(statement, model))


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if all(model._meta.db_table in present for model in append_only_models()):
        install(connection)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that are not guarded as they should be."""
    with connection.cursor() as cursor:
        cursor.execute(EXISTING[connection.vendor])
        found = {name for (name,) in cursor.fetchall()}
    kinds = ("row", "truncate") if connection.vendor == "postgresql" else ("update", "delete", "replace")
    return [
        model._meta.db_table
        for model in append_only_models()
        if not {f"{_name(model)}_{kind}" for kind in kinds} <= found
    ]


def _for(statement: str, model: type[models.Model]) -> str:
    return statement.format(name=_name(model), table=model._meta.db_table, key=model._meta.pk.column)


def _name(model: type[models.Model]) -> str:
    return f"keep_{model._meta.db_table}"[:50]
