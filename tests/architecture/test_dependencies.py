"""Every direct dependency is explained, and no lock names an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [line.split("|") for line in (ROOT / "docs/dependencies.md").read_text().splitlines() if line.startswith("|")]
LOCKS = ["requirements.txt", "requirements-s3.txt", "requirements-dev.txt", "examples/requirements.txt"]
EXPLAINED = {row[1].split("(")[0].strip() for row in ROWS}


@pytest.mark.parametrize("source", ["requirements.in", "requirements-s3.in", "requirements-dev.in"])
def test_each_direct_dependency_says_why_it_is_here(source: str) -> None:
    lines = (ROOT / source).read_text().splitlines()
    named = {re.split(r"[~=<>]", line)[0] for line in lines if line and not line.startswith(("-r", "#"))}
    assert named
    assert named <= EXPLAINED


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_pin_hashes_and_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pinned = re.findall(r"^\S+==\S+.*\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 5
