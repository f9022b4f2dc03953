"""The one write path: every change of a governed row happens inside an `entry`, which leaves one event.

    with ledger.entry("registry.model.registered", by=person) as entry:
        model = AIModel(...)
        model.save()
        entry.subject = model

The outermost entry is one durable database transaction. Leaving it writes the event: canonical bytes and a MAC over
who, what, about what, why, and the SHA-256 of every governed row changed inside, read back from the database. Event
and change commit together or not at all. A refusal (PermissionDenied, ValidationError) rolls everything back and is
then written down in a transaction of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, models, transaction

from audit import canonical, keys, kinds, names, outbox, refusals, rows, telemetry, tree, turns, webhook
from audit.actors import Actor, Actors
from audit.halts import Halted
from audit.models import Event, reference
from audit.outbox import Telling

T = TypeVar("T", bound=models.Model)

UNIQUE_VIOLATION = "23505"
#: What the bytes of an event are called by those who read them without us.
FORMAT = "gatehouse-event/1"

request_id: ContextVar[str] = ContextVar("request_id", default="")
_current: ContextVar[Entry | None] = ContextVar("entry", default=None)


class Ungoverned(RuntimeError):
    """A programming error: a governed row was about to change outside the one write path."""


class Conflict(ValidationError):
    """Somebody wrote the same at the same moment: the rules let both through, and the database kept one."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody saved the same at the same moment. Look at what is there now, then try again.", code="conflict"
        )


class Entry:
    """An open transaction of one actor. `subject` may be set while it is open, once it exists; facts likewise."""

    def __init__(
        self,
        kind: str,
        *,
        actor: Actor,
        subject: models.Model | None,
        reason: str,
        outer: Entry | None,
        on_behalf_of: Actor | None = None,
    ) -> None:
        self.kind = kinds.declared(kind).name
        self.uid = uuid.uuid4()
        self.actor = actor
        self.subject = subject
        self.reason = reason
        self.on_behalf_of = on_behalf_of
        self.facts: dict[str, Any] = {}
        self.cause = outer.uid if outer else None
        self._transaction: uuid.UUID = outer._transaction if outer else self.uid
        self._newest: dict[str, int] = outer._newest if outer else {}
        self._changed: dict[type[models.Model], set[Any]] = {}
        self._history: dict[type[models.Model], list[int]] = {}
        self._told: list[Telling] = []
        self._at_end: dict[Hashable, Callable[[], object]] = outer._at_end if outer else {}

    def at_end(self, of: Hashable, act: Callable[[], object]) -> None:
        """Has `act` done once, however often it is asked for, when the outermost entry has done its own, and within its
        transaction."""
        self._at_end[of] = act

    def finish(self) -> None:
        while self._at_end:
            self._at_end.pop(next(iter(self._at_end)))()

    def require(self, permission: str, subject: models.Model | None = None) -> None:
        """Raises PermissionDenied unless the actor, as read in this transaction, holds `permission` (on `subject`)."""
        if not self.actor.has_perm(permission, subject):
            raise PermissionDenied(f"You do not have the right “{permission}” here.")

    def lock(self, queryset: models.QuerySet[T]) -> list[T]:
        """Reads the rows of `queryset` for writing, in key order, and holds them until the transaction ends.

        PostgreSQL locks each row; SQLite has held its only write lock since BEGIN IMMEDIATE.
        """
        queryset = queryset.order_by("pk")
        if connection.features.has_select_for_update_of:
            queryset = queryset.select_for_update(of=("self",))
        found = list(queryset)
        for row in found:
            self._hold(row)
        return found

    def lock_one(self, row: T) -> T:
        """The row as it stands now, locked. Raises its DoesNotExist when it is gone."""
        found = self.lock(type(row)._default_manager.filter(pk=row.pk))
        if not found:
            raise type(row).DoesNotExist(f"{row!r} is gone.")
        return found[0]

    def holds(self, row: models.Model) -> bool:
        """Whether this very instance was read by `lock()`, or created, since the transaction began.

        Another instance of the same row may be older than the lock, and saving it would undo what it does not know of.
        """
        return getattr(row, "_held_in", None) == self._transaction

    def _hold(self, row: models.Model) -> None:
        row._held_in = self._transaction

    def record(self, row: models.Model) -> None:
        """Called by a governed row that was saved or is being deleted."""
        self._changed.setdefault(type(row), set()).add(row.pk)
        self._hold(row)

    def note_history(self, row: models.Model, history_id: int) -> None:
        self._history.setdefault(type(row), []).append(history_id)
        self._newest[reference(row)] = history_id

    def tell(self, *told: Telling) -> None:
        """Tells the world once (and only if) this transaction commits."""
        self._told += told

    def write(self) -> Event:
        """Writes the event. Called when the block is left without an exception."""
        subject = self.subject if self.subject is not None else self.actor
        turn = turns.take(reference(subject))
        event = Event(
            uid=self.uid,
            kind=self.kind,
            subject=reference(subject),
            subject_number=turn.number,
            stream=reference(subject.ledger_root()),
            label=subject.ledger_label(),
            actor=self.actor.pk,
            token=self.actor.token.pk if self.actor.token else None,
            on_behalf_of=self.on_behalf_of.pk if self.on_behalf_of else None,
            reason=self.reason,
            cause=self.cause,
            request_id=request_id.get(),
            at=turn.at,
            facts=canonical.plain(self.facts),
            rows=self._row_records(),
        )
        event.canonical = canonical_bytes(event)
        event.mac, event.key_id = keys.sign(event.canonical)
        event.save(force_insert=True)
        tree.enqueue(event)
        outbox.put([*self._told, *webhook.messages_about(event)], event=self.uid)
        if turn.label_before != event.label:
            names.keep(event)
        telemetry.count_event(self.kind)
        return event

    def _row_records(self) -> list[dict[str, Any]]:
        """One record a history row, in a fixed order, from rows and history rows as the database gives them back."""
        models_changed = sorted(self._changed, key=lambda model: model._meta.label)
        rows.remember([rows.shape_of(model) for model in models_changed])
        return [record for model in models_changed for record in self._records_of(model)]

    def _records_of(self, model: type[models.Model]) -> list[dict[str, Any]]:
        shape = rows.shape_of(model)
        live = rows.digests(model, self._changed[model], shape.names)
        past = rows.history(model, self._history.get(model, []), shape.names)
        unwritten = self._changed[model] - {written.key for written in past}
        if unwritten:
            raise RuntimeError(f"{model.__name__} {unwritten} was saved without a history row.")
        for written in past:
            expected = None if written.change == "deleted" else written.digest
            if self._is_newest(model, written) and live.get(written.key) != expected:
                raise RuntimeError(f"The history of {model.__name__} {written.key} differs from the row itself.")
        return [
            {
                "table": shape.table,
                "key": str(written.key),
                "change": written.change,
                "shape": shape.digest,
                "digest": written.digest,
                "history": written.history_id,
            }
            for written in past
        ]

    def _is_newest(self, model: type[models.Model], written: rows.HistoryRow) -> bool:
        return self._newest[f"{model._meta.label_lower}:{written.key}"] == written.history_id


@contextmanager
def entry(
    kind: str,
    *,
    by: Actor,
    subject: models.Model | None = None,
    reason: str = "",
    on_behalf_of: Actor | None = None,
) -> Iterator[Entry]:
    """Opens the transaction of one action.

    An entry inside an entry writes an event of its own, whose `cause` is the outer one's, and commits with it.
    `subject` defaults to the actor; `on_behalf_of` is who had it done, where that is somebody else.

    Raises whatever the block raises; PermissionDenied when the actor may not act at all any more (inactive, token
    ended), Conflict when what it wrote was there a moment before, Halted while nothing may be written.
    """
    outer = _current.get()
    try:
        with transaction.atomic(durable=outer is None):
            actor = outer.actor if outer and outer.actor.pk == by.pk else _actors().acting(by)
            inner = Entry(kind, actor=actor, subject=subject, reason=reason, outer=outer, on_behalf_of=on_behalf_of)
            with _opened(inner) as opened:
                yield opened
            if outer is None:
                transaction.on_commit(tree.integrate_overdue, robust=True)
    except Halted:
        raise
    except (PermissionDenied, ValidationError) as refusal:
        if outer is None:
            _write_refusal(kind, by=by, subject=subject, refusal=refusal)
        raise
    except IntegrityError as error:
        if outer is not None or not _says_that_it_is_there(error):
            raise
        conflict = Conflict()
        _write_refusal(kind, by=by, subject=subject, refusal=conflict)
        raise conflict from error


def _says_that_it_is_there(error: IntegrityError) -> bool:
    """Whether a constraint of uniqueness refused; other constraints refuse what no action may try."""
    cause = error.__cause__
    if connection.vendor == "postgresql":
        return getattr(cause, "sqlstate", "") == UNIQUE_VIOLATION
    return getattr(cause, "sqlite_errorname", "") in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def _write_refusal(
    kind: str, *, by: Actor, subject: models.Model | None, refusal: PermissionDenied | ValidationError
) -> None:
    """Writes `<kind>.refused` in a transaction of its own, unless the same refusal was written within the minute.

    Whoever is refused may be somebody who may not act at all, so the actor is not read anew.
    """
    telemetry.count_refusal(kind, refusals.codes(refusal))
    about = subject if subject is not None and subject.pk is not None else by
    times = refusals.count(kind, actor=by.pk, subject=reference(about))
    if not times:
        return
    # While nothing may be written, what was refused is said to whoever tried, and to nobody else.
    with suppress(Halted), transaction.atomic(durable=True):
        refused = Entry(kinds.refusal_name(kind), actor=by, subject=about, reason="", outer=None)
        refused.facts = {"codes": refusals.codes(refusal), "times": times}
        refused.write()


@contextmanager
def _opened(opened: Entry) -> Iterator[Entry]:
    mark = _current.set(opened)
    try:
        yield opened
        if opened.cause is None:
            opened.finish()
        opened.write()
    finally:
        _current.reset(mark)


def current() -> Entry:
    """The innermost open entry. Raises Ungoverned outside of one."""
    opened = _current.get()
    if opened is None:
        raise Ungoverned("Governed rows change only inside audit.ledger.entry().")
    return opened


def current_actor_id() -> uuid.UUID | None:
    opened = _current.get()
    return opened.actor.pk if opened else None


def canonical_bytes(event: Event) -> bytes:
    """The bytes under the MAC: RFC 8785 JSON of everything the event says."""
    return canonical.encode(
        {
            "format": FORMAT,
            "uid": str(event.uid),
            "kind": event.kind,
            "subject": event.subject,
            "subject_number": event.subject_number,
            "stream": event.stream,
            "label": event.label,
            "actor": str(event.actor),
            "token": canonical.plain(event.token),
            "on_behalf_of": canonical.plain(event.on_behalf_of),
            "reason": event.reason,
            "cause": canonical.plain(event.cause),
            "request_id": event.request_id,
            "at": canonical.plain(event.at),
            "facts": event.facts,
            "rows": event.rows,
        }
    )


def _actors() -> Actors:
    return get_user_model().objects
