"""Writes a portfolio of so many models into an empty installation of its own.

    GATEHOUSE_VAR=/tmp/bench DATABASE_URL=sqlite:////tmp/bench/bench.sqlite3 \\
    DJANGO_SETTINGS_MODULE=governance.settings .venv/bin/python -m benchmarks.write 100

The database has to be a file under the temporary folder, or to be named test_gatehouse_bench…, and to hold nobody yet.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from governance import secrets
from governance.serving import ground

PREFIX = "test_gatehouse_bench"


def main(models: int) -> None:
    _refuse_foreign(settings.DATABASES["default"])
    ground.make_folders(settings.VAR)
    settings.SECRET_KEY = secrets.create(settings.VAR / "keys" / "django-secret.key")
    django.setup()
    from benchmarks import portfolio

    call_command("migrate", verbosity=0, interactive=False)
    _refuse_inhabited()
    _hurry()
    began = time.monotonic()
    copied = portfolio.write(models)
    _settle()
    print(f"{models:,} models, {copied:,} copied rows, {time.monotonic() - began:.0f} s")


def _refuse_foreign(database: dict[str, Any]) -> None:
    """Whoever names another database by mistake keeps it."""
    name, temporary = str(database["NAME"]), Path(tempfile.gettempdir()).resolve()
    if "sqlite" in database["ENGINE"]:
        is_ours = Path(name).resolve().is_relative_to(temporary)
    else:
        is_ours = name.startswith(PREFIX)
    if not is_ours:
        sys.exit(f"{name} is not under {temporary} and not named {PREFIX}…, so nothing is written into it.")


def _refuse_inhabited() -> None:
    from registry.models import Person

    if Person.objects.known().exists():
        sys.exit("Somebody is in this database already. Take an empty one.")


def _hurry() -> None:
    """Nothing is lost with this database that cannot be written again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET synchronous_commit = off")
        else:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -512000")


def _settle() -> None:
    """What PostgreSQL's autovacuum does by itself after a while. SQLite's planner knows no more than in any portal."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE)")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    main(int(sys.argv[1]))
