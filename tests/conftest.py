"""What every test can ask for: a cast of people, and a database whose guards may be lifted between tests only."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as shared
from django.db import connection
from django.test import TransactionTestCase

from audit import guards, signing, tree
from tests.builders import Cast, build_cast
from tests.snapshots import Baseline, told_once

cast_told_once = told_once(build_cast)


def pytest_collection_finish() -> None:
    """What is loaded by now stays; looking through it again and again for what could go is a twentieth of a run."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests with real transactions end with the rows that were there before the first test, under the same keys. The
    append-only guards refuse that, and are lifted here, nowhere else."""
    (Path(shared.LEDGER_KEYS) / signing.KEY).unlink()  # nobody signs but with `signer_of_its_own`
    # Nobody places events by the way: a story that is told once is written again whole, and takes nothing away.
    tree.BETWEEN_LOOKS = float("inf")
    with django_db_blocker.unblock():
        empty = Baseline.now()

    def leave_empty(_: TransactionTestCase) -> None:
        _lift_guards()
        empty.restore()
        guards.install(connection)

    TransactionTestCase._fixture_teardown = leave_empty


def _lift_guards() -> None:
    with connection.cursor() as cursor:
        for model in guards.append_only_models():
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            else:
                cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")


@pytest.fixture
def cast(db: None) -> Cast:
    """Made by actions once for each process; every test finds the rows that they wrote."""
    return cast_told_once()


@pytest.fixture
def signer_of_its_own(settings: Any, tmp_path: Path) -> Path:
    """The folder of its keys, in which nothing was signed yet: what it remembers outlasts the database of a test."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    for key in Path(shared.LEDGER_KEYS).glob("ledger-*.key"):
        shutil.copy2(key, folder)
    settings.LEDGER_KEYS, settings.LEDGER_ORIGIN = folder, "models.example.org/ledger"
    signing.have_key()
    return folder
