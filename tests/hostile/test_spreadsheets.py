"""Nothing that somebody wrote is run by the spreadsheet that opens a list, whichever sign separates its cells."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from audit.csv import FORMULA_STARTS
from tests.builders import Cast
from tests.hostile.payloads import Quill
from tests.hostile.scribbled import scribble
from tests.permissions import story
from tests.permissions.story import Story
from tests.permissions.table import Key, Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

FORMULAS = [
    "=HYPERLINK(1)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    '"=1+1',
    '";=1+1;"',
    'a";=1+1',
    "a;=1+1",
    "a;+1",
    "'=1+1",
    "a,=1+1",
]

#: Written by us, whoever asks.
SAMPLE = "GET registry:import_sample"


@pytest.fixture
def told(cast: Cast) -> Story:
    return scribble(cast, Quill(corpus=FORMULAS, first=FORMULAS, most=0))


def test_no_list_that_is_taken_out_runs(told: Story) -> None:
    """Every address that answers with CSV, found by asking all of them, and the ledger's, which takes a button."""
    browser = signed_in(told.cast.superuser)
    found = {str(key): text for key in Matrix.read("pages").rows if (text := taken_out(browser, key, told))}
    assert len(found) >= 6
    for key, text in found.items():
        if key == SAMPLE:
            continue
        assert any(bare(formula) in bare(text) for formula in FORMULAS), f"{key} says nothing that was written"
        for separator in (",", ";", "\t"):
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, doublequote=True)
            assert [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)] == [], (key, separator)


def bare(text: str) -> str:
    """Without the marks that disarm a formula or quote a cell."""
    return text.translate(dict.fromkeys(map(ord, "'\"")))


def taken_out(browser: Client, key: Key, told: Story) -> str:
    """The text of a CSV file, "" where there is none."""
    address = story.address_of(key, told)
    answer = browser.get(address) if key.method == "GET" else ledger_of(browser, key, address)
    content = answer.getvalue() if answer else b""  # closes a file
    return content.decode("utf-8-sig") if answer and answer.get("Content-Type", "").startswith("text/csv") else ""


def ledger_of(browser: Client, key: Key, address: str) -> Any:
    return browser.post(address) if key.route == "audit:event_export" else None
