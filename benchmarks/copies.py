"""Copies of what the actions wrote: every row, its history and its events, again and again, further back in time.

Copying is the one thing in the repository that passes the one write path by: it writes straight into the tables, since
a hundred thousand models would take the actions a day. What it writes is what they wrote, with other keys, names,
people and moments; digests and MACs are computed for each copy, so that `ledger_verify --deep` finds a portfolio whole.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction

from audit import canonical, keys, ledger
from audit.governed import GovernedModel
from audit.models import Event
from registry.models import Person

Models = Sequence[type[models.Model]]
Row = list[Any]
Change = Callable[["Copy"], Any]

#: Copies written with one statement a table.
AT_ONCE = 25
#: Columns of an event that its bytes write another way.
OPAQUE = ("uid", "actor", "token", "on_behalf_of", "cause", "at")
#: Rows that a sample may have in one table.
MOST_ROWS = 2000


@dataclass(frozen=True)
class Span:
    """The keys that the sample has in one table, and the first key of its copies."""

    first: int
    width: int
    start: int

    def key(self, original: int, place: int) -> int:
        """Its key in the copy at `place`; the copies stand one after the other."""
        return self.start + place * self.width + original - self.first


@dataclass(frozen=True)
class Copy:
    """One copy: where its keys stand, how far back it lies, who and what is called otherwise in it."""

    place: int
    back: datetime.timedelta
    people: Mapping[uuid.UUID, uuid.UUID]
    texts: Mapping[str, str]
    digests: dict[tuple[str, int], str] = field(default_factory=dict)
    uids: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    def person(self, original: uuid.UUID | None) -> uuid.UUID | None:
        return self.people.get(original, original) if original else None

    def uid(self, original: uuid.UUID) -> uuid.UUID:
        return self.uids.setdefault(original, uuid.uuid4())


def leave_room(family: Models, copies: int) -> dict[type[models.Model], int]:
    """Puts the next key of each table so far on that copies of what is written from here on have room before it.

    Returns the first free key of each.
    """
    free = {model: _highest(model) + 1 for model in _tables(family) if _is_numbered(model)}
    for model, key in free.items():
        _set_next(model, key + copies * MOST_ROWS)
    return free


@dataclass
class Template:
    """One row of the sample: its columns as the database takes them, and how to find those that differ in a copy."""

    values: Row
    changes: list[tuple[int, Change]]
    plain: dict[str, Any] | None = None
    plain_changes: list[tuple[str, Change]] = field(default_factory=list)
    history: tuple[str, int] | None = None

    def in_copy(self, copy: Copy) -> Row:
        row = self.values.copy()
        for place, change in self.changes:
            row[place] = change(copy)
        if self.history:
            copy.digests[self.history] = self._digest(copy)
        return row

    def _digest(self, copy: Copy) -> str:
        plain = self.plain.copy()
        for name, change in self.plain_changes:
            plain[name] = change(copy)
        return hashlib.sha256(_canonical({"table": self.history[0], "row": plain})).hexdigest()


class Sample:
    """The rows that were written since `leave_room` gave `free`, ready to be copied.

    `texts` are the names that differ in each copy; nothing else in a text does. People have no numbers: they are named.
    """

    def __init__(
        self,
        family: Models,
        free: Mapping[type[models.Model], int],
        *,
        texts: Sequence[str],
        people: Iterable[uuid.UUID] = (),
    ) -> None:
        self._texts = texts
        self._people = set(people)
        self._family = family
        self._spans = {model: _span(model, start) for model, start in free.items()}
        #: Model and history by the name of a table, since asking a model for its history takes long.
        self._by_table = {model._meta.db_table: (model, model.history.model) for model in _governed(family)}
        self._by_label = {model._meta.label_lower: model for model in family}
        self._rows_of = {model: [*self._templates(model)] for model in _tables(family) if model is not Event}
        self._events = [*self._event_templates()]

    def write(self, copies: Iterable[Copy]) -> int:
        """Returns how many rows it wrote."""
        written = 0
        for some in _in_pieces(copies, AT_ONCE):
            with transaction.atomic():
                for model, templates in self._rows_of.items():
                    written += _insert(model, [each.in_copy(copy) for copy in some for each in templates])
                written += _insert(Event, [row(copy) for copy in some for row in self._events])
        return written

    def _rows(self, model: type[models.Model]) -> models.QuerySet:
        if model is Person:
            return Person.objects.filter(pk__in=self._people)
        return model._base_manager.filter(pk__gte=self._spans[model].first).order_by("pk")

    def _templates(self, model: type[models.Model]) -> Iterator[Template]:
        columns = model._meta.concrete_fields
        for values in self._rows(model).values_list(*(column.attname for column in columns)):
            yield self._template(model, columns, values)

    def _template(self, model: type[models.Model], columns: Sequence[models.Field], values: Sequence[Any]) -> Template:
        governed = getattr(model, "instance_type", None)
        template = Template([_stored(column, value) for column, value in zip(columns, values, strict=True)], [])
        if governed:
            names = {column.attname for column in governed._governed_columns()}
            said = {column.attname: value for column, value in zip(columns, values, strict=True)}
            template.plain = {name: canonical.plain(said[name]) for name in names}
            template.history = governed._meta.db_table, said["history_id"]
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            change = self._change(model, column, value)
            if change is None:
                continue
            template.changes.append((place, _storing(column, change)))
            if governed and column.attname in template.plain:
                template.plain_changes.append((column.attname, _plainly(change)))
        return template

    def _change(self, model: type[models.Model], column: models.Field, value: Any) -> Change | None:
        """How the value differs in a copy; None when it does not."""
        if value is None:
            return None
        if column.attname == "history_user_id" or (target := _target(model, column)) is Person:
            return lambda copy: copy.person(value)
        if target in self._spans:
            span = self._spans[target]
            return lambda copy: span.key(value, copy.place)
        if isinstance(column, models.DateTimeField | models.DateField):
            return lambda copy: value - copy.back
        if isinstance(column, models.CharField | models.TextField | models.JSONField):
            return self._other_text(value)
        return None

    def _other_text(self, value: Any) -> Change | None:
        said = value if isinstance(value, str) else json.dumps(value)
        named = [text for text in self._texts if text in said]
        if not named:
            return None

        def renamed(copy: Copy) -> str:
            text = said
            for name in named:
                text = text.replace(name, copy.texts[name])
            return text

        return renamed if isinstance(value, str) else lambda copy: json.loads(renamed(copy))

    def _text_in_copy(self, value: Any) -> Change:
        return self._other_text(value) or (lambda copy: value)

    def _event_templates(self) -> Iterator[Callable[[Copy], Row]]:
        signer = keys._newest()
        for event in self._rows(Event):
            if self._is_of_family(event.subject):
                yield self._event(event, signer)

    def _is_of_family(self, subject: str) -> bool:
        table, _, key = subject.partition(":")
        if table == Person._meta.label_lower:
            return Person in self._family and uuid.UUID(key) in self._people
        return table in self._by_label

    def _event(self, event: Event, signer: tuple[str, bytes]) -> Callable[[Copy], Row]:
        stores = [(column.attname, _store(column)) for column in Event._meta.concrete_fields]
        kept = {name: getattr(event, name) for name, _ in stores}
        said = json.loads(ledger.canonical_bytes(event))
        signed = [name for name in said if name in kept]
        label, reason, facts = map(self._text_in_copy, (event.label, event.reason, event.facts))
        span = self._spans[Event]

        def row(copy: Copy) -> Row:
            values = kept | {
                "id": span.key(event.pk, copy.place),
                "uid": copy.uid(event.uid),
                "subject": self._reference(event.subject, copy),
                "stream": self._reference(event.stream, copy),
                "label": label(copy),
                "actor": copy.person(event.actor),
                "reason": reason(copy),
                "cause": copy.uid(event.cause) if event.cause else None,
                "at": event.at - copy.back,
                "facts": facts(copy),
                "rows": [self._record(record, copy) for record in event.rows],
            }
            plain = {name: values[name] for name in signed if name not in OPAQUE}
            plain |= {name: values[name] and canonical.plain(values[name]) for name in OPAQUE}
            content = _canonical(plain | {"format": said["format"]})
            values |= {"canonical": content, "mac": hmac.digest(signer[1], content, "sha256"), "key_id": signer[0]}
            return [store(values[name]) for name, store in stores]

        return row

    def _record(self, record: dict[str, Any], copy: Copy) -> dict[str, Any]:
        model, history = self._by_table[record["table"]]
        return record | {
            "key": self._key(model, record["key"], copy),
            "history": self._spans[history].key(record["history"], copy.place),
            "digest": copy.digests[record["table"], record["history"]],
        }

    def _reference(self, reference: str, copy: Copy) -> str:
        label, _, key = reference.partition(":")
        return f"{label}:{self._key(self._by_label[label], key, copy)}"

    def _key(self, model: type[models.Model], key: str, copy: Copy) -> str:
        if model is Person:
            return str(copy.person(uuid.UUID(key)))
        return str(self._spans[model].key(int(key), copy.place))


def _canonical(value: Any) -> bytes:
    """RFC 8785 for what `canonical.plain` gives and whose names are ASCII, at a tenth of the time."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _target(model: type[models.Model], column: models.Field) -> type[models.Model] | None:
    """The table whose key the column holds: its own, that of the row a history row is about, or a foreign one."""
    if column.primary_key:
        return model
    governed = getattr(model, "instance_type", None)
    if governed and column.attname == governed._meta.pk.attname:
        return governed
    return column.remote_field.model if column.remote_field else None


def _stored(column: models.Field, value: Any) -> Any:
    return _store(column)(value)


def _store(column: models.Field) -> Callable[[Any], Any]:
    """How a value of the column is handed to the database. Moments are in UTC, as they were read."""
    kind = column.target_field if column.remote_field else column
    is_sqlite = connection.vendor == "sqlite"
    if isinstance(kind, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, ensure_ascii=False)
    if isinstance(kind, models.DateTimeField) and is_sqlite:
        return lambda value: value and str(value.replace(tzinfo=None))
    if isinstance(kind, models.UUIDField) and is_sqlite:
        return lambda value: value and value.hex
    if isinstance(kind, models.DateField | models.DecimalField):
        return lambda value: kind.get_db_prep_save(value, connection)
    if isinstance(kind, models.BinaryField):
        return lambda value: value and bytes(value)
    return str if isinstance(kind, models.FileField) else lambda value: value


def _storing(column: models.Field, change: Change) -> Change:
    store = _store(column)
    return lambda copy: store(change(copy))


def _plainly(change: Change) -> Change:
    return lambda copy: canonical.plain(change(copy))


def _is_numbered(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, models.AutoField | models.BigAutoField)


def _highest(model: type[models.Model]) -> int:
    return model._base_manager.order_by().aggregate(highest=models.Max("pk"))["highest"] or 0


def _tables(family: Models) -> list[type[models.Model]]:
    """With their histories, which come first: the digests of their rows stand in the events, which come last."""
    return [*(model.history.model for model in _governed(family)), *family, Event]


def _governed(family: Models) -> list[type[GovernedModel]]:
    return [model for model in family if issubclass(model, GovernedModel)]


def _span(model: type[models.Model], start: int) -> Span:
    written = model._base_manager.filter(pk__gte=start).order_by("pk")
    keys_ = written.aggregate(first=models.Min("pk"), last=models.Max("pk"))
    if keys_["first"] is None:
        return Span(start, 0, start)
    width = keys_["last"] - keys_["first"] + 1
    if width > MOST_ROWS:
        raise ValueError(f"The sample has {width} rows in {model._meta.db_table}; there is room for {MOST_ROWS}.")
    return Span(keys_["first"], width, start)


def _set_next(model: type[models.Model], key: int) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)", [table, model._meta.pk.column, key]
            )
            return
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key - 1])


def _insert(model: type[models.Model], rows: list[Row]) -> int:
    quoted = ", ".join(connection.ops.quote_name(column.column) for column in model._meta.concrete_fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(model._meta.concrete_fields))
            cursor.cursor.connection.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", rows)
    return len(rows)


def _in_pieces(copies: Iterable[Copy], size: int) -> Iterator[list[Copy]]:
    piece: list[Copy] = []
    for copy in copies:
        piece.append(copy)
        if len(piece) == size:
            yield piece
            piece = []
    if piece:
        yield piece
