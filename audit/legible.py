"""Text that reads as it is stored: nothing in it that no reader sees, or that turns round what they see.

A reviewer signs what a page shows. A name that holds invisible letters looks like another one, and marks of direction
show a sentence in another order than the ledger has it. What cannot be stored at all is `audit.canonical`'s to say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

#: Controls, marks, halves of pairs, letters of nobody's alphabet, separators of lines.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Letters and signs that are blank.
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
#: They make one sign of two in some scripts and emoji, and only after these kinds of letters.
JOINERS, JOINED = frozenset("\u200c\u200d"), frozenset({"Lo", "Mc", "Mn", "Sk", "So"})

LAYOUT = frozenset("\t\n\r")
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def validate_line(text: str) -> None:
    """One line, such as a name. Raises ValidationError with code `hidden-characters`."""
    for place, letter in enumerate(text):
        if is_hidden(letter) and not _joins(letter, before=text[place - 1] if place else " "):
            raise _hidden(text, place)


def validate_prose(text: str) -> None:
    """Text of several lines: line breaks and tabs, and marks that some scripts are written with, belong to it."""
    for place, letter in enumerate(text):
        if _hides_in_prose(letter):
            raise _hidden(text, place)


def validate_json(value: Any) -> None:
    """A JSON value: its names are lines, its texts prose."""
    match value:
        case str():
            validate_prose(value)
        case Mapping():
            for name, item in value.items():
                validate_line(name)
                validate_json(item)
        case list() | tuple():
            for item in value:
                validate_json(item)


def is_hidden(letter: str) -> bool:
    return letter in BLANK or unicodedata.category(letter) in HIDDEN


def _joins(letter: str, *, before: str) -> bool:
    return letter in JOINERS and unicodedata.category(before) in JOINED


def _hides_in_prose(letter: str) -> bool:
    if letter in TURNS or "\U000e0000" <= letter <= "\U000e007f":
        return True
    return letter not in LAYOUT and unicodedata.category(letter) == "Cc"


def _hidden(text: str, place: int) -> ValidationError:
    letter = text[place]
    where = f"after “{text[max(0, place - 20) : place]}”" if place else "at its beginning"
    what = "a line break" if letter in "\n\r\u2028\u2029" else f"a character that nobody sees ({_name(letter)})"
    return ValidationError(f"It holds {what} {where}. Take that out.", code="hidden-characters")


def _name(letter: str) -> str:
    name = unicodedata.name(letter, "").lower()
    return f"{name}, U+{ord(letter):04X}" if name else f"U+{ord(letter):04X}"
