"""Settings of the test suite: those of the portal, with a folder and a key of their own for each process."""

import os
import secrets
import tempfile

_folder = tempfile.mkdtemp(prefix="gatehouse-test-")
os.environ["GATEHOUSE_VAR"] = _folder
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))

from governance.settings import *  # noqa: E402, F403
from governance.settings import DATABASES, STORAGES  # noqa: E402

DATABASES["default"].setdefault("TEST", {})["NAME"] = (
    f"{_folder}/test.sqlite3" if "sqlite" in DATABASES["default"]["ENGINE"] else "test_gatehouse"
)
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
