"""Whom a text calls by user name, as in “@mei.tanaka, is that so?”."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from approvals.rights import READ
from registry.models import Person

#: Not within an address or a path.
CALL = re.compile(r"(?<![\w@./+-])@([a-z0-9][a-z0-9._-]*)(?![a-z0-9._@-])", re.ASCII | re.IGNORECASE)
#: What ends a sentence may end a user name as well.
STOPS = "._-"
#: What decides where code stands between backquotes, and nothing else: a comment is shown as it was typed, so that a
#: line which somebody moves in is a line, and no code.
RULES = ("fence", "blockquote", "list", "heading", "hr", "backticks", "escape", "newline")
BREAKS = ("softbreak", "hardbreak")

_parser = MarkdownIt("zero").enable(RULES)


def names_in(text: str) -> list[str]:
    """Each once, as they were typed but in small letters, in their order."""
    found = (name for part in _outside_code(text) for name in CALL.findall(part))
    return list(dict.fromkeys(name.lower() for name in found))


def _outside_code(text: str) -> Iterator[str]:
    """Paragraph by paragraph; a piece of code within one is a space."""
    for block in _parser.parse(text):
        if block.type == "inline":
            yield "".join(map(_said, block.children))


def _said(piece: Token) -> str:
    if piece.type in BREAKS:
        return "\n"
    return " " if piece.type == "code_inline" else piece.content


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
