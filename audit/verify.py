"""Proves the ledger's events whole, and every governed row equal to what the ledger last said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from audit import keys, ledger, rows
from audit.governed import governed_models
from audit.models import Event, RowShape

CHUNK = 1000


@dataclass(frozen=True)
class Fault:
    """The first thing found that is not as it was written. `where` names an event or a row."""

    where: str
    what: str


@dataclass(frozen=True)
class Proof:
    """How much was read before the end, or before `fault`."""

    events: int
    rows: int
    fault: Fault | None = None


def events_whole(events: QuerySet[Event] | None = None) -> Proof:
    """Checks each event's MAC, its columns against its bytes, and that each subject's numbers have no gap."""
    last_numbers: dict[str, int] = {}
    count = 0
    for event in _in_order(events):
        fault = _fault_of(event, last_numbers)
        if fault:
            return Proof(count, 0, Fault(f"event {event.pk} ({event.kind}, {event.label})", fault))
        last_numbers[event.subject] = event.subject_number
        count += 1
    return Proof(count, 0)


def rows_as_recorded() -> Proof:
    """The deep proof: every live governed row has the digest of the last event that changed it, and none is missing."""
    recorded = _last_records()
    shapes = dict(RowShape.objects.values_list("digest", "columns"))
    count = 0
    for model in governed_models():
        table = model._meta.db_table
        for record_shape, keys_of_shape in _keys_by_shape(recorded, table).items():
            names = [name for name, _ in shapes[record_shape]]
            for start in range(0, len(keys_of_shape), CHUNK):
                chunk = keys_of_shape[start : start + CHUNK]
                live = {str(key): digest for key, digest in rows.digests(model, chunk, names).items()}
                for key in chunk:
                    fault = _row_fault(recorded[table, key], live.get(key))
                    if fault:
                        return Proof(0, count, Fault(f"{table} {key}", fault))
                    count += 1
        unknown = _unrecorded(model, recorded)
        if unknown:
            return Proof(0, count, Fault(f"{table} {unknown}", "is in the database, but no event tells of it"))
    return Proof(0, count)


def _in_order(events: QuerySet[Event] | None) -> Iterator[Event]:
    return (events if events is not None else Event.objects.all()).order_by("id").iterator(chunk_size=CHUNK)


def _fault_of(event: Event, last_numbers: dict[str, int]) -> str:
    if not keys.verifies(bytes(event.canonical), bytes(event.mac), event.key_id):
        return "its bytes are not those that were signed"
    if ledger.canonical_bytes(event) != bytes(event.canonical):
        return "its columns differ from its signed bytes"
    expected = last_numbers.get(event.subject, 0) + 1
    if event.subject_number != expected:
        return f"it is number {event.subject_number} of {event.subject}, but {expected} is missing"
    return ""


def _last_records() -> dict[tuple[str, str], dict[str, str]]:
    recorded: dict[tuple[str, str], dict[str, str]] = {}
    for changed in Event.objects.order_by("id").values_list("rows", flat=True).iterator(chunk_size=CHUNK):
        for record in changed:
            recorded[record["table"], record["key"]] = record
    return recorded


def _keys_by_shape(recorded: dict[tuple[str, str], dict[str, str]], table: str) -> dict[str, list[str]]:
    by_shape: dict[str, list[str]] = {}
    for (of, key), record in recorded.items():
        if of == table:
            by_shape.setdefault(record["shape"], []).append(key)
    return by_shape


def _row_fault(record: dict[str, str], live_digest: str | None) -> str:
    if record["change"] == "deleted":
        return "is in the database, though the ledger says it was deleted" if live_digest else ""
    if live_digest is None:
        return "is gone, and no event says that it was deleted"
    return "" if live_digest == record["digest"] else "differs from what the ledger last recorded"


def _unrecorded(model: type, recorded: dict[tuple[str, str], dict[str, str]]) -> str:
    table = model._meta.db_table
    for key in model._base_manager.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK):
        if (table, str(key)) not in recorded:
            return str(key)
    return ""
