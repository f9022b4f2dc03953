"""What every test can ask for: a cast of people, and a database whose guards may be lifted between tests only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
    if connection.vendor == "postgresql":
        connection.ops.sql_flush = _delete_everything


def _delete_everything(style: Any, tables: Iterable[str], **_: Any) -> list[str]:
    """PostgreSQL's TRUNCATE makes each table anew, which takes a hundred times as long for the few rows of a test."""
    return [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]


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
