"""What nobody can read, or what is read as something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from django.db import connection, models

from audit.models import Event
from tests.tampering import changes
from tests.tampering.attack import Naming, events, found_by, naming, rows
from tests.tampering.attacks.history import UNSEALED, any_history
from tests.tampering.attacks.live_rows import any_row, change_a_column_of_a_row
from tests.tampering.attacks.log import any_event
from tests.tampering.scene import Scene, governed_with_rows, rows_of


@found_by(events)
def write_what_nobody_can_read_into_an_event(scene: Scene, random: Random) -> Naming:
    event = any_event(random)
    _spoil(random, event, [field for field in Event._meta.concrete_fields if field.name != "id"])
    return *naming(event), "what stands behind the first "


@found_by(rows)
def write_what_nobody_can_read_into_a_row(scene: Scene, random: Random) -> Naming:
    row = any_row(random)
    _spoil(random, row, [field for field in row._governed_columns() if not field.primary_key])
    return (row._meta.db_table,)


@found_by(rows)
def write_what_nobody_can_read_into_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    columns = [field for field in row._meta.concrete_fields if field.name not in UNSEALED]
    _spoil(random, row, columns)
    return row._meta.db_table, row.instance._meta.db_table


@found_by(rows)
def write_no_moment_where_there_is_none(scene: Scene, random: Random) -> Naming:
    """What SQLite gives back as none, and counts as one."""
    if connection.vendor == "postgresql":
        return change_a_column_of_a_row(scene, random)
    model = random.choice([model for model in governed_with_rows() if _moments(model)])
    table = random.choice([model, model.history.model])
    row, field = random.choice(rows_of(table)), random.choice(_moments(model))
    changes.run("PRAGMA ignore_check_constraints=ON")
    changes.raw(row, table._meta.get_field(field.name), "'zz'")
    changes.run("PRAGMA ignore_check_constraints=OFF")
    return (f"{table._meta.db_table} {row.pk}",)


@found_by(rows)
def write_what_is_read_as_what_was_there(scene: Scene, random: Random) -> Naming:
    """A truth that is neither, which SQLite finds and Python does not; bytes whose digits the text was."""
    if connection.vendor == "postgresql":
        return change_a_column_of_a_row(scene, random)
    found = [twin for model in governed_with_rows() for row in rows_of(model) for twin in _twins(row)]
    row, field, literal = random.choice(found)
    changes.run("PRAGMA ignore_check_constraints=ON")
    assert changes.raw(row, field, literal)
    changes.run("PRAGMA ignore_check_constraints=OFF")
    return (f"{row._meta.db_table} {row.pk}",)


def _twins(row: models.Model) -> Iterator[tuple[models.Model, models.Field, str]]:
    for field in row._governed_columns():
        value = getattr(row, field.attname)
        if value is False:
            yield row, field, "1.5"
        if isinstance(value, str) and re.fullmatch("([0-9a-f]{2})+", value):
            yield row, field, f"x'{value}'"


def _moments(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._governed_columns() if field.null and isinstance(field, models.DateField)]


def _spoil(random: Random, row: models.Model, fields: list[models.Field]) -> None:
    """SQLite keeps anything in any column; PostgreSQL knows moments that no calendar has."""
    if connection.vendor == "postgresql":
        moments = [field for field in fields if isinstance(field, models.DateField)]
        if not moments or not changes.raw(row, random.choice(moments), "'infinity'"):
            changes.change_somewhere(random, row, fields)
        return
    changes.run("PRAGMA ignore_check_constraints=ON")
    try:
        while not changes.raw(
            row, random.choice(fields), random.choice(["'zz'", "1.5", "x'ff'", "CAST(x'ff' AS TEXT)"])
        ):
            pass
    finally:
        changes.run("PRAGMA ignore_check_constraints=OFF")
