"""Settings that decide what may pass, as they stand at each start: changing one is written down as well."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from audit import ledger
from audit.models import Event
from registry.models import Person

CHANGED = "governance.settings.changed"
#: None of them is a secret. What an installation is called and where its files lie decides nothing.
THAT_MATTER = (
    "ACCOUNT_RATE_LIMITS",
    "ARTIFACT_FORMATS",
    "ARTIFACT_MAX_BYTES",
    "AUTHENTICATION_BACKENDS",
    "AUTH_PASSWORD_VALIDATORS",
    "DEBUG",
    "DEMO",
    "DEPLOYMENT_GATES",
    "IMPORT_MLFLOW_HOSTS",
    "LEDGER_ANCHORS",
    "OIDC_ASKS_SECOND_FACTOR",
    "OIDC_ISSUER",
    "OIDC_SECOND_FACTOR_ACR",
    "REQUESTS_PER_MINUTE",
    "REQUIRE_SECOND_FACTOR",
    "SERVED_BY_HTTPS",
    "SESSION_COOKIE_AGE",
    "SESSION_IDLE_SECONDS",
)


def write_down_changes() -> None:
    """Called once at each start of the worker. Writes an event when one of them is not as it was at the last start."""
    stand = {name: repr(getattr(settings, name)) for name in THAT_MATTER} | {"LEDGER_ANCHORS": repr(_anchors())}
    before = _last()
    changed = [name for name in THAT_MATTER if before.get(name) != stand[name]]
    if changed:
        with ledger.entry("governance.settings.changed", by=Person.objects.system()) as entry:
            entry.facts = {"start": "later" if before else "first", "changed": changed, "settings": stand}


def _anchors() -> list[dict[str, str]]:
    """Without their options: where one lies may have a secret in its address."""
    return [{name: anchor[name] for name in ("NAME", "ANCHOR")} for anchor in settings.LEDGER_ANCHORS]


def _last() -> dict[str, Any]:
    last = Event.objects.filter(kind=CHANGED).order_by("-pk").values_list("facts", flat=True).first()
    return last["settings"] if last else {}
