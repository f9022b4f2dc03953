"""The deep proof: governed rows and their history are what the events recorded of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import F, Func, Q

from audit import rows
from audit.governed import GovernedModel, governed_models
from audit.models import Event, RowShape
from audit.verify.findings import UNREADABLE, Fault, Proof, unreadable

CHUNK = 1000
TEXT = models.CharField()
WHOLE = ("integer",)
#: How SQLite keeps what is no text, by the kind of column.
STORAGE = {
    "BigAutoField": WHOLE,
    "AutoField": WHOLE,
    "BigIntegerField": WHOLE,
    "BooleanField": WHOLE,
    "IntegerField": WHOLE,
    "PositiveBigIntegerField": WHOLE,
    "PositiveIntegerField": WHOLE,
    "PositiveSmallIntegerField": WHOLE,
    "SmallIntegerField": WHOLE,
    "DecimalField": ("integer", "real", "text"),
    "BinaryField": ("blob",),
}
T = TypeVar("T")
Record = dict[str, Any]


def rows_as_recorded() -> Proof:
    """Every live governed row and every history row has the digest that an event recorded of it.

    None is missing, none is there that no event tells of. A row's last record is the one of its newest history row,
    which is signed; the order of events is not. Ask for it inside a `snapshot()` on a portal that is in use.
    """
    count, table = 0, RowShape._meta.db_table
    try:
        shapes = _shapes()
        table = Event._meta.db_table
        records = _records()
        if fault := _lost_table(records):
            return Proof(count, fault)
        for model in governed_models():
            table = model._meta.db_table
            read, fault = _prove(model, records.get(table, {}), shapes)
            count += read
            if fault:
                return Proof(count, fault)
    except UNREADABLE as error:
        return Proof(count, unreadable(table, error))
    return Proof(count)


def _prove(
    model: type[GovernedModel], of_model: dict[int, Record], shapes: dict[str, list[str]]
) -> tuple[int, Fault | None]:
    """How many live rows were found true, and what ended the reading."""
    fault = _unknown_shape(model, of_model, shapes) or _history_fault(model, of_model, shapes)
    if fault:
        return 0, fault
    last = {of_model[history_id]["key"]: of_model[history_id] for history_id in sorted(of_model)}
    count = 0
    for chunk in _chunks(last, lambda key: last[key]["shape"]):
        fault = _live_fault(model, chunk, last, shapes)
        if fault:
            return count, fault
        count += sum(last[key]["change"] != "deleted" for key in chunk)
    for table in (model, model.history.model):
        if key := _illegible(table, model._governed_columns()):
            return count, Fault(f"{table._meta.db_table} {key}", "holds what its column cannot hold")
    unknown = _unrecorded(model, last)
    if unknown:
        return count, Fault(f"{model._meta.db_table} {unknown}", "is in the database, but no event tells of it")
    return count, None


def _records() -> dict[str, dict[int, Record]]:
    """What the events say of rows, by table and number of the history row, with who did it."""
    records: dict[str, dict[int, Record]] = {}
    for actor, changed in Event.objects.values_list("actor", "rows").iterator(chunk_size=CHUNK):
        for record in changed:
            records.setdefault(record["table"], {})[record["history"]] = record | {"actor": actor}
    return records


def _shapes() -> dict[str, list[str]]:
    """Column names by a shape's digest, which is computed anew: a shape that was altered counts as missing."""
    shapes: dict[str, list[str]] = {}
    for table, columns in RowShape.objects.values_list("table", "columns"):
        with suppress(TypeError, ValueError):  # what it was altered to need not be a list of columns
            shape = rows.Shape(table, tuple((name, kind) for name, kind in columns))
            shapes[shape.digest] = shape.names
    return shapes


def _lost_table(records: dict[str, dict[int, Record]]) -> Fault | None:
    for table in sorted(records.keys() - {model._meta.db_table for model in governed_models()}):
        first = records[table][min(records[table])]
        return Fault(f"{table} {first['key']}", "is in the ledger, and its whole table is gone")
    return None


def _unknown_shape(
    model: type[GovernedModel], of_model: dict[int, Record], shapes: dict[str, list[str]]
) -> Fault | None:
    """Columns are only added: over one that is gone no digest can be taken any more."""
    columns = {field.attname for field in model._governed_columns()}
    for _, record in sorted(of_model.items()):
        where = f"{record['table']} {record['key']}"
        if record["shape"] not in shapes:
            return Fault(where, f"has a record of the shape {record['shape']}, which is gone")
        if lost := [name for name in shapes[record["shape"]] if name not in columns]:
            return Fault(where, f"has a record of the column {lost[0]}, which is gone")
    return None


def _history_fault(
    model: type[GovernedModel], of_model: dict[int, Record], shapes: dict[str, list[str]]
) -> Fault | None:
    table = model.history.model._meta.db_table
    for chunk in _chunks(sorted(of_model), lambda history_id: of_model[history_id]["shape"]):
        names = shapes[of_model[chunk[0]]["shape"]]
        found = {written.history_id: written for written in rows.history(model, chunk, names)}
        for history_id in chunk:
            fault = _history_row_fault(of_model[history_id], found.get(history_id))
            if fault:
                return Fault(f"{table} {history_id} (of {model._meta.db_table} {of_model[history_id]['key']})", fault)
    written = model.history.model.objects.order_by("history_id").values_list("history_id", model._meta.pk.attname)
    for history_id, key in written.iterator(chunk_size=CHUNK):
        if history_id not in of_model:
            return Fault(f"{table} {history_id} (of {model._meta.db_table} {key})", "is history that no event tells of")
    return None


def _history_row_fault(record: Record, written: rows.HistoryRow | None) -> str:
    if written is None:
        return "is gone"
    recorded = record["key"], record["change"], record["digest"], record["actor"]
    is_same = (str(written.key), written.change, written.digest, written.person) == recorded
    return "" if is_same else "differs from what the ledger recorded"


def _live_fault(
    model: type[GovernedModel], chunk: list[str], last: dict[str, Record], shapes: dict[str, list[str]]
) -> Fault | None:
    live = rows.digests(model, chunk, shapes[last[chunk[0]]["shape"]])
    live_digests = {str(key): digest for key, digest in live.items()}
    for key in chunk:
        fault = _row_fault(last[key], live_digests.get(key))
        if fault:
            return Fault(f"{model._meta.db_table} {key}", fault)
    return None


def _chunks(found: Iterable[T], shape_of: Callable[[T], str]) -> Iterator[list[T]]:
    """Lists of at most CHUNK, each of one shape, so that each is one query."""
    by_shape: dict[str, list[T]] = {}
    for each in found:
        by_shape.setdefault(shape_of(each), []).append(each)
    for same in by_shape.values():
        yield from (same[start : start + CHUNK] for start in range(0, len(same), CHUNK))


def _row_fault(record: Record, live_digest: str | None) -> str:
    if record["change"] == "deleted":
        return "is in the database, though the ledger says it was deleted" if live_digest else ""
    if live_digest is None:
        return "is gone, and no event says that it was deleted"
    return "" if live_digest == record["digest"] else "differs from what the ledger last recorded"


def _illegible(table: type[models.Model], columns: list[models.Field]) -> str:
    """SQLite keeps anything in any column, and some of it is given back as something else, which digests agree with: no
    moment for a text that is none, false for a truth of 1.5. Whoever looks for such rows finds others than are read."""
    if connection.vendor != "sqlite":
        return ""
    named = {f"_kept_as_{column.attname}": column for column in columns}
    kept_as = {name: Func(F(column.attname), function="typeof", output_field=TEXT) for name, column in named.items()}
    wrong = reduce(or_, (_kept_otherwise(name, column) for name, column in named.items()))
    rows_kept = table._base_manager.order_by("pk")
    for (key,) in rows_kept.annotate(**kept_as).filter(wrong).values_list("pk")[:1]:
        return str(key)
    moments = [column.attname for column in columns if isinstance(column, models.DateField)]
    for name in moments:
        there = rows_kept.filter(**{f"{name}__isnull": False}).values_list("pk", name)
        for key, moment in there.iterator(chunk_size=CHUNK):
            if moment is None:
                return str(key)
    return ""


def _kept_otherwise(name: str, column: models.Field) -> Q:
    kind = (column.target_field if isinstance(column, models.ForeignKey) else column).get_internal_type()
    storage = STORAGE.get(kind, ("text",)) + (("null",) if column.null else ())
    wrong = ~Q((f"{name}__in", storage))
    if kind == "BooleanField":
        wrong |= Q((f"{column.attname}__isnull", False)) & ~Q((f"{column.attname}__in", [True, False]))
    return wrong


def _unrecorded(model: type[GovernedModel], recorded: Container[str]) -> str:
    for key in model._base_manager.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK):
        if str(key) not in recorded:
            return str(key)
    return ""
