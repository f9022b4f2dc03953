"""The table of abuse: what is tried, by whom, what each door says to it, and what holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from registry.models import Person
from tests.builders import Cast

Try = Callable[[], Any]

#: What is said at a door that does not exist for this. There is no admin site.
CLOSED = {"REST": "404 not-found", "admin": "404", "command": "no such command"}
DOORS = ("page", "REST", "admin", "command", "code", "database")


@dataclass(frozen=True)
class Attempt:
    """What `by` does to `about` at each door. Those that are not given are tried as if they were there (`CLOSED`)."""

    about: models.Model
    verb: str
    by: Person
    doors: Mapping[str, Try] = field(default_factory=dict)


@dataclass(frozen=True)
class Abuse:
    """`says` is what each door that is there answers, word for word as `tests.abuse.doors.heard` tells it."""

    name: str
    who: str
    held_by: str
    says: Mapping[str, str]
    lay: Callable[[Cast], Attempt]

    @property
    def expected(self) -> dict[str, str]:
        return {door: (CLOSED | self.says)[door] for door in DOORS if door in CLOSED | self.says}


ABUSES: list[Abuse] = []


def abuse(
    name: str, *, who: str, held_by: str, **says: str
) -> Callable[[Callable[[Cast], Attempt]], Callable[[Cast], Attempt]]:
    """Puts what lays the ground for it into the table."""

    def listed(lay: Callable[[Cast], Attempt]) -> Callable[[Cast], Attempt]:
        ABUSES.append(Abuse(name, who, held_by, says, lay))
        return lay

    return listed
