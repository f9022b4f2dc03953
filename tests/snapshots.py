"""What stood in the database before, written again: the same rows without the work of making them."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import connection, transaction

from approvals.models import Policy, PolicyStage, Threshold
from audit.models import Event
from registry.models import Person, Questionnaire, RiskTier

Row = tuple[Any, ...]
Told = TypeVar("Told")


SEEDS = (RiskTier, Questionnaire, Policy, PolicyStage, Threshold)


@dataclass(frozen=True)
class Baseline:
    """Everything that stands in a database at one moment, by table."""

    rows: dict[str, set[Row]]

    @classmethod
    def now(cls) -> Baseline:
        return cls({table: set(_rows(table)) for table in _tables()})

    def restore(self) -> None:
        """Nothing else is left, and each row has the key that it had."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                if set(_rows(table)) != rows:
                    cursor.execute(f"DELETE FROM {_quoted(table)}")
                    cursor.executemany(_upsert(table), list(rows))


@dataclass(frozen=True)
class Snapshot:
    """What something added to a database or changed in it, by table."""

    rows: dict[str, list[Row]]
    told: Any

    @classmethod
    def of(cls, build: Callable[[], Any]) -> Snapshot:
        """Runs `build`, which takes nothing away, and keeps what it wrote and what it returned."""
        before = Baseline.now().rows
        told = build()
        written = {table: [row for row in _rows(table) if row not in seen] for table, seen in before.items()}
        return cls({table: rows for table, rows in written.items() if rows}, told)

    def restore(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                cursor.executemany(_upsert(table), rows)


def told_once(tell: Callable[..., Told], *, is_long: bool = False) -> Callable[..., Told]:
    """For what tells the same story on the same ground again and again: kept when it is told the second time, a long
    one the first time, and written down again after that.

    What it returns is a copy, so that nobody changes what the next one gets. A story about more than the cast and plain
    values is told each time: another test's row may bear the same key, and another file the same name. Under other
    settings it is another story. Whoever puts something in the place of the code that tells has to do that afterwards.
    """
    heard: set[Hashable] = set()
    kept: dict[Hashable, Snapshot] = {}

    @wraps(tell)
    def telling(*args: Any, **changes: Any) -> Told:
        if not all(_is_plain(given) for given in (*args[1:], *changes.values())):
            return tell(*args, **changes)
        story = (repr(args), repr(changes), repr(_other_settings()), ground())
        if story in kept:
            kept[story].restore()
        elif is_long or story in heard:
            kept[story] = Snapshot.of(lambda: tell(*args, **changes))
        else:
            heard.add(story)
            return tell(*args, **changes)
        return copy.deepcopy(kept[story].told)

    return telling


def _other_settings() -> list[dict[str, Any]]:
    """What the test that is running has changed, the last change first. Where a signer has its files changes no story:
    what seals events in there is the same."""
    changed, layer = [], settings._wrapped
    while isinstance(layer, UserSettingsHolder):
        changed.append({name: value for name, value in vars(layer).items() if _matters(name)})
        layer = layer.default_settings
    return changed


def _matters(name: str) -> bool:
    return name.isupper() and name not in ("LEDGER_KEYS", "LEDGER_ORIGIN")


def _is_plain(given: Any) -> bool:
    if isinstance(given, Mapping):
        return all(map(_is_plain, given.values()))
    if isinstance(given, list | tuple):
        return all(map(_is_plain, given))
    return given is None or isinstance(given, str | int | Decimal | datetime.date)


def ground() -> Hashable:
    """The seeds and people that other rows name, who come under new keys after a test with real transactions, how many
    rows there are of everything, and the seal of the last event: another one, whatever else was done before."""
    tables = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM {_quoted(table)}" for table in _tables())
    with connection.cursor() as cursor:
        cursor.execute(tables)
        counted = frozenset(cursor.fetchall())
    seeds = repr([list(seed.objects.order_by("pk").values_list()) for seed in SEEDS])
    people = tuple(Person.objects.order_by("pk").values_list("pk", flat=True))
    last = Event.objects.order_by("-pk").values_list("mac", flat=True).first()
    return seeds, people, counted, bytes(last or b"")


def _tables() -> dict[str, str]:
    """Each table with the column of its key."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {model._meta.db_table: model._meta.pk.column for model in models}


def _rows(table: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {_quoted(table)}")
        return cursor.fetchall()


def _upsert(table: str) -> str:
    """A row that is there already is brought to what it was."""
    key = _tables()[table]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {_quoted(table)} LIMIT 0")
        columns = [column[0] for column in cursor.description]
    others = ", ".join(f"{_quoted(column)} = excluded.{_quoted(column)}" for column in columns if column != key)
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {_quoted(table)} VALUES ({marks}) ON CONFLICT ({_quoted(key)}) DO UPDATE SET {others}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
