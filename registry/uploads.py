"""Evaluation results as JSON, read strictly: stored as they were sent, or refused with the place named."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from audit import canonical, legible
from registry.models import Dataset, Evaluation, Measurement, Purpose
from registry.models.catalog import sha256_validator

MAX_BYTES = 1_000_000
MAX_MEASUREMENTS = 1_000
MOST_OBJECTIONS = 20
WHOLE_DIGITS, DECIMALS = 9, 6

EXAMPLE = """\
{
  "purpose": "staging",
  "dataset": {
    "name": "holdout-2026-10",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "row_count": 2140
  },
  "measurements": [
    {"metric": "accuracy", "value": "0.91", "sample_size": 2140},
    {"metric": "accuracy", "value": "0.88", "group": "sex", "slice": "female",
     "sample_size": 1102}
  ]
}"""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_WHOLE_NUMBER = re.compile(r"\d{1,16}\Z", re.ASCII)
_LONGEST_NUMBER = 60

_WHOLE_KEYS = ("purpose", "dataset", "measurements", "note")
_DATASET_KEYS = ("name", "sha256", "row_count", "reference", "source", "period")
_MEASUREMENT_KEYS = ("metric", "value", "group", "slice", "sample_size")
_LONGEST_SOURCE = 4_000


@dataclass(frozen=True)
class ParsedEvaluation:
    """What `actions.evaluations.attach` takes; measurements have metric, value, group, slice and sample_size."""

    purpose: str
    dataset: dict[str, Any]
    measurements: list[dict[str, Any]]
    note: str = ""


def parse(text: bytes) -> ParsedEvaluation:
    """The evaluation in a JSON file. Raises ValidationError with a sentence for each thing that is wrong."""
    if len(text) > MAX_BYTES:
        raise ValidationError("The file is larger than 1 MB.", code="too-large")
    objections: list[ValidationError] = []
    whole = _Object(_loaded(text), "", _WHOLE_KEYS, objections)
    parsed = ParsedEvaluation(
        purpose=whole.choice("purpose", Purpose.values),
        dataset=_dataset(whole.inner("dataset", _DATASET_KEYS)),
        measurements=[_measurement(row) for row in whole.rows("measurements", _MEASUREMENT_KEYS, MAX_MEASUREMENTS)],
        note=whole.text("note", longest=_longest(Evaluation, "note")),
    )
    if objections:
        raise ValidationError(_shortened(objections))
    return parsed


def decimal_of(value: str | int | float | Decimal) -> Decimal:
    """The exact figure, with at most 9 digits before and 6 after the point.

    A float counts as its shortest text. Raises ValidationError for anything else, booleans, NaN and infinities too.
    """
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal) or not _NUMBER.match(text[:200]):
        raise ValidationError(f"“{text[:_LONGEST_NUMBER]}” is not a number. Write digits, such as 0.91.", code="number")
    if len(text) > _LONGEST_NUMBER:
        raise ValidationError("The number is too long. Round it to 6 decimals.", code="number")
    plain = f"{Decimal(text):f}"
    whole, _, decimals = plain.lstrip("+-").partition(".")
    if len(decimals) > DECIMALS:
        raise ValidationError(f"{text} has more than 6 decimals. Round it.", code="number")
    if len(whole.lstrip("0")) > WHOLE_DIGITS:
        raise ValidationError(f"{text} has more than 9 digits before the point. Use a larger unit.", code="number")
    return Decimal(plain) + 0


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(
            text.decode("utf-8-sig"),
            object_pairs_hook=_Pairs,
            parse_int=_Written,
            parse_float=_Written,
            parse_constant=_Written,
        )
    except UnicodeDecodeError as error:
        raise ValidationError(
            f"The file is not UTF-8: byte {error.start + 1} cannot be read. Save it as UTF-8.", code="encoding"
        ) from error
    except json.JSONDecodeError as error:
        raise ValidationError(
            f"The file is not JSON: line {error.lineno}, column {error.colno} cannot be read ({error.msg}).",
            code="json",
        ) from error
    except RecursionError as error:
        raise ValidationError("The file has too many brackets inside each other.", code="too-deep") from error


class _Written(str):
    """A JSON number as it was written, so that no digit is lost on the way."""

    __slots__ = ()


class _Pairs(dict[str, Any]):
    """A JSON object that remembers which keys were given more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]


class _Object:
    """A JSON object and its place. What is wrong with it goes into `objections`, and reading goes on."""

    def __init__(self, value: Any, place: str, known: tuple[str, ...], objections: list[ValidationError]) -> None:
        self._place = place
        self._objections = objections
        self._is_object = isinstance(value, _Pairs)
        self._values: dict[str, Any] = value if self._is_object else {}
        if self._is_object:
            self._refuse_keys(value, known)
        else:
            self._refuse(place or "The file", "has to be an object in braces, {…}.")

    def text(
        self,
        name: str,
        *,
        longest: int,
        required: bool = False,
        check: Callable[[str], Any] = legible.validate_line,
    ) -> str:
        value = self._values.get(name)
        if value is None or value == "":
            if required and self._is_object:
                self._refuse(self._at(name), "is missing.")
        elif not _is_text(value):
            self._refuse(self._at(name), "has to be text in quotation marks.")
        elif len(value) > longest:
            self._refuse(self._at(name), f"is longer than {longest} characters.")
        else:
            self._check(name, value, canonical.validate, check)
            return value
        return ""

    def choice(self, name: str, choices: list[str]) -> str:
        def is_known(value: str) -> None:
            if value not in choices:
                raise ValidationError(f"“{value}” is none of {', '.join(choices)}.")

        return self.text(name, longest=100, required=True, check=is_known)

    def whole_number(self, name: str) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        is_written_whole = isinstance(value, _Written) and _WHOLE_NUMBER.match(value)
        if not is_written_whole or int(value) > canonical.LARGEST_INTEGER:
            self._refuse(self._at(name), "has to be a whole number, 0 or more, without quotation marks.")
            return None
        return int(value)

    def decimal(self, name: str) -> Decimal | None:
        value = self._values.get(name)
        if value is None and self._is_object:
            self._refuse(self._at(name), "is missing.")
        elif value is not None and not isinstance(value, str):
            self._refuse(self._at(name), "has to be a number, or a number in quotation marks.")
        elif value is not None:
            try:
                return decimal_of(value)
            except ValidationError as refusal:
                self._refuse(self._at(name), refusal.message, code="number")
        return None

    def inner(self, name: str, known: tuple[str, ...]) -> _Object:
        return _Object(self._values.get(name), self._at(name), known, self._objections)

    def rows(self, name: str, known: tuple[str, ...], most: int) -> list[_Object]:
        value = self._values.get(name)
        if not isinstance(value, list):
            self._refuse(self._at(name), "has to be a list in brackets, […].")
            return []
        if len(value) > most:
            self._refuse(self._at(name), f"has {len(value)} entries; at most {most} are taken.")
            return []
        return [_Object(row, f"{self._at(name)}[{index}]", known, self._objections) for index, row in enumerate(value)]

    def need_together(self, first: str, second: str) -> None:
        if bool(self._values.get(first)) != bool(self._values.get(second)):
            missing, given = (second, first) if self._values.get(first) else (first, second)
            self._refuse(self._at(missing), f"is missing; {given} is given, and the two belong together.")

    def _check(self, name: str, value: str, *checks: Callable[[str], Any]) -> None:
        for check in checks:
            try:
                check(value)
            except ValidationError as refusal:
                self._refuse(self._at(name), " ".join(refusal.messages))
                return

    def _refuse_keys(self, value: _Pairs, known: tuple[str, ...]) -> None:
        if value.repeated:
            self._refuse(
                self._at(_cut(value.repeated[0])), "is given twice. Keep one of the two.", code="duplicate-key"
            )
        unknown = next((name for name in value if name not in known), None)
        if unknown is not None:
            self._refuse(self._at(_cut(unknown)), f"is not known here. Known are {', '.join(known)}.")

    def _at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def _refuse(self, place: str, message: str, code: str = "shape") -> None:
        joint = " " if message[0].islower() else ": "
        self._objections.append(ValidationError(f"{place}{joint}{message}", code=code))


def _dataset(given: _Object) -> dict[str, Any]:
    described = {
        "name": given.text("name", longest=_longest(Dataset, "name"), required=True),
        "sha256": given.text("sha256", longest=100, required=True, check=sha256_validator),
        "row_count": given.whole_number("row_count"),
        "reference": given.text("reference", longest=_longest(Dataset, "reference")),
        "source": given.text("source", longest=_LONGEST_SOURCE, check=legible.validate_prose),
        "period": given.text("period", longest=_longest(Dataset, "period")),
    }
    return {name: value for name, value in described.items() if value not in (None, "")}


def _measurement(row: _Object) -> dict[str, Any]:
    row.need_together("group", "slice")
    return {
        "metric": row.text("metric", longest=_longest(Measurement, "metric"), required=True, check=_validate_metric),
        "value": row.decimal("value"),
        "group": row.text("group", longest=_longest(Measurement, "group")),
        "slice": row.text("slice", longest=_longest(Measurement, "slice")),
        "sample_size": row.whole_number("sample_size"),
    }


def _validate_metric(name: str) -> None:
    try:
        validate_slug(name)
    except ValidationError as refusal:
        raise ValidationError("takes letters, digits, hyphens and underscores only, such as roc_auc.") from refusal


def _longest(model: type[Dataset | Evaluation | Measurement], name: str) -> int:
    return model._meta.get_field(name).max_length


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, _Written)


def _cut(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"


def _shortened(objections: list[ValidationError]) -> list[ValidationError]:
    more = len(objections) - MOST_OBJECTIONS
    if more <= 0:
        return objections
    return [*objections[:MOST_OBJECTIONS], ValidationError(f"And {more} more of this kind.", code="shape")]
