"""What `manage.py check --database default` and every start ask of the ledger."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import connections

from audit import guards, keys


def register() -> None:
    checks.register(guards_are_laid, checks.Tags.database)


def guards_are_laid(app_configs: Any, databases: list[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if "audit_event" not in connection.introspection.table_names():
            continue
        unguarded = guards.missing(connection)
        if unguarded:
            found.append(
                checks.Error(
                    f"Not append-only: {', '.join(unguarded)}.",
                    hint="Run `manage.py migrate --skip-checks`, which lays the guards again.",
                    id="audit.E001",
                )
            )
        if not keys.exist():
            found.append(checks.Error("The ledger has no key.", hint="Run `manage.py ledger_key`.", id="audit.E002"))
    return found
