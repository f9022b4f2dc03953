"""What every start asks of the approvals room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string


def register() -> None:
    checks.register(gates_are_configured)


def gates_are_configured(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    if not settings.DEPLOYMENT_GATES:
        return [checks.Error("DEPLOYMENT_GATES is empty.", hint="Without gates nothing may go.", id="approvals.E001")]
    found = []
    for entry in settings.DEPLOYMENT_GATES:
        try:
            import_string(entry["GATE"])(**entry.get("OPTIONS", {}))
        except (ImportError, TypeError, KeyError) as error:
            found.append(checks.Error(f"Gate {entry} cannot be made: {error}", id="approvals.E002"))
    return found
