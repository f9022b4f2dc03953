"""Who can be the second person of what takes two, and who cannot yet, since a party alone gave them the role for it."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from registry import rules
from registry.models import Person
from registry.models.people import Standing


@dataclass(frozen=True)
class Waiting:
    """Somebody whose role counts once another administrator has confirmed it; `givers` are parties."""

    person: Person
    givers: tuple[Person, ...]

    def words(self, reader: Person) -> str:
        givers = " and ".join("you" if each.identity == reader.identity else each.name for each in self.givers)
        return (
            f"{self.person.name}’s role was given by {givers} alone; it counts once another administrator has "
            "confirmed it."
        )


@dataclass(frozen=True)
class Seconds:
    able: tuple[Person, ...]
    waiting: tuple[Waiting, ...]


def find(permission: str, parties: set[uuid.UUID], *, since: datetime.datetime | None = None) -> Seconds:
    """Of everybody with `permission` who is none of the `parties`. However many there are, it takes a statement for
    whom, one for their roles, and one for who gave them."""
    holding = [each for each in Person.objects.holding(permission) if each.identity not in parties]
    standings, choosers = Standing.of_each(holding), {}
    for person in holding:
        person.standing = standings[person.pk]
        chosen = person.chosen_alone_by(permission, since=since)
        choosers[person] = chosen if rules.against_chosen(chosen, parties) else set()
    kept = set().union(*choosers.values())
    givers = Person.objects.filter(pk__in=kept).order_by("name") if kept else ()
    waiting = (
        Waiting(person, tuple(each for each in givers if each.pk in chosen))
        for person, chosen in choosers.items()
        if chosen
    )
    return Seconds(tuple(person for person, chosen in choosers.items() if not chosen), tuple(waiting))
