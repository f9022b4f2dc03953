"""What every test can ask for: a cast of people, and a database whose guards may be lifted between tests only."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.testcases import TestCase

from audit import guards
from tests.builders import Cast, build_cast
from tests.snapshots import told_once

cast_told_once = told_once(build_cast)


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_guards() -> None:
    """Tests with real transactions end with a flush, which the append-only guards refuse. Lifted here, nowhere else."""
    flush = TransactionTestCase._fixture_teardown

    def lifted(self: TransactionTestCase) -> None:
        if not isinstance(self, TestCase):
            _lift_guards()
        flush(self)

    TransactionTestCase._fixture_teardown = lifted


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
