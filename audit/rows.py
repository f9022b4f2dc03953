"""Digests of governed rows, taken from what the database gives back, not from what was meant to be stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from audit import canonical
from audit.models import RowShape


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


def remember(shape: Shape) -> None:
    """Keeps the shape for as long as the ledger: a digest is only checkable with the columns it was taken over."""
    RowShape.objects.get_or_create(
        digest=shape.digest,
        defaults={"table": shape.table, "columns": [list(column) for column in shape.columns]},
    )


def digests(model: type[models.Model], keys: Iterable[Any], names: list[str]) -> dict[Any, str]:
    """SHA-256 of each live row of `model` with these keys, over the columns `names`; absent rows are left out."""
    return _digests(model, model._base_manager.filter(pk__in=list(keys)), names)


def history_digests(model: type[models.Model], history_ids: Iterable[int], names: list[str]) -> dict[Any, str]:
    """The same digest, taken over history rows; equal to the live row's as long as history tells the truth."""
    return _digests(model, model.history.model.objects.filter(history_id__in=list(history_ids)), names)


def _digests(model: type[models.Model], queryset: models.QuerySet, names: list[str]) -> dict[Any, str]:
    key_name = model._meta.pk.attname
    values = queryset.values_list(key_name, *names)
    return {key: row_digest(model._meta.db_table, names, row) for key, *row in values}


def row_digest(table: str, names: list[str], values: Iterable[Any]) -> str:
    return canonical.digest({"table": table, "row": canonical.plain(dict(zip(names, values, strict=True)))})
