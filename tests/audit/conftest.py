"""A signer of one's own: what it remembers outlasts the database of a test, which is taken back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shared

from audit import signing


@pytest.fixture
def signer_of_its_own(settings: Any, tmp_path: Path) -> Path:
    """The folder with its keys, in which nothing was signed yet."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    for key in Path(shared.LEDGER_KEYS).glob("ledger-*.key"):
        shutil.copy2(key, folder)
    settings.LEDGER_KEYS, settings.LEDGER_ORIGIN = folder, "models.example.org/ledger"
    signing.have_key()
    return folder
