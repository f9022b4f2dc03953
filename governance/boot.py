"""What has to hold before the portal serves anybody. Every server process asks it once, when it starts."""

from __future__ import annotations

from pathlib import Path

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from audit import checkpoints, guards, keys
from audit.models import Event
from governance import passwords, second_factor, secrets
from registry.formats import FORMATS
from registry.models import Person


def refuse_unsafe() -> None:
    """Raises ImproperlyConfigured, with one sentence, for the first thing that makes serving unsafe.

    A database that was set back is served read-only from the first request on.
    """
    for against in (_key, _debug, _settings, _demo_accounts, _ledger, _second_factors):
        if objection := against():
            raise ImproperlyConfigured(objection)
    checkpoints.look_back()


def _key() -> str:
    if not settings.SECRET_KEY:
        return "SECRET_KEY is not set. Set it to at least 50 random characters."
    if secrets.is_weak(settings.SECRET_KEY):
        return "SECRET_KEY is weak. Set it to at least 50 random characters."
    return ""


def _debug() -> str:
    return "DEBUG is on. It shows the portal’s inside to visitors; unset DEBUG." if settings.DEBUG else ""


def _settings() -> str:
    """What would fail only when somebody first needs it."""
    breached = settings.BREACHED_PASSWORDS
    if breached and not Path(breached).is_file():
        return f"BREACHED_PASSWORDS names {breached}, which is no file."
    if breached and not passwords.is_list_of_digests(Path(breached)):
        return f"BREACHED_PASSWORDS names {breached}, which is no list of SHA-1 digests in their order."
    unknown = sorted(set(settings.ARTIFACT_FORMATS) - set(FORMATS))
    if unknown:
        return f"ARTIFACT_FORMATS names {', '.join(unknown)}. Known are {', '.join(FORMATS)}."
    if min(settings.SESSION_COOKIE_AGE, settings.SESSION_IDLE_SECONDS) <= 0:
        return "SESSION_HOURS and SESSION_IDLE_MINUTES have to be 1 or more."
    if settings.REQUESTS_PER_MINUTE < 0:
        return "REQUESTS_PER_MINUTE has to be 0, which sets no limit, or more."
    return ""


def _demo_accounts() -> str:
    if settings.DEMO or not Person.objects.filter(is_demo=True, is_active=True).exists():
        return ""
    return "This database holds demo accounts. Start with an empty one, or with GATEHOUSE_DEMO=1 for the demo."


def _ledger() -> str:
    if not keys.exist():
        return f"The ledger has no key in {settings.LEDGER_KEYS}. Run manage.py ledger_key, or put the lost key back."
    used = Event.objects.order_by().values_list("key_id", flat=True).distinct()
    lost = sorted(set(used) - keys.ids())
    if lost:
        return (
            f"The ledger is signed with keys that are not in {settings.LEDGER_KEYS}: {', '.join(lost)}. Put them back."
        )
    unguarded = guards.missing(connection)
    return f"Not guarded: {', '.join(unguarded)}. Run manage.py migrate." if unguarded else ""


def _second_factors() -> str:
    path = second_factor.key_path()
    if secrets.stored(path) or not Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).exists():
        return ""
    return f"Second factors are encrypted with a key that is not in {path}. Put it back, or nobody who has one gets in."
