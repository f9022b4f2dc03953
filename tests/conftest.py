"""What every test can ask for: a cast of people, and a database whose guards may be lifted between tests only."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from audit import guards
from tests.builders import Cast, build_cast
from tests.snapshots import Baseline, told_once

cast_told_once = told_once(build_cast)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests with real transactions end with the rows that were there before the first test, under the same keys. The
    append-only guards refuse that, and are lifted here, nowhere else."""
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
