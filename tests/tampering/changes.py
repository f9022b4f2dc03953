"""Other values for columns: anything else of the same type, as somebody writes it who has the database."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from random import Random
from typing import Any

from django.db import Error, connection, models, transaction

from audit import merkle, signing
from audit.models import Event, Leaf, TreeNode
from audit.notes import Head, SigningKey
from tests.attacks import past_the_guards
from tests.tampering.scene import plain

TRIES = 40


class Refused(Exception):
    """The database let none of the tries through: its constraints leave no other value."""


def change_somewhere(random: Random, row: models.Model, fields: list[models.Field]) -> models.Field:
    """Changes one column of the row, whichever the database's other constraints allow; returns which."""
    for _ in range(TRIES):
        field = random.choice(fields)
        if change(random, row, field):
            return field
    raise Refused(f"{row!r}: {[field.name for field in fields]}")


def change(random: Random, row: models.Model, field: models.Field) -> bool:
    """Whether the database took another value, past the guards."""
    value = getattr(row, field.attname)
    other = other_than(random, field, value)
    if other == value and type(other) is type(value):
        return False
    return write(row, **{field.attname: other})


def write(row: models.Model, **values: Any) -> bool:
    try:
        with transaction.atomic(), past_the_guards(row._meta.db_table):
            return plain(type(row)).filter(pk=row.pk).update(**values) == 1
    except (Error, ValueError):
        return False


def raw(row: models.Model, field: models.Field, literal: str) -> bool:
    """Whether the database took what stands for a value in SQL."""
    table, key = row._meta.db_table, row._meta.pk
    name = connection.ops.quote_name
    where = key.get_db_prep_value(row.pk, connection)
    try:
        with transaction.atomic(), past_the_guards(table), connection.cursor() as cursor:
            statement = f"UPDATE {name(table)} SET {name(field.column)} = {literal} WHERE {name(key.column)} = %s"
            cursor.execute(statement, [where])
            return cursor.rowcount == 1
    except Error:
        return False


def erase(*rows: models.Model) -> None:
    """Raises the database's error where a foreign key stands in the way."""
    tables = {row._meta.db_table for row in rows}
    with transaction.atomic(), past_the_guards(*tables):
        for row in rows:
            plain(type(row)).filter(pk=row.pk)._raw_delete("default")


def add(*rows: models.Model) -> None:
    with transaction.atomic():
        for row in rows:
            plain(type(row)).bulk_create([row])


def other_than(random: Random, field: models.Field, value: Any) -> Any:
    if field.null and value is not None and random.random() < 0.2:
        return None
    if isinstance(field, models.ForeignKey):
        others = plain(field.related_model).exclude(pk=value).values_list("pk", flat=True)
        return random.choice(list(others)) if others else value
    if isinstance(field, models.DateTimeField):
        return (value or datetime.datetime.now(datetime.UTC)) + datetime.timedelta(seconds=random.uniform(-1e6, 1e6))
    if isinstance(field, models.DateField):
        return (value or datetime.date(2026, 1, 1)) + datetime.timedelta(days=random.randint(1, 900))
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DecimalField):
        return (value or Decimal(0)) + random.choice([Decimal(1), Decimal("0.001"), -Decimal("0.01")])
    if isinstance(field, models.UUIDField):
        return uuid.UUID(int=random.getrandbits(128))
    if isinstance(field, models.IntegerField):
        return random.choice([(value or 0) - 1, (value or 0) + 1, (value or 0) + 1000, 2**31 - 1])
    if isinstance(field, models.JSONField):
        return _other_json(random, value)
    if isinstance(field, models.BinaryField):
        return flipped(random, bytes(value or b"x"))
    return _other_text(random, field, value or "")


def flipped(random: Random, content: bytes) -> bytes:
    """With one bit that is another."""
    place = random.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << random.randrange(8)]) + content[place + 1 :]


def _other_json(random: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.7:
        name = random.choice(sorted(value))
        return value | {name: _other_json(random, value[name])}
    if isinstance(value, list) and value and random.random() < 0.7:
        return [_other_json(random, value[0]), *value[1:]]
    others = [None, True, 1, 0, "", "forged", [], {}, {"forged": "1"}]
    return random.choice([other for other in others if (other, type(other)) != (value, type(value))])


def _other_text(random: Random, field: models.Field, value: str) -> str:
    choices = [choice for choice, _ in field.flatchoices if choice != value]
    if choices and random.random() < 0.8:
        return random.choice(choices)
    tried = random.choice([value + "x", value[:-1], value.upper(), value.replace("e", "a"), "forged", " " + value])
    return tried[: field.max_length] if field.max_length else tried


def place_anew(numbers: list[int]) -> None:
    with past_the_guards("audit_leaf"):
        Leaf.objects.all().delete()
        Leaf.objects.bulk_create([Leaf(index=index, event_id=number) for index, number in enumerate(numbers)])
    grow_anew()


def grow_anew() -> None:
    """All nodes as they follow from the leaves."""
    contents = dict(Event.objects.values_list("pk", "canonical"))
    growth, nodes = merkle.Growth(), []
    for number in Leaf.objects.order_by("index").values_list("event", flat=True):
        nodes += growth.add(merkle.leaf_hash(bytes(contents[number])))
    with past_the_guards("audit_treenode"):
        TreeNode.objects.all().delete()
        TreeNode.objects.bulk_create([TreeNode(number=number, hash=node) for number, node in enumerate(nodes)])


def foreign_note(size: int, root: bytes, epoch: int) -> str:
    """A checkpoint that somebody else has signed under the name of this log."""
    name = signing.origin_of(signing.verifier().name, epoch)
    return SigningKey.made(name).note(Head(size, root), at=1_700_000_000)


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
