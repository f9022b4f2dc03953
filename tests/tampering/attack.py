"""An attack, and who has to find it and name what was done.

Each returns what a finding has to name, one of several where any of them is right; nothing at all where every finding
will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from types import ModuleType

from django.db import connection

from audit import checkpoints, guards, hindrances, verify
from audit.models import Event, Halt
from audit.verify.claims import BEGUN
from tests.tampering.scene import Scene

Naming = tuple[str, ...]
Act = Callable[[Scene, Random], Naming]
ANYWHERE: Naming = ("",)


@dataclass(frozen=True)
class Attack:
    act: Act
    look: Callable[[], str]

    def __str__(self) -> str:
        return self.act.__name__


def events() -> str:
    return str(verify.events_whole().fault or "")


def rows() -> str:
    return str(verify.rows_as_recorded().fault or "")


def unguarded() -> str:
    return ", ".join(guards.missing(connection))


def the_signer() -> str:
    """What it says when it looks back, as at every start."""
    checkpoints.look_back()
    said = [*Halt.objects.values_list("reason", flat=True), *hindrances.current().values_list("reason", flat=True)]
    return "; ".join(said)


_listed: dict[str, list[Attack]] = {}


def found_by(look: Callable[[], str]) -> Callable[[Act], Act]:
    def listed(act: Act) -> Act:
        _listed.setdefault(act.__module__, []).append(Attack(act, look))
        return act

    return listed


def of(module: ModuleType) -> list[Attack]:
    """In the order in which they are written there."""
    return _listed[module.__name__]


def naming(event: Event) -> Naming:
    """The event that began an epoch excuses what was lost before it: whoever changes it unsettles that as well."""
    return ANYWHERE if event.kind == BEGUN else (f"event {event.pk} ", f"event {event.pk},")


def missing(event: Event) -> Naming:
    """Of a confidential one it is not said whom it was about."""
    following = Event.objects.get(subject=event.subject, subject_number=event.subject_number + 1)
    return (
        f"number {event.subject_number} about {event.subject} ",
        f"an event about the subject of event {following.pk} ",
    )
