"""Digests of governed rows, taken from what the database gives back, not from what was meant to be stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from audit import canonical
from audit.models import RowShape

CHANGES = {"+": "created", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class Shape:
    """Ordered column names and types of a table, on the day a digest was taken."""

    table: str
    columns: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        return canonical.digest({"table": self.table, "columns": [list(column) for column in self.columns]})

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.columns]


def shape_of(model: type[models.Model]) -> Shape:
    fields = sorted(model._governed_columns(), key=lambda field: field.attname)
    return Shape(model._meta.db_table, tuple((field.attname, field.get_internal_type()) for field in fields))


def remember(shapes: Iterable[Shape]) -> None:
    """Keeps the shapes for as long as the ledger: a digest is only checkable with the columns it was taken over."""
    new = {shape.digest: shape for shape in shapes}
    if new:
        for known in RowShape.objects.filter(digest__in=list(new)).values_list("digest", flat=True):
            del new[known]
    for digest, shape in new.items():
        columns = [list(column) for column in shape.columns]
        RowShape.objects.get_or_create(digest=digest, defaults={"table": shape.table, "columns": columns})


def digests(model: type[models.Model], keys: Iterable[Any], names: list[str]) -> dict[Any, str]:
    """SHA-256 of each live row of `model` with these keys, over the columns `names`; absent rows are left out."""
    values = model._base_manager.filter(pk__in=list(keys)).values_list(model._meta.pk.attname, *names)
    return {key: row_digest(model._meta.db_table, names, row) for key, *row in values}


@dataclass(frozen=True)
class HistoryRow:
    """What a history row says of a row, and who wrote it. The newest one has the live row's digest as long as both are
    true."""

    history_id: int
    key: Any
    change: str
    digest: str
    person: Any


def history(model: type[models.Model], history_ids: Iterable[int], names: list[str]) -> list[HistoryRow]:
    """The history rows with these ids in the order they were written; absent ones are left out."""
    table = model._meta.db_table
    found = model.history.model.objects.filter(history_id__in=list(history_ids)).order_by("history_id")
    return [
        HistoryRow(history_id, key, CHANGES.get(history_type, history_type), row_digest(table, names, values), person)
        for history_id, history_type, person, key, *values in found.values_list(
            "history_id", "history_type", "history_user_id", model._meta.pk.attname, *names
        )
    ]


def row_digest(table: str, names: list[str], values: Iterable[Any]) -> str:
    return canonical.digest({"table": table, "row": canonical.plain(dict(zip(names, values, strict=True)))})
