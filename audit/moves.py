"""The moves between states that the database lets happen, as the rooms declare them from their workflow tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from audit.verbs import Verb


@dataclass(frozen=True)
class Moves:
    """The column that holds the state, and each move that is allowed, as “from>to”."""

    column: str
    allowed: tuple[str, ...]


_declared: dict[str, Moves] = {}


def declare(label: str, verbs: Iterable[Verb]) -> None:
    """Of the model `label`, whose field `status` is the state."""
    moves = {f"{source}>{target}" for verb in verbs for source, target in verb.moves if source and target != source}
    _declared[label] = Moves("status", tuple(sorted(moves)))


def declared() -> dict[type[models.Model], Moves]:
    return {apps.get_model(label): moves for label, moves in _declared.items()}
