"""Governed rows as they stand."""

from __future__ import annotations

import copy
import uuid
from random import Random

from django.db import models

from tests.tampering import changes
from tests.tampering.attack import Naming, found_by, rows
from tests.tampering.scene import Scene, governed_with_rows, rows_of


def any_row(random: Random) -> models.Model:
    return random.choice(rows_of(random.choice(governed_with_rows())))


@found_by(rows)
def change_a_column_of_a_row(scene: Scene, random: Random) -> Naming:
    row = any_row(random)
    columns = [field for field in row._governed_columns() if not field.primary_key]
    changes.change_somewhere(random, row, columns)
    return (f"{row._meta.db_table} {row.pk}",)


@found_by(rows)
def delete_a_row(scene: Scene, random: Random) -> Naming:
    for _ in range(changes.TRIES):
        row = any_row(random)
        try:
            changes.erase(row)
        except changes.Error:
            continue
        return (f"{row._meta.db_table} {row.pk}",)
    raise changes.Refused("Every row is referred to.")


@found_by(rows)
def copy_a_row(scene: Scene, random: Random) -> Naming:
    for _ in range(changes.TRIES):
        row = under_another_key(random, any_row(random))
        try:
            changes.add(row)
        except changes.Error:
            continue
        return (f"{row._meta.db_table} {row.pk}",)
    raise changes.Refused("No row may be there twice.")


def under_another_key(random: Random, row: models.Model) -> models.Model:
    """With other words where the database wants each to be another."""
    twin = copy.copy(row)
    for field in row._meta.concrete_fields:
        if field.unique or any(field.name in each.fields for each in row._meta.total_unique_constraints):
            setattr(twin, field.attname, changes.other_than(random, field, getattr(row, field.attname)))
    key = row._meta.pk
    twin.pk = uuid.UUID(int=random.getrandbits(128)) if isinstance(key, models.UUIDField) else 10**6
    return twin


@found_by(rows)
def bring_a_deleted_row_back(scene: Scene, random: Random) -> Naming:
    histories = [model.history.model.objects.filter(history_type="-") for model in governed_with_rows()]
    gone = random.choice([row for found in histories for row in found])
    row = gone.instance
    row._state.adding = True
    changes.add(row)
    return (f"{row._meta.db_table} {row.pk}",)
