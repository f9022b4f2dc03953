"""What an installation behind https gets, asked of the settings themselves in a process of their own."""

from __future__ import annotations

import json
import os
import secrets
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import argon2
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from kombu import Connection

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


def test_cookies_are_of_this_very_host(production: dict[str, Any]) -> None:
    """What a browser asks of a name that begins with __Host-: Secure, the path /, and no domain."""
    for cookie in ("SESSION", "CSRF", "TIME_ZONE"):
        assert production[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
    for cookie in ("SESSION", "CSRF"):
        assert production[f"{cookie}_COOKIE_PATH"] == "/"
        assert production[f"{cookie}_COOKIE_DOMAIN"] is None
    assert production["MESSAGE_STORAGE"].endswith("SessionStorage")
    script = (settings.BASE_DIR / "static" / "js" / "time-zone.js").read_text()
    assert 'encrypted ? "__Host-time_zone="' in script
    assert 'Path=/; Max-Age=31536000; SameSite=Lax" + (encrypted ? "; Secure"' in script


def test_without_https_the_names_are_plain(tmp_path: Path) -> None:
    plain = json.loads(run(tmp_path, "-c", ASKED, GATEHOUSE_URL="http://127.0.0.1:8000"))
    assert plain["SESSION_COOKIE_NAME"] == "sessionid"
    assert plain["SECURE_SSL_REDIRECT"] is False


def test_the_database_s_address_says_how_it_is_encrypted(tmp_path: Path) -> None:
    address = "postgresql://gatehouse:x@db.example.org/gatehouse?sslmode=verify-full&sslrootcert=/etc/ssl/own.pem"
    options = json.loads(run(tmp_path, "-c", ASKED, DATABASE_URL=address))["DATABASES"]["default"]["OPTIONS"]
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ssl/own.pem")
    assert options["options"] == "-c jit=off"


@pytest.mark.parametrize("more", ["", "?ssl_ca_certs=/etc/ssl/own.pem"])
def test_a_redis_by_tls_has_to_show_its_certificate(tmp_path: Path, more: str) -> None:
    said = json.loads(run(tmp_path, "-c", ASKED, REDIS_URL=f"rediss://:x@cache.example.org:6379/0{more}"))
    assert Connection(said["CELERY_BROKER_URL"]).ssl["ssl_cert_reqs"] == ssl.CERT_REQUIRED
    cache = redis.Redis.from_url(said["CACHES"]["default"]["LOCATION"])
    assert cache.connection_pool.connection_class is redis.SSLConnection
    assert cache.connection_pool.make_connection().cert_reqs == ssl.CERT_REQUIRED
    assert (
        json.loads(run(tmp_path, "-c", ASKED, REDIS_URL="redis://cache:6379/0"))["REDIS_URL"] == "redis://cache:6379/0"
    )


def test_mail_goes_out_encrypted_where_the_address_says_so(tmp_path: Path) -> None:
    said = json.loads(run(tmp_path, "-c", ASKED, EMAIL_URL="smtp+tls://user:x@mail.example.org:587"))
    assert (said["EMAIL_USE_TLS"], said["EMAIL_BACKEND"]) == (True, "django.core.mail.backends.smtp.EmailBackend")


def test_sessions_last_as_long_as_they_are_told(production: dict[str, Any], tmp_path: Path) -> None:
    assert (production["SESSION_COOKIE_AGE"], production["SESSION_IDLE_SECONDS"]) == (12 * 3600, 2 * 3600)
    short = json.loads(run(tmp_path, "-c", ASKED, SESSION_HOURS="8", SESSION_IDLE_MINUTES="15"))
    assert (short["SESSION_COOKIE_AGE"], short["SESSION_IDLE_SECONDS"]) == (8 * 3600, 15 * 60)


def test_passwords_are_hashed_with_argon2(production: dict[str, Any]) -> None:
    assert production["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    hasher = Argon2PasswordHasher()
    assert hasher.params().type == argon2.Type.ID
    assert (hasher.time_cost, hasher.memory_cost >= 19 * 1024) == (2, True)


def test_proxies_are_trusted_as_many_as_are_named(production: dict[str, Any], tmp_path: Path) -> None:
    assert production["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert json.loads(run(tmp_path, "-c", ASKED))["ALLAUTH_TRUSTED_PROXY_COUNT"] == 0
