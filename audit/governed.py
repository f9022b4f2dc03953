"""Rows that may only change inside a ledger entry.

A governed model has a history (django-simple-history), is written inside `audit.ledger.entry` by `save()` or `delete()`
of one row, or by `create_all()` of new ones, and only after a row was read there by `entry.lock()` or created there.
Every other way that Django offers to change a row is refused here. What is left (raw SQL, a restored table) is found by
`ledger_verify --deep`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models.signals import pre_delete, pre_save
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from audit import canonical, ledger
from audit.ledger import Ungoverned


class GovernedQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> int:
        raise Ungoverned(f"{self.model.__name__}.objects.update() leaves no trace; save each row inside an entry.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Ungoverned(f"{self.model.__name__}.objects.delete() leaves no trace; delete each row inside an entry.")

    def bulk_create(self, *args: Any, **kwargs: Any) -> list:
        raise Ungoverned(f"{self.model.__name__}.objects.bulk_create() leaves no trace; save each row inside an entry.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise Ungoverned(f"{self.model.__name__}.objects.bulk_update() leaves no trace; save each row inside an entry.")

    def _raw_delete(self, using: str) -> int:
        raise Ungoverned(f"{self.model.__name__} rows are not deleted in bulk.")


class _HistoryManager(HistoryManager):
    """The library puts its class together anew at each look at a history, which took longer than the look."""

    @classmethod
    @cache
    def from_queryset(
        cls, queryset_class: type[models.QuerySet], class_name: str | None = None
    ) -> type[HistoryManager]:
        return super().from_queryset(queryset_class, class_name)


class History(HistoricalRecords):
    """simple-history, with the person of the entry (never of a middleware) and ids that grow."""

    def __init__(self, **kwargs: Any) -> None:
        options = {
            "inherit": True,
            "history_manager": _HistoryManager,
            "history_id_field": models.BigAutoField(),
            "history_user_id_field": models.UUIDField(null=True),
            "history_user_getter": lambda row: row.history_user_id,
            "history_user_setter": _set_history_user,
            "get_user": lambda instance, **_: ledger.current_actor_id(),
        }
        super().__init__(**(options | kwargs))

    def create_history_model(self, model: type[models.Model], inherited: bool) -> type[models.Model]:
        self.excluded_fields = sorted(model.ungoverned_fields)
        # The library gives all histories this one field, which then knows only the table of the last of them.
        self.user_id_field = self.user_id_field.clone()
        return super().create_history_model(model, inherited)

    def fields_included(self, model: type[models.Model]) -> list[models.Field]:
        return [field for field in model._meta.fields if field.name not in model.ungoverned_fields]


def _set_history_user(row: models.Model, actor_id: Any) -> None:
    row.history_user_id = actor_id


class GovernedModel(models.Model):
    """Base of every row the ledger vouches for."""

    #: Columns that are nobody's evidence (a password hash, a name that may have to be forgotten). They are in no
    #: digest and no history, and may be saved alone, outside an entry, by `save(update_fields=...)`.
    ungoverned_fields: ClassVar[frozenset[str]] = frozenset()

    history = History()
    objects = GovernedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Writes the row and its history, and notes it for the entry's event.

        Raises Ungoverned outside an entry, for a row that was not locked in it, and for partial saves; ValidationError
        when a field or a constraint refuses.
        """
        if self._saves_only_ungoverned(kwargs.get("update_fields")):
            self._save_without_history(*args, **kwargs)
            return
        entry = ledger.current()
        self._refuse_partial_save(args, kwargs)
        if not self._state.adding and not entry.holds(self):
            raise Ungoverned(f"{self._named()} was not read by entry.lock(), so it may already differ in the database.")
        self.full_clean()
        self._validate_canonical()
        with self._written_here():
            super().save(*args, **kwargs)
        entry.record(self)

    @classmethod
    def create_all(cls, rows: Sequence[GovernedModel]) -> None:
        """Writes new rows with their histories, in two statements however many there are.

        Raises what `save()` raises, but that whether they are unique the database alone says.
        """
        entry = ledger.current()
        for row in rows:
            if not row._state.adding:
                raise Ungoverned(f"{row._named()} is there already; lock it and save it.")
            row.full_clean(validate_unique=False, validate_constraints=False)
            row._validate_canonical()
        models.QuerySet(cls).bulk_create(rows)
        for row, written in zip(rows, cls.history.bulk_history_create(rows) if rows else (), strict=True):
            entry.record(row)
            entry.note_history(row, written.pk)

    def _validate_canonical(self) -> None:
        for field in self._governed_columns():
            canonical.validate(getattr(self, field.attname))

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Whether what a row refers to is there, the database asks with the row."""
        referring = {field.name for field in self._meta.concrete_fields if field.is_relation}
        given = {name for name in referring if getattr(self, self._meta.get_field(name).attname) is not None}
        super().clean_fields(exclude=given | set(exclude or ()))

    def get_constraints(self) -> list[tuple[type[models.Model], list[models.BaseConstraint]]]:
        """Of a new row those whose refusal somebody can meet by being second. What a row has to say in itself is for
        rules to ask and for the database to refuse, which it does with the row anyway."""
        return [
            (model, [each for each in constraints if isinstance(each, models.UniqueConstraint)])
            for model, constraints in super().get_constraints()
            if self._state.adding
        ]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes one locked row; its history stays."""
        entry = ledger.current()
        if not entry.holds(self):
            raise Ungoverned(f"{self._named()} was not read by entry.lock().")
        entry.record(self)
        with self._written_here():
            return super().delete(*args, **kwargs)

    def ledger_root(self) -> models.Model:
        """The row under whose heading events about this one are listed (a version's model). By default itself."""
        return self

    def ledger_label(self) -> str:
        """How the ledger names this row for readers. Never a person's name: those are looked up when shown."""
        return str(self)

    def _named(self) -> str:
        return f"{type(self).__name__} {self.pk}"

    @classmethod
    def _governed_columns(cls) -> list[models.Field]:
        return [field for field in cls._meta.concrete_fields if field.name not in cls.ungoverned_fields]

    @classmethod
    def _saves_only_ungoverned(cls, update_fields: Iterable[str] | None) -> bool:
        return update_fields is not None and bool(set(update_fields)) and set(update_fields) <= cls.ungoverned_fields

    def _save_without_history(self, *args: Any, **kwargs: Any) -> None:
        self.skip_history_when_saving = True
        try:
            with self._written_here():
                super().save(*args, **kwargs)
        finally:
            del self.skip_history_when_saving

    @contextmanager
    def _written_here(self) -> Iterator[None]:
        self._is_written_here = True
        try:
            yield
        finally:
            del self._is_written_here

    def _refuse_partial_save(self, args: tuple, kwargs: dict) -> None:
        if kwargs.get("update_fields") is not None or args or self.get_deferred_fields():
            raise Ungoverned(f"{self._named()} has to be saved whole.")
        if any(hasattr(getattr(self, f.attname), "resolve_expression") for f in self._meta.concrete_fields):
            raise Ungoverned(f"{self._named()} holds an expression; compute the value on the locked row.")
        if getattr(self, "skip_history_when_saving", False):
            raise Ungoverned(f"{self._named()} is told to skip its history.")


def governed_models() -> list[type[GovernedModel]]:
    return [model for model in apps.get_models() if issubclass(model, GovernedModel)]


def refuse_other_writes() -> None:
    """Refuses what passes `save()` and `delete()` by: `save_base()`, `loaddata` and other deserialisers, cascades."""
    for model in governed_models():
        pre_save.connect(_refuse_other_write, sender=model, dispatch_uid="audit.governed.save")
        pre_delete.connect(_refuse_other_write, sender=model, dispatch_uid="audit.governed.delete")


def _refuse_other_write(sender: Any, instance: GovernedModel, **_: Any) -> None:
    if not hasattr(instance, "_is_written_here"):
        raise Ungoverned(f"{instance._named()} is written by its own save() or delete() only.")


def note_history_rows() -> None:
    """Lets the open entry know which history row each save wrote; it compares the two before it closes."""
    post_create_historical_record.connect(_note_history_row, dispatch_uid="audit.governed")


def _note_history_row(sender: Any, instance: models.Model, history_instance: models.Model, **_: Any) -> None:
    if isinstance(instance, GovernedModel):
        ledger.current().note_history(instance, history_instance.pk)
