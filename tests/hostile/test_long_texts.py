"""A text that is far too long is refused as quickly as it is read, however it is made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from audit import legible
from governance.passwords import WellKnownValidator
from registry import addresses

#: Read once it takes milliseconds, read anew from each of its letters more than ten seconds.
LENGTH = 50_000
SECONDS = 3


@pytest.mark.parametrize(
    ("validate", "text"),
    [
        (addresses.validate_place, "a" * LENGTH),
        (addresses.validate_place, "http://" + "a:" * LENGTH),
        (addresses.validate_place, "http://a" * LENGTH),
        (WellKnownValidator().validate, "1" * LENGTH + "seven lanterns over water"),
        (WellKnownValidator().validate, "lanterns" + "1" * LENGTH + "over water"),
        (legible.validate_line, "क\u200d" * LENGTH * 8),
    ],
)
def test_a_long_text_is_read_once(validate: Callable[[str], Any], text: str) -> None:
    began = time.process_time()
    validate(text)
    assert time.process_time() - began < SECONDS
