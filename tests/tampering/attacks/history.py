"""What rows were, who wrote them, and over which columns digests were taken."""

from __future__ import annotations

import uuid
from random import Random

from django.db import models

from audit.models import RowShape
from tests.tampering import changes
from tests.tampering.attack import Naming, found_by, rows
from tests.tampering.scene import Scene, governed_with_rows, rows_of

#: Shown nowhere and under no seal: when a row of history was written (its event says when), and a reason (it has none).
UNSEALED = {"history_id", "history_date", "history_change_reason"}


def any_history(random: Random) -> models.Model:
    return random.choice(rows_of(random.choice([model.history.model for model in governed_with_rows()])))


def place_of_history(row: models.Model) -> str:
    return f"{row._meta.db_table} {row.pk} (of "


@found_by(rows)
def change_a_column_of_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    columns = [field for field in row._meta.concrete_fields if field.name not in UNSEALED]
    changes.change_somewhere(random, row, columns)
    return (place_of_history(row),)


@found_by(rows)
def say_that_somebody_else_wrote_it(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    changes.write(row, history_user_id=random.choice([None, uuid.UUID(int=random.getrandbits(128))]))
    return (place_of_history(row),)


@found_by(rows)
def delete_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    changes.erase(row)
    return (place_of_history(row),)


@found_by(rows)
def add_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    row.pk = 10**6
    changes.add(row)
    return (place_of_history(row),)


@found_by(rows)
def renumber_history(scene: Scene, random: Random) -> Naming:
    row = any_history(random)
    changes.write(row, history_id=10**6)
    return place_of_history(row), f"{row._meta.db_table} {10**6} (of "


@found_by(rows)
def delete_the_shape_of_a_table(scene: Scene, random: Random) -> Naming:
    shape = random.choice(_used_shapes())
    changes.erase(shape)
    return (shape.digest,)


@found_by(rows)
def change_the_shape_of_a_table(scene: Scene, random: Random) -> Naming:
    shape = random.choice(_used_shapes())
    columns = [field for field in RowShape._meta.concrete_fields if field.name != "digest"]
    changes.change_somewhere(random, shape, columns)
    return shape.digest, f"the shape {shape.digest[:12]}"


def _used_shapes() -> list[RowShape]:
    return [shape for shape in rows_of(RowShape)]
