"""The permission matrix as data: a row for each route and method, a column for each who, a word in each cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
KEYS = ("method", "route", "case")


@dataclass(frozen=True, order=True)
class Key:
    """`case` tells apart rows of one route and method that need another object or body; most have none."""

    route: str
    method: str
    case: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.route}{f' ({self.case})' if self.case else ''}"


@dataclass(frozen=True)
class Matrix:
    columns: tuple[str, ...]
    rows: dict[Key, dict[str, str]]

    @classmethod
    def read(cls, name: str) -> Matrix:
        """The table of `<name>.csv`; lines with a # in front are for its readers."""
        lines = (FOLDER / f"{name}.csv").read_text().splitlines()
        header, *found = csv.reader((line for line in lines if line and line[0] != "#"), strict=True)
        columns = tuple(header[len(KEYS) :])
        assert header[: len(KEYS)] == list(KEYS), f"{name}.csv begins with the columns {KEYS}"
        rows: dict[Key, dict[str, str]] = {}
        for method, route, case, *cells in found:
            key = Key(route, method, case)
            assert key not in rows, f"{key} stands in {name}.csv twice"
            assert len(cells) == len(columns), f"{key} has {len(cells)} cells, {name}.csv has {len(columns)} columns"
            rows[key] = dict(zip(columns, cells, strict=True))
        return cls(columns, rows)


def line(key: Key, answers: dict[str, str]) -> str:
    """The row as it stands in the file."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([key.method, key.route, key.case, *answers.values()])
    return written.getvalue()


def lines(rows: dict[Key, dict[str, str]], keys: Iterable[Key]) -> str:
    return "\n".join(line(key, rows[key]) for key in keys)
