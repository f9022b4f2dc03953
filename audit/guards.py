"""Append-only tables, held by the database itself: triggers that refuse UPDATE and DELETE, and on SQLite REPLACE.

Django's ALTER TABLE on SQLite rebuilds a table and drops its triggers, so they are laid again after every migrate,
and `missing()` is asked at every start. It compares whole definitions, since a trigger that has the right name may
stand on another table or do nothing.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.models import Checkpoint, Event, Leaf, RowShape, TreeNode

POSTGRESQL_SOURCE = """
BEGIN
    RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
"""
POSTGRESQL_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION gatehouse_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${POSTGRESQL_SOURCE}$$"
)

#: What each engine gives back as a trigger's definition, word for word.
DEFINITIONS = {
    "postgresql": {
        "row": "CREATE TRIGGER {name}_row BEFORE DELETE OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION gatehouse_refuse_change()",
        "truncate": "CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_refuse_change()",
    },
    "sqlite": {
        "update": "CREATE TRIGGER {name}_update BEFORE UPDATE ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on {table} is refused'); END",
        "delete": "CREATE TRIGGER {name}_delete BEFORE DELETE ON {table}"
        " BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on {table} is refused'); END",
        "replace": "CREATE TRIGGER {name}_replace BEFORE INSERT ON {table}"
        " WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
        " BEGIN SELECT RAISE(ABORT, 'append-only: REPLACE on {table} is refused'); END",
    },
}

DROP = {
    "postgresql": "DROP TRIGGER IF EXISTS {name}_{kind} ON {table}",
    "sqlite": "DROP TRIGGER IF EXISTS {name}_{kind}",
}


def append_only_models() -> list[type[models.Model]]:
    histories = [
        model for model in apps.get_models() if hasattr(model, "history_id") and hasattr(model, "history_type")
    ]
    return [Event, RowShape, Leaf, TreeNode, Checkpoint, *histories]


def install(connection: BaseDatabaseWrapper) -> None:
    """Lays every guard anew, whatever stands in its place; safe to run again."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
        for model in append_only_models():
            for kind, definition in DEFINITIONS[connection.vendor].items():
                cursor.execute(_for(DROP[connection.vendor], model, kind=kind))
                cursor.execute(_for(definition, model))
                if connection.vendor == "postgresql":
                    cursor.execute(_for("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_{kind}", model, kind=kind))


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if all(model._meta.db_table in present for model in append_only_models()):
        install(connection)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that are not guarded as they should be."""
    working = _working_triggers(connection)
    return [
        model._meta.db_table
        for model in append_only_models()
        if not {_for(definition, model) for definition in DEFINITIONS[connection.vendor].values()} <= working
    ]


def _working_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    """Definitions of the triggers that are in force; on PostgreSQL only those whose function is the one laid here."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_get_triggerdef(pg_trigger.oid, true) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE tgenabled = 'A' AND prosrc = %s",
                [POSTGRESQL_SOURCE],
            )
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        return {definition for (definition,) in cursor.fetchall()}


def _for(statement: str, model: type[models.Model], kind: str = "") -> str:
    return statement.format(
        name=f"keep_{model._meta.db_table}"[:50], table=model._meta.db_table, same=_same_row(model), kind=kind
    )


def _same_row(model: type[models.Model]) -> str:
    """When a new row would replace an old one: it has the same values in any set of columns that is unique."""
    unique = [[field] for field in model._meta.concrete_fields if field.unique]
    unique += [map(model._meta.get_field, each.fields) for each in model._meta.total_unique_constraints]
    return " OR ".join(
        "(" + " AND ".join(f'"{field.column}" = NEW."{field.column}"' for field in fields) + ")" for fields in unique
    )
