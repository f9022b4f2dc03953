"""The triggers that keep the past as it is."""

from __future__ import annotations

from random import Random

from django.db import connection, models

from audit import guards
from tests.tampering import changes
from tests.tampering.attack import Naming, found_by, unguarded
from tests.tampering.scene import Scene

DOES_NOTHING = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"


def _any_guard(random: Random) -> tuple[type[models.Model], str, str]:
    model = random.choice(guards.append_only_models())
    kind = random.choice(list(guards.APPEND_ONLY[connection.vendor]))
    return model, kind, guards._for("{name}_{kind}", model, kind=kind)


@found_by(unguarded)
def drop_a_guard(scene: Scene, random: Random) -> Naming:
    model, kind, _ = _any_guard(random)
    changes.run(guards._for(guards.DROP[connection.vendor], model, kind=kind))
    return (model._meta.db_table,)


@found_by(unguarded)
def put_a_guard_that_does_nothing_in_its_place(scene: Scene, random: Random) -> Naming:
    model, kind, name = _any_guard(random)
    table = model._meta.db_table
    changes.run(guards._for(guards.DROP[connection.vendor], model, kind=kind))
    if connection.vendor == "postgresql":
        changes.run(
            "CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        )
        when = {
            "row": f"BEFORE DELETE OR UPDATE ON {table} FOR EACH ROW",
            "truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
        }[kind]
        changes.run(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION nothing()")
        changes.run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    else:
        when = {"update": "UPDATE", "delete": "DELETE", "replace": "INSERT"}[kind]
        changes.run(f"CREATE TRIGGER {name} BEFORE {when} ON {table} BEGIN SELECT 1; END")
    return (table,)


@found_by(unguarded)
def have_a_guard_look_away(scene: Scene, random: Random) -> Naming:
    """PostgreSQL keeps triggers that are switched off, or that replication passes by; SQLite those of another table."""
    model, kind, name = _any_guard(random)
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        changes.run(f"ALTER TABLE {table} {random.choice(['DISABLE', 'ENABLE', 'ENABLE REPLICA'])} TRIGGER {name}")
    else:
        changes.run(guards._for(guards.DROP[connection.vendor], model, kind=kind))
        definition = guards._for(guards.APPEND_ONLY[connection.vendor][kind], model)
        changes.run(definition.replace(f" ON {table} ", " ON audit_heartbeat ").replace("IS", "IS NOT", 0))
    return (table,)


@found_by(unguarded)
def have_all_guards_do_nothing(scene: Scene, random: Random) -> Naming:
    if connection.vendor == "postgresql":
        changes.run(f"CREATE OR REPLACE FUNCTION gatehouse_refuse_change() {DOES_NOTHING}")
    else:
        for model in guards.append_only_models():
            for kind in guards.APPEND_ONLY["sqlite"]:
                changes.run(guards._for(guards.DROP["sqlite"], model, kind=kind))
    return (", ".join(model._meta.db_table for model in guards.append_only_models()),)
