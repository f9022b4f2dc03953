"""The portal refuses to serve where serving would be unsafe."""

from __future__ import annotations

import secrets
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from audit import keys
from audit.models import Event
from governance import boot
from governance import secrets as own_secrets
from registry.actions import people
from registry.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def test_a_safe_portal_serves() -> None:
    boot.refuse_unsafe()


@pytest.mark.parametrize("key", ["", "short", "a" * 80, "django-insecure-key"])
def test_a_missing_or_weak_key_is_refused(settings: Any, key: str) -> None:
    settings.SECRET_KEY = key
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        boot.refuse_unsafe()


def test_debug_is_refused(settings: Any) -> None:
    settings.DEBUG = True
    with pytest.raises(ImproperlyConfigured, match="DEBUG"):
        boot.refuse_unsafe()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BREACHED_PASSWORDS", "/nowhere/at-all.txt", "no file"),
        ("ARTIFACT_FORMATS", ["onnx", "exe"], "names exe"),
        ("SESSION_IDLE_SECONDS", 0, "1 or more"),
        ("SESSION_COOKIE_AGE", -60, "1 or more"),
        ("REQUESTS_PER_MINUTE", -1, "0, which sets no limit"),
    ],
)
def test_a_setting_that_cannot_hold_is_refused(settings: Any, name: str, value: Any, said: str) -> None:
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=said):
        boot.refuse_unsafe()


@pytest.mark.parametrize(
    ("content", "is_taken"),
    [
        ("", False),
        ("password\n", False),
        ("0" * 32 + ":9\n", False),  # of another kind
        ("F" * 40 + ":9\n" + "0" * 40 + ":1\n", False),  # the frequent first
        ("0" * 40 + ":1\r\n" + "f" * 40 + ":9\r\n", True),
    ],
)
def test_a_list_of_breached_passwords_in_which_nothing_is_found_is_refused(
    settings: Any, tmp_path: Path, content: str, is_taken: bool
) -> None:
    breached = tmp_path / "breached.txt"
    breached.write_text(content)
    settings.BREACHED_PASSWORDS = str(breached)
    with nullcontext() if is_taken else pytest.raises(ImproperlyConfigured, match="no list of SHA-1 digests"):
        boot.refuse_unsafe()


def test_demo_accounts_are_refused_outside_the_demo(settings: Any) -> None:
    people.create_person(username="ada", name="Ada", is_demo=True, by=Person.objects.system())
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured, match="demo accounts"):
        boot.refuse_unsafe()
    settings.DEMO = True
    boot.refuse_unsafe()


def test_a_ledger_without_its_key_is_refused(settings: Any, tmp_path: Any) -> None:
    settings.LEDGER_KEYS = tmp_path
    with pytest.raises(ImproperlyConfigured, match="ledger has no key"):
        boot.refuse_unsafe()


def test_a_made_secret_is_strong_and_only_its_owner_s(tmp_path: Any) -> None:
    path = tmp_path / "keys" / "django-secret.key"
    key = own_secrets.create(path)
    assert not own_secrets.is_weak(key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert own_secrets.create(path) == own_secrets.stored(path) == key


def test_checks_of_a_deployment_find_nothing_in_production_settings(settings: Any) -> None:
    settings.SECRET_KEY = secrets.token_urlsafe(64)
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        setattr(settings, name, True)
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    call_command("check", deploy=True, fail_level="WARNING", databases=["default"])


def test_a_ledger_that_lost_one_of_its_keys_is_refused(settings: Any, tmp_path: Any) -> None:
    used = Event.objects.latest("id").key_id
    settings.LEDGER_KEYS = tmp_path
    keys.create()
    with pytest.raises(ImproperlyConfigured, match=f"{used}. Put them back"):
        boot.refuse_unsafe()
