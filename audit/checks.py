"""What `manage.py check --database default` and every start ask of the ledger."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from audit import guards, keys, signing, webhook
from audit.anchors import loading
from audit.models import Anchoring


def register() -> None:
    checks.register(guards_are_laid, checks.Tags.database)
    checks.register(signer_remembers, checks.Tags.database)
    checks.register(anchors_are_configured)
    checks.register(webhook_is_signed)


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
                    f"Not guarded: {', '.join(unguarded)}.",
                    hint="Run `manage.py migrate --skip-checks`, which lays the guards again.",
                    id="audit.E001",
                )
            )
        if not keys.exist():
            found.append(checks.Error("The ledger has no key.", hint="Run `manage.py ledger_key`.", id="audit.E002"))
    return found


def signer_remembers(app_configs: Any, databases: list[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Not so where the key came with a copy of the machine that signs, and the memory did not."""
    is_laid = databases and "audit_checkpoint" in connections[databases[0]].introspection.table_names()
    if not is_laid or not signing.has_forgotten():
        return []
    return [
        checks.Error(
            "This machine has the key that signs checkpoints, and no memory of what was signed with it.",
            hint="If another machine signs, take checkpoints.key away from here. If this is the one, put "
            "checkpoints.memory back, or run `manage.py ledger_adopt`.",
            id="audit.E003",
        )
    ]


def anchors_are_configured(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    """Whether an anchor answers is not asked: a portal serves without, and its worker goes on trying."""
    longest = Anchoring._meta.get_field("anchor").max_length
    found: list[checks.CheckMessage] = []
    names: set[str] = set()
    for entry in settings.LEDGER_ANCHORS:
        name = entry.get("NAME", "")
        if not 0 < len(name) <= longest or name in names:
            hint = f"Each anchor has a NAME of its own, of at most {longest} characters."
            found.append(checks.Error(f"An anchor is named “{name}”.", hint=hint, id="audit.E010"))
        names.add(name)
        try:
            loading.made(entry)
        except (ImportError, TypeError, KeyError, ValueError, ImproperlyConfigured) as error:
            found.append(checks.Error(f"The anchor “{name}” cannot be made: {error}", id="audit.E011"))
    return found


def webhook_is_signed(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    if not settings.WEBHOOK_URL:
        return []
    found = []
    for name in ("WEBHOOK_SECRET", *(["WEBHOOK_OLD_SECRET"] if settings.WEBHOOK_OLD_SECRET else [])):
        try:
            webhook.key(getattr(settings, name))
        except ValueError as error:
            found.append(
                checks.Error(f"{name} is {error}.", hint="Make one as Standard Webhooks has it.", id="audit.E004")
            )
    return found
