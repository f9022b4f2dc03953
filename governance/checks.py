"""System checks of the portal as a whole."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from governance import secrets


def register() -> None:
    checks.register(secret_key_is_strong, checks.Tags.security, deploy=True)


def secret_key_is_strong(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    if settings.SECRET_KEY and not secrets.is_weak(settings.SECRET_KEY):
        return []
    return [checks.Error("SECRET_KEY is missing or weak.", hint="At least 50 random characters.", id="governance.E001")]
