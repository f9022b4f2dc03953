"""Evaluation results as JSON: taken exactly as written, or refused with the place named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from registry import uploads
from registry.models import Measurement

DIGEST = "a" * 64


def whole(**changes: Any) -> dict[str, Any]:
    return {
        "purpose": "staging",
        "dataset": {"name": "holdout", "sha256": DIGEST, "row_count": 10},
        "measurements": [{"metric": "accuracy", "value": "0.91", "sample_size": 10}],
    } | changes


def refusals_of(content: Any) -> list[str]:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(ValidationError) as refused:
        uploads.parse(text)
    return refused.value.messages


def refusals_of_measurement(**changes: Any) -> list[str]:
    return refusals_of(whole(measurements=[{"metric": "accuracy", "value": "0.91"} | changes]))


def test_what_was_written_is_what_is_read() -> None:
    group = {"metric": "recall", "value": 0.5, "group": "sex", "slice": "female", "sample_size": 4}
    parsed = uploads.parse(json.dumps(whole(measurements=[group], note="second run")).encode())

    assert parsed.purpose == "staging"
    assert parsed.note == "second run"
    assert parsed.dataset == {"name": "holdout", "sha256": DIGEST, "row_count": 10}
    assert parsed.measurements == [group | {"value": Decimal("0.5")}]


def test_the_example_on_the_pages_is_taken() -> None:
    parsed = uploads.parse(uploads.EXAMPLE.encode())

    assert [row["value"] for row in parsed.measurements] == [Decimal("0.91"), Decimal("0.88")]


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert uploads.parse(b"\xef\xbb\xbf" + json.dumps(whole()).encode()).purpose == "staging"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.91", "0.91"),
        (" -0.000001", "-0.000001"),
        ("999999999.999999", "999999999.999999"),
        ("1e3", "1000"),
        ("9.1E-1", "0.91"),
        ("-0.0", "0"),
        ("12", "12"),
    ],
)
def test_no_digit_is_lost(written: str, value: str) -> None:
    text = json.dumps(whole()).replace('"0.91"', written)

    assert uploads.parse(text.encode()).measurements[0]["value"] == Decimal(value)


@pytest.mark.parametrize(
    "written",
    [
        "0.9123456",
        '"0.9123456"',
        "1234567890",
        "1234567890.5",
        "1e9",
        "1e-7",
        "1e400",
        "1e999999999999",
        "NaN",
        "Infinity",
        "-Infinity",
        '"NaN"',
        '"inf"',
        '"sNaN"',
        '""',
        '" 1"',
        '"1_000"',
        '"0,91"',
        '"٣"',
        "true",
        "[]",
        "{}",
        "null",
        "9" * 5000,
        '"' + "9" * 5000 + '"',
    ],
)
def test_a_figure_that_cannot_be_kept_is_refused_at_its_place(written: str) -> None:
    text = json.dumps(whole()).replace('"0.91"', written)

    (message,) = refusals_of(text.encode())
    assert message.startswith("measurements[0].value")
    assert len(message) < 300


@pytest.mark.parametrize(
    "value", [True, False, None, float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), [], 0.1 + 0.2]
)
def test_other_doors_ask_the_same_of_a_value(value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        uploads.decimal_of(value)
    assert refused.value.code == "number"


@given(st.decimals(min_value=-999999999, max_value=999999999, places=6, allow_nan=False))
def test_every_figure_that_fits_the_column_comes_back_equal(value: Decimal) -> None:
    assert uploads.decimal_of(str(value)) == value
    assert uploads.decimal_of(value) == value
    Measurement._meta.get_field("value").clean(uploads.decimal_of(value), None)


@given(st.text() | st.floats() | st.integers() | st.booleans())
def test_a_value_is_a_decimal_of_the_column_or_refused(value: Any) -> None:
    try:
        number = uploads.decimal_of(value)
    except ValidationError:
        return
    Measurement._meta.get_field("value").clean(number, None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.sampled_from(["purpose", "dataset", "measurements", "note", "other"]))
def test_whatever_stands_in_a_place_it_is_read_or_refused(value: Any, key: str) -> None:
    try:
        uploads.parse(json.dumps(whole(**{key: value})).encode())
    except ValidationError as refused:
        assert all(messages for messages in refused.messages)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_they_are_read_or_refused(text: bytes) -> None:
    with pytest.raises(ValidationError):
        uploads.parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "line 1, column 1"),
        (b'{"purpose": }', "line 1, column 13"),
        (b'{\n "purpose": \xff}', "byte 15"),
        (b"[" * 500_000, "too many brackets"),
        (b'{"a":' * 100_000, "too many brackets"),
        (b" " * 1_000_001, "larger than 1 MB"),
        (b"[]", "The file has to be an object"),
        (b"17", "The file has to be an object"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(text: bytes, words: str) -> None:
    assert words in refusals_of(text)[0]


def test_a_key_that_is_given_twice_is_refused_at_its_place() -> None:
    text = json.dumps(whole()).replace('"value"', '"value": "0.1", "value"')

    assert refusals_of(text.encode()) == ["measurements[0].value is given twice. Keep one of the two."]


def test_an_unknown_key_is_refused_with_those_that_are_known() -> None:
    (message,) = refusals_of_measurement(valeu="0.9")

    assert message.startswith("measurements[0].valeu is not known here.")
    assert "value" in message


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"purpose": "testing"}, "purpose"),
        ({"purpose": 3}, "purpose"),
        ({"purpose": None}, "purpose"),
        ({"dataset": None}, "dataset"),
        ({"dataset": []}, "dataset"),
        ({"dataset": {"name": "", "sha256": DIGEST}}, "dataset.name"),
        ({"dataset": {"name": "n" * 121, "sha256": DIGEST}}, "dataset.name"),
        ({"dataset": {"name": "n", "sha256": "abc"}}, "dataset.sha256"),
        ({"dataset": {"name": "n", "sha256": DIGEST.upper()}}, "dataset.sha256"),
        ({"dataset": {"name": "n", "sha256": DIGEST, "row_count": "10"}}, "dataset.row_count"),
        ({"dataset": {"name": "n", "sha256": DIGEST, "row_count": -1}}, "dataset.row_count"),
        ({"dataset": {"name": "n", "sha256": DIGEST, "row_count": 2**53}}, "dataset.row_count"),
        ({"measurements": {}}, "measurements"),
        ({"measurements": ["accuracy"]}, "measurements[0]"),
        ({"note": "n" * 301}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "\ud800"}, "note"),
    ],
)
def test_each_objection_names_its_place(changes: dict[str, Any], place: str) -> None:
    (message,) = refusals_of(whole(**changes))

    assert message.startswith((f"{place} ", f"{place}: "))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"metric": ""}, "metric"),
        ({"metric": "two words"}, "metric"),
        ({"metric": "m" * 61}, "metric"),
        ({"metric": 1}, "metric"),
        ({"group": "sex"}, "slice"),
        ({"slice": "female"}, "group"),
        ({"group": 1, "slice": "a"}, "group"),
        ({"sample_size": 1.5}, "sample_size"),
        ({"sample_size": True}, "sample_size"),
        ({"sample_size": "10"}, "sample_size"),
    ],
)
def test_each_objection_to_a_measurement_names_its_place(changes: dict[str, Any], place: str) -> None:
    (message,) = refusals_of_measurement(**changes)

    assert message.startswith((f"measurements[0].{place} ", f"measurements[0].{place}: "))


def test_all_objections_come_at_once_and_a_flood_is_cut() -> None:
    rows = [{"metric": "accuracy", "value": "x"} for _ in range(30)]

    messages = refusals_of(whole(purpose="", measurements=rows))
    assert messages[0] == "purpose is missing."
    assert messages[3].startswith("measurements[2].value")
    assert messages[-1] == "And 11 more of this kind."
    assert len(messages) == 21


def test_more_figures_than_one_evaluation_takes_are_refused() -> None:
    rows = [{"metric": f"m{index}", "value": "1"} for index in range(uploads.MAX_MEASUREMENTS + 1)]

    (message,) = refusals_of(whole(measurements=rows))
    assert message == "measurements has 1001 entries; at most 1000 are taken."
