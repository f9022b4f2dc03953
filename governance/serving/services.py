"""Whether the database and the broker answer: asked before anything is started that would retry, and by /readyz."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.utils import ConnectionHandler

from governance.serving.ground import Refusal

PATIENCE_SECONDS = 5


def refuse_silent() -> None:
    _ask_database()
    if settings.REDIS_URL:
        _ask_redis()


def broker_answers() -> bool:
    """Redis, or the folder of messages. Waits no longer than a visitor would."""
    if not settings.REDIS_URL:
        folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    try:
        redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_PATIENCE, retry=None).ping()
    except redis.RedisError:
        return False
    return True


def _ask_database() -> None:
    try:
        database = ConnectionHandler({"default": _without_pool(settings.DATABASES["default"])})["default"]
        database.ensure_connection()
        database.close()
    except (DatabaseError, ImproperlyConfigured) as error:
        raise Refusal(f"The database {_database_place()} does not answer: {_first_line(error)}.") from None


def _without_pool(config: dict) -> dict:
    """A pool goes on trying for longer than somebody at a terminal waits, and writes a line for each try."""
    if "postgresql" not in config["ENGINE"]:
        return config
    return config | {"OPTIONS": {"connect_timeout": PATIENCE_SECONDS}}


def _ask_redis() -> None:
    try:
        redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
        ).ping()
    except (redis.RedisError, ValueError) as error:
        raise Refusal(f"Redis at {_place(settings.REDIS_URL)} does not answer: {_first_line(error)}.") from None


def _database_place() -> str:
    config = settings.DATABASES["default"]
    host = f" at {config['HOST']}:{config['PORT'] or 5432}" if config.get("HOST") else ""
    return f"{config['NAME']}{host}"


def _place(url: str) -> str:
    """The address without the password in it."""
    return urlsplit(url).netloc.rpartition("@")[2] or "REDIS_URL"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
