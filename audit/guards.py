"""What the database itself holds to: append-only tables, by triggers that refuse UPDATE and DELETE, and on SQLite
REPLACE; and states that change only as the workflow tables say.

Django's ALTER TABLE on SQLite rebuilds a table and drops its triggers, so they are laid again after every migrate,
and `missing()` is asked at every start. It compares whole definitions, since a trigger that has the right name may
stand on another table or do nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import moves
from audit.models import Checkpoint, Event, Leaf, RowShape, TreeNode
from audit.moves import Moves

REFUSE_CHANGE = """
BEGIN
    RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
"""
REFUSE_MOVE = """
DECLARE
    moved text := (to_jsonb(OLD) ->> TG_ARGV[0]) || '>' || (to_jsonb(NEW) ->> TG_ARGV[0]);
BEGIN
    IF to_jsonb(OLD) ->> TG_ARGV[0] = to_jsonb(NEW) ->> TG_ARGV[0] OR moved = ANY (TG_ARGV[1:]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'no such move: % of %', moved, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
"""
POSTGRESQL_FUNCTIONS = [
    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${source}$$"
    for name, source in (("gatehouse_refuse_change", REFUSE_CHANGE), ("gatehouse_refuse_move", REFUSE_MOVE))
]

#: What each engine gives back as a trigger's definition, word for word.
APPEND_ONLY = {
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

MOVES = {
    "postgresql": {
        "moves": "CREATE TRIGGER {name}_moves BEFORE UPDATE OF {column} ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION gatehouse_refuse_move('{column}', {allowed})",
    },
    "sqlite": {
        "moves": "CREATE TRIGGER {name}_moves BEFORE UPDATE OF {column} ON {table}"
        " WHEN OLD.{column} <> NEW.{column} AND OLD.{column} || '>' || NEW.{column} NOT IN ({allowed})"
        " BEGIN SELECT RAISE(ABORT, 'no such move of {table}'); END",
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
            for function in POSTGRESQL_FUNCTIONS:
                cursor.execute(function)
        for model, definitions in _guards(connection.vendor):
            for kind, definition in definitions.items():
                cursor.execute(_for(DROP[connection.vendor], model, kind=kind))
                cursor.execute(definition)
                if connection.vendor == "postgresql":
                    cursor.execute(_for("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_{kind}", model, kind=kind))


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if all(model._meta.db_table in present for model, _definitions in _guards(connection.vendor)):
        install(connection)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that are not guarded as they should be."""
    working = _working_triggers(connection)
    return [
        model._meta.db_table
        for model, definitions in _guards(connection.vendor)
        if not set(definitions.values()) <= working
    ]


def _guards(vendor: str) -> Iterator[tuple[type[models.Model], dict[str, str]]]:
    """Each guarded table with the definitions of its triggers, by their kinds."""
    for model in append_only_models():
        yield model, {kind: _for(definition, model) for kind, definition in APPEND_ONLY[vendor].items()}
    for model, allowed in moves.declared().items():
        yield model, {kind: _for(definition, model, **_moves(allowed)) for kind, definition in MOVES[vendor].items()}


def _working_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    """Definitions of the triggers that are in force; on PostgreSQL only those whose function is one laid here."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_get_triggerdef(pg_trigger.oid, true) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
                " WHERE tgenabled = 'A' AND prosrc IN (%s, %s)",
                [REFUSE_CHANGE, REFUSE_MOVE],
            )
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        return {definition for (definition,) in cursor.fetchall()}


def _for(statement: str, model: type[models.Model], **further: str) -> str:
    table = model._meta.db_table
    return statement.format(name=f"keep_{table}"[:50], table=table, same=_same_row(model), **further)


def _moves(allowed: Moves) -> dict[str, str]:
    return {"column": allowed.column, "allowed": ", ".join(f"'{move}'" for move in allowed.allowed)}


def _same_row(model: type[models.Model]) -> str:
    """When a new row would replace an old one: it has the same values in any set of columns that is unique."""
    unique = [[field] for field in model._meta.concrete_fields if field.unique]
    unique += [map(model._meta.get_field, each.fields) for each in model._meta.total_unique_constraints]
    return " OR ".join(
        "(" + " AND ".join(f'"{field.column}" = NEW."{field.column}"' for field in fields) + ")" for fields in unique
    )
