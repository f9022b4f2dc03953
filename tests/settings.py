"""Settings of the test suite: those of the portal, with a folder and a key of their own for each process.

What the shell says of an installation does not reach the tests; DATABASE_URL and REDIS_URL choose the engine.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

_OF_AN_INSTALLATION = [
    "ALLOWED_HOSTS",
    "ANCHOR_S3_BUCKET",
    "ANCHOR_S3_ENDPOINT",
    "ANCHOR_S3_PREFIX",
    "ANCHOR_S3_RETENTION_DAYS",
    "ARTIFACT_FORMATS",
    "DEBUG",
    "EMAIL_URL",
    "GATEHOUSE_ANCHORS",
    "GATEHOUSE_DEMO",
    "GATEHOUSE_KEYS",
    "GATEHOUSE_URL",
    "OIDC_ASKS_SECOND_FACTOR",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_EMAIL_IS_VERIFIED",
    "OIDC_ISSUER",
    "OIDC_NAME",
    "OIDC_SECOND_FACTOR_ACR",
    "PASSWORD_CONTEXT_WORDS",
    "BREACHED_PASSWORDS",
    "PORT",
    "REQUIRE_SECOND_FACTOR",
    "SESSION_HOURS",
    "SESSION_IDLE_MINUTES",
    "TRUSTED_PROXY_COUNT",
    "WEBHOOK_KINDS",
    "WEBHOOK_OLD_SECRET",
    "WEBHOOK_SECRET",
    "WEBHOOK_URL",
]
for _name in _OF_AN_INSTALLATION:
    os.environ.pop(_name, None)

_folder = tempfile.mkdtemp(prefix="gatehouse-test-")
_process = os.getpid()
(Path(_folder) / "static").mkdir()  # whitenoise warns of a folder that is not there
os.environ["GATEHOUSE_VAR"] = _folder
os.environ["SECRET_KEY"] = secrets.token_urlsafe(64)


@atexit.register
def _remove_folder() -> None:
    """Processes forked by a test leave through here as well, and the folder is not theirs."""
    if os.getpid() == _process:
        shutil.rmtree(_folder)


from governance.settings import *  # noqa: E402, F403
from governance.settings import CACHES, DATABASES, STORAGES  # noqa: E402

_is_sqlite = "sqlite" in DATABASES["default"]["ENGINE"]
# Runs at the same time on one server need databases of their own, named test_gatehouse….
_database = f"{_folder}/test.sqlite3" if _is_sqlite else os.environ.get("TEST_DATABASE_NAME", "test_gatehouse")
DATABASES["default"].setdefault("TEST", {})["NAME"] = _database
if _is_sqlite:
    # What a test took back was written to disk once, to be forgotten: savepoints are kept in memory instead.
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA temp_store=MEMORY; PRAGMA synchronous=OFF"
CACHES["default"]["KEY_PREFIX"] = Path(_folder).name
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
REQUESTS_PER_MINUTE = 0  # tests ask more than people do
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A code may be typed a moment after its half minute is over: machines that run tests are slow at times.
MFA_TOTP_TOLERANCE = 1
