"""Whom a text calls by user name, as in “@mei.tanaka, is that so?”."""

from __future__ import annotations

import re

from approvals.rights import READ
from registry.models import Person

#: Not within an address or a path, and not between backquotes.
CALL = re.compile(r"(?<![\w`@./+-])@([a-z0-9][a-z0-9._-]*)(?![a-z0-9._@-])", re.ASCII | re.IGNORECASE)
#: What ends a sentence may end a user name as well.
STOPS = "._-"


def names_in(text: str) -> list[str]:
    """Each once, as they were typed but in small letters, in their order."""
    return list(dict.fromkeys(found.lower() for found in CALL.findall(text)))


def find(text: str) -> tuple[list[Person], list[str]]:
    """The people called in `text`, and the names of nobody who may read reviews; costs nothing where none is called."""
    names = names_in(text)
    if not names:
        return [], []
    wanted = {*names, *(name.rstrip(STOPS) for name in names)}
    readers = Person.objects.holding(READ).filter(username__in=wanted, kind=Person.Kind.HUMAN)
    known = {person.username: person for person in readers}
    meant = {name: known.get(name) or known.get(name.rstrip(STOPS)) for name in names}
    people = dict.fromkeys(person for person in meant.values() if person)
    return list(people), [name.rstrip(STOPS) for name, person in meant.items() if person is None]
