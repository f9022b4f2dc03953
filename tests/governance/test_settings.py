"""What an installation behind https gets, asked of the settings themselves in a process of their own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ASKED = """
import json
from django.conf import settings
names = [name for name in dir(settings) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def run(tmp_path: Path, *arguments: str, **variables: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "GATEHOUSE_VAR": str(tmp_path),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "GATEHOUSE_URL": "https://models.example.org",
        "ALLOWED_HOSTS": "models.example.org",
    }
    command = [sys.executable, *arguments]
    answer = subprocess.run(
        command, env=environment | variables, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return json.loads(run(tmp_path_factory.mktemp("var"), "-c", ASKED, TRUSTED_PROXY_COUNT="1"))


def test_the_checks_of_a_deployment_find_nothing(tmp_path: Path) -> None:
    run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")


def test_cookies_are_out_of_reach(production: dict[str, Any]) -> None:
    for cookie in ("SESSION", "CSRF"):
        assert production[f"{cookie}_COOKIE_SECURE"] is True
        assert production[f"{cookie}_COOKIE_HTTPONLY"] is True
        assert production[f"{cookie}_COOKIE_SAMESITE"] == "Lax"


def test_passwords_are_hashed_with_argon2(production: dict[str, Any]) -> None:
    assert production["PASSWORD_HASHERS"][0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_proxies_are_trusted_as_many_as_are_named(production: dict[str, Any], tmp_path: Path) -> None:
    assert production["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert json.loads(run(tmp_path, "-c", ASKED))["ALLAUTH_TRUSTED_PROXY_COUNT"] == 0
