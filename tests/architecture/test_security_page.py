"""docs/security.md says what is: every requirement once, and nothing named in it that is not there."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from django.core.management import get_commands

from tests.architecture.test_rooms import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
STATES = ("Met", "Operator", "Not met", "–")
SAID = re.compile(r"(?:\*\*(Met|Operator|Not met)\.\*\*|(–)) ?(.*)")
TEST = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)*)`")
FILE = re.compile(r"`((?:\w+/)*\w[\w.-]*\.(?:py|md|html|toml|txt)|(?:[a-z_]+/)+)`")
SETTING = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`")


@dataclass(frozen=True)
class Row:
    number: str
    level: str
    state: str
    how: str
    shown_by: str


@cache
def rows() -> list[Row]:
    found = re.findall(r"^\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    return [Row(number, level, *_state(how), shown) for number, level, _, how, shown in found]


def _state(how: str) -> tuple[str, str]:
    met, does_not_apply, words = SAID.fullmatch(how.strip()).groups()
    return met or does_not_apply, words


def requirements() -> dict[str, str]:
    """The level of each, by its number."""
    lines = (ROOT / "tests" / "architecture" / "asvs.csv").read_text().splitlines()
    return {row["requirement"]: row["level"] for row in csv.DictReader(lines[1:])}


def test_every_requirement_of_level_1_and_2_stands_there_once() -> None:
    assert len(requirements()) == 253
    assert Counter(row.number for row in rows()) == Counter(list(requirements()))
    assert {row.number: row.level for row in rows()} == requirements()


def test_what_is_met_is_shown_and_what_is_not_says_why() -> None:
    unproved = [row.number for row in rows() if row.state == "Met" and not TEST.search(row.shown_by)]
    assert unproved == []
    assert [row.number for row in rows() if row.state != "Met" and len(row.how) < 5] == []


def test_every_test_that_is_named_is_there() -> None:
    named = TEST.findall(PAGE)
    assert len(named) > 200
    assert sorted({file + inner for file, inner in named if file + inner not in _names_in(file)}) == []


@cache
def _names_in(file: str) -> frozenset[str]:
    path = ROOT / file
    return frozenset(_node_ids(file, ast.parse(path.read_text()))) if path.exists() else frozenset()


def _node_ids(file: str, tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{file}::{node.name}"
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield f"{file}::{node.name}"
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"))
            yield from (f"{file}::{node.name}::{each.name}" for each in inner)


def test_every_file_that_is_named_is_there() -> None:
    named = {name for name in FILE.findall(PAGE) if not name.startswith("var/")}
    assert {"governance/sessions.py", "registry/rules/", "docs/permissions.md"} <= named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_setting_that_is_named_is_there() -> None:
    told = "".join((ROOT / name).read_text() for name in ("governance/settings.py", "docs/operations.md"))
    named = set(SETTING.findall(PAGE))
    assert "SESSION_IDLE_MINUTES" in named
    assert sorted(name for name in named if not re.search(rf"\b{name}\b", told)) == []


def test_every_command_that_is_named_is_there() -> None:
    named = set(re.findall(r"manage\.py (\w+)", PAGE))
    assert {"end_sessions", "ledger_verify"} <= named
    assert named <= get_commands().keys()


def test_every_link_leads_somewhere() -> None:
    headings = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", PAGE, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings
    files = re.findall(r"\]\(([\w/.-]+\.md)[)#]", PAGE)
    assert files and all((ROOT / "docs" / name).exists() for name in files)


@pytest.mark.parametrize("state", STATES)
def test_the_summary_counts_what_the_table_says(state: str) -> None:
    counted = Counter((row.state, row.level) for row in rows())
    assert f"| {state} | {counted[state, '1']} | {counted[state, '2']} |" in PAGE


def test_readme_and_architecture_lead_there() -> None:
    assert "docs/security.md" in (ROOT / "README.md").read_text()
    assert "security.md" in (ROOT / "docs" / "architecture.md").read_text()
