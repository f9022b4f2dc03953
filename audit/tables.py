"""What the ledger vouches for, table by table, with the reason. Each room says it of the tables that it brings.

Covered is what the proofs read: governed rows, their history, and the log itself. Derived is what is computed from
covered rows and can be computed again. Operational is the rest, which no gate, decision or page of record reads.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from audit.governed import GovernedModel


class Standing(enum.Enum):
    COVERED = "covered"
    DERIVED = "derived"
    OPERATIONAL = "operational"


@dataclass(frozen=True)
class Table:
    name: str
    standing: Standing
    reason: str


_declared: dict[str, tuple[Standing, str]] = {}

GOVERNED = "each change is an event with the digest of the row; --deep reads every row"
HISTORY = "append-only; each row has its digest in the event that wrote it"


def declare(standing: Standing, reasons: Mapping[str, str]) -> None:
    """Called by each room when it is ready. `reasons` by model, such as `audit.Event`."""
    for label, reason in reasons.items():
        _declared[label.lower()] = (standing, reason)


def every() -> Iterator[Table]:
    """By name. Raises ImproperlyConfigured for a table of which nobody has said what it is."""
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.db_table):
        standing, reason = _standing(model)
        yield Table(model._meta.db_table, standing, reason)


def _standing(model: type[models.Model]) -> tuple[Standing, str]:
    if issubclass(model, GovernedModel):
        return Standing.COVERED, GOVERNED
    if hasattr(model, "history_id"):
        return Standing.COVERED, HISTORY
    try:
        return _declared[model._meta.label_lower]
    except KeyError as error:
        raise ImproperlyConfigured(f"Nobody has said whether the ledger covers {model._meta.label}.") from error
