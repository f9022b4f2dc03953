"""A list as CSV, row by row as it is read, for spreadsheets: UTF-8 with its mark, ISO times in UTC, nothing that runs.

A spreadsheet takes a cell that begins with = + - @, a tab or a line break as a formula. Text that does is given an
apostrophe in front (OWASP: CSV injection); numbers are left as they are. One that separates by semicolons or tabs, as
many do outside of England, also finds cells in the middle of a text, so that what would begin there is treated alike.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
#: Where another program may see the beginning of a cell.
CELL_WITHIN = re.compile(r"(?<=[;\t\r\n])(?=[=+\-@＝＋－＠])")
SIGN_WITHIN = re.compile(r"(?<=;)[=+\-@＝＋－＠]")
ROWS_AT_ONCE = 500

#: Heading -> where its value is found from a row: a dotted path, or a function of the row.
Columns = Mapping[str, str | Callable[[Any], Any]]


def download(name: str, columns: Columns, rows: Iterable[Any]) -> StreamingHttpResponse:
    """The answer that saves the rows as `<name>-<today>.csv`."""
    response = StreamingHttpResponse(written(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def written(columns: Columns, rows: Iterable[Any]) -> Iterator[bytes]:
    """The file in pieces of some hundred rows, headings first."""
    paper = io.StringIO()
    pen = csv.writer(paper)
    paper.write("\N{BYTE ORDER MARK}")
    pen.writerow(columns)
    for number, row in enumerate(rows, start=1):
        pen.writerow(cell(_value(row, where)) for where in columns.values())
        if number % ROWS_AT_ONCE == 0:
            yield _torn_off(paper)
    yield _torn_off(paper)


def cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return str(value)
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat()
        case dict() | list():
            return _still_json(json.dumps(value, ensure_ascii=False, sort_keys=True))
    text = CELL_WITHIN.sub("'", str(value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_given(text: str) -> str:
    """Text of a cell as it was before `cell` made it harmless, for whoever reads such a file again."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _still_json(text: str) -> str:
    """The same value; a sign that would begin a cell is written as JSON writes signs by number."""
    return SIGN_WITHIN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _value(row: Any, where: str | Callable[[Any], Any]) -> Any:
    if callable(where):
        return where(row)
    for name in where.split("."):
        row = getattr(row, name, None)
    return row


def _torn_off(paper: io.StringIO) -> bytes:
    text = paper.getvalue()
    paper.seek(0)
    paper.truncate()
    return text.encode()
