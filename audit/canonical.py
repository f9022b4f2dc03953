"""The one way in which facts become bytes: RFC 8785 (JSON Canonicalization Scheme), then SHA-256.

Only values that every engine and every JSON reader keep exactly are let in: strings, booleans, whole numbers within
2^53, null, and lists and objects of these. Decimals, times and identifiers are written as strings.
"""

import datetime
import decimal
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

import rfc8785
from django.core.exceptions import ValidationError

LARGEST_INTEGER = 2**53 - 1


def encode(value: Any) -> bytes:
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes of `value`, as 64 hexadecimal digits."""
    return hashlib.sha256(encode(value)).hexdigest()


def plain(value: Any) -> Any:
    """`value` as a JSON value without loss.

    Raises TypeError for anything without one exact form (floats above all).
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= LARGEST_INTEGER else str(value)
        case decimal.Decimal():
            return _decimal_text(value)
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case datetime.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no exact canonical form")


def _decimal_text(value: decimal.Decimal) -> str:
    """Without trailing zeros and exponents: engines differ in how many zeros they give back."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"", "-0", "-"} else text


def without_floats(value: Any) -> Any:
    """`value` as read from JSON, each float written as the decimal text it was sent as (repr is its shortest form)."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {key: without_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_floats(item) for item in value]
    return value


def validate(value: Any) -> None:
    """Refuses what one of the engines or JSON would not keep exactly: NUL, lone surrogates, floats, huge integers.

    Raises ValidationError with code `unstorable`.
    """
    match value:
        case str():
            _validate_text(value)
        case float():
            raise _unstorable("Numbers with a fraction have to be written as text, such as “0.1”.")
        case bool() | None:
            return
        case int() if abs(value) > LARGEST_INTEGER:
            raise _unstorable("Whole numbers beyond 2^53 have to be written as text.")
        case Mapping():
            for key, item in value.items():
                validate(key)
                validate(item)
        case list() | tuple():
            for item in value:
                validate(item)


def _validate_text(text: str) -> None:
    if "\x00" in text:
        raise _unstorable("The text holds a NUL character, which cannot be stored.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _unstorable(
            "The text holds half of a character pair (a lone surrogate), which cannot be stored."
        ) from error


def _unstorable(message: str) -> ValidationError:
    return ValidationError(message, code="unstorable")
