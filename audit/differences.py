"""What a row said before an event and after it, from its history: the columns that differ.

That the newer row is the one of the event is proved by its digest; whoever reads a difference is shown that too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Subquery

from audit import canonical, rows
from audit.models import Event, RowShape

LONGEST = 400
MOST_ROWS = 50


@dataclass(frozen=True)
class Difference:
    """`before` is "" where there was no row, `after` where there is none any more."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangedRow:
    """`record` is what the event says; `is_proved` whether the history row is the one it says so of."""

    record: Mapping[str, Any]
    differences: list[Difference] = field(default_factory=list)
    is_proved: bool = False


def of(event: Event) -> list[ChangedRow]:
    """One for each row that the event names, in its order. Two statements for each table, and one for their shapes."""
    records = event.rows[:MOST_ROWS]
    shapes = dict(RowShape.objects.filter(pk__in={record["shape"] for record in records}).values_list("pk", "columns"))
    by_table: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for record in records:
        by_table[record["table"]].append(record)
    found = {table: _of_table(table, of_table, shapes) for table, of_table in by_table.items()}
    return [found[record["table"]].get(record["history"], ChangedRow(record)) for record in records]


def _of_table(
    table: str, records: list[Mapping[str, Any]], shapes: Mapping[str, list[list[str]]]
) -> dict[int, ChangedRow]:
    model = next((each for each in apps.get_models() if each._meta.db_table == table), None)
    if model is None or not hasattr(model, "history"):
        return {}
    now = _history(model, [record["history"] for record in records])
    before = _history(model, [row["before"] for row in now.values() if row["before"]])
    return {
        record["history"]: _changed(table, record, now[record["history"]], before, shapes.get(record["shape"], []))
        for record in records
        if record["history"] in now
    }


def _history(model: type[models.Model], ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """History rows by their number, each with the number of the one before it about the same row."""
    history = model.history.model
    key = model._meta.pk.attname
    earlier = history.objects.filter(**{key: OuterRef(key)}, history_id__lt=OuterRef("history_id"))
    found = history.objects.filter(history_id__in=list(ids)).annotate(
        before=Subquery(earlier.order_by("-history_id").values("history_id")[:1])
    )
    return {row["history_id"]: row for row in found.values()}


def _changed(
    table: str,
    record: Mapping[str, Any],
    now: Mapping[str, Any],
    earlier: Mapping[int, Mapping[str, Any]],
    shape: list[list[str]],
) -> ChangedRow:
    names = [name for name, _ in shape if name in now]
    before = earlier.get(now["before"], {}) if record["change"] != "created" else {}
    after = now if record["change"] != "deleted" else {}
    texts = ((name, _text(before.get(name)), _text(after.get(name))) for name in names)
    digest = rows.row_digest(table, names, [now[name] for name in names])
    return ChangedRow(
        record=record,
        differences=[Difference(name, old, new) for name, old, new in texts if old != new],
        is_proved=digest == record["digest"],
    )


def _text(value: Any) -> str:
    """As much of it as a page can show."""
    plain = canonical.plain(value)
    text = plain if isinstance(plain, str) else "" if plain is None else canonical.encode(plain).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
