"""Text reads as it is stored: what no reader sees is refused, what the scripts of people need is not."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from audit import legible

SEEN = [
    "form-digit-reader",
    "Größe, Ωmega, naïve, Łódź",
    "日本語のモデル",
    "العربية",
    "हिन्दी में क्\u200dष",  # a joiner makes one sign of two letters
    "می\u200cخواهم",  # and here it keeps two apart
    "👩🏽\u200d💻 reads ❤\ufe0f",
    "1\u00a0000 rows, 5\u202f%",
    "<b>{{ 7*7 }}</b>",
]


@pytest.mark.parametrize("text", SEEN)
def test_what_people_write_is_a_line_and_prose(text: str) -> None:
    legible.validate_line(text)
    legible.validate_prose(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("reader\u202egpj.exe", "right-to-left override, U+202E"),
        ("a\u2066b", "left-to-right isolate, U+2066"),
        ("\x1b[31mred", "at its beginning"),
        ("a\x00b", "U+0000"),
        ("a\x85b", "U+0085"),
        ("a\U000e0041b", "tag latin capital letter a"),
    ],
)
def test_what_turns_or_hides_is_refused_everywhere_by_name(text: str, named: str) -> None:
    for validate in (legible.validate_line, legible.validate_prose):
        with pytest.raises(ValidationError, match=named.replace("+", r"\+")) as refused:
            validate(text)
        assert refused.value.code == "hidden-characters"


@pytest.mark.parametrize(
    "text",
    [
        "a\u200bb", "a\ufeffb", "a\u00adb", "a\u2060b", "a\u200eb", "a\u3164b", "a\u2800b", "a\ue000b", "a\nb", "a\tb",
        "a\u2028b", "a\u200db", "\u200dक",
    ],
)  # fmt: skip
def test_a_line_has_nothing_that_is_not_seen(text: str) -> None:
    with pytest.raises(ValidationError):
        legible.validate_line(text)


def test_prose_has_lines_and_the_marks_of_scripts() -> None:
    legible.validate_prose("First.\n\n\tThen \u200fעברית\u200e, and\r\nwhat was copied: a\u200bb.")


def test_the_names_of_a_json_value_are_lines_and_its_texts_prose() -> None:
    legible.validate_json({"depth": 6, "note": "two\nlines", "list": [None, True, {"a": "b"}]})
    for value in ({"a\nb": 1}, {"a": {"b\u202e": 1}}, {"a": ["\u202e"]}):
        with pytest.raises(ValidationError):
            legible.validate_json(value)
