"""Secrets are taken out of every log line, wherever in it they stand: keys, messages, tracebacks, nested values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

REDACTED = "[redacted]"

#: Names of what may not be told, as they stand in headers, forms, settings and cookies.
NAMES = (
    r"authorization|proxy-authorization|x-api-key|api[_-]?key|(?:set-)?cookie|(?:__host-)?sessionid|session_key"
    r"|(?:__host-)?csrftoken"
    r"|csrfmiddlewaretoken|\w*passw(?:or)?d\w*|\w*secret\w*|\w*token|private_key"
)
_SECRET_NAME = re.compile(rf"(?:http_)?(?:{NAMES})\Z", re.IGNORECASE)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"gh_[A-Za-z0-9_-]+"), REDACTED),
    (re.compile(r"(/password/reset/key/)[^\s/?#'\"]+"), rf"\1{REDACTED}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s/@]+@", re.IGNORECASE), rf"\1:{REDACTED}@"),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    # Where a value ends cannot be told (quotes, escapes, spaces): the rest of its line goes with it.
    (re.compile(rf"((?<![a-z0-9])(?:http_)?(?:{NAMES})\\*['\"]?\)?\s*[:=])[^\r\n]*", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"([?&](?:code|state|key|sig|signature)=)[^\s&'\"]+", re.IGNORECASE), rf"\1{REDACTED}"),
)


def redact(logger: Any, method: str, line: Mapping[str, Any]) -> dict[str, Any]:
    """A processor of structlog. Comes after whatever turns exceptions into text, and before the renderer."""
    return _mapping(line, tuple(_own_secrets()))


def _mapping(told: Mapping[Any, Any], own: tuple[str, ...]) -> dict[str, Any]:
    return {str(key): REDACTED if _SECRET_NAME.match(str(key)) else _value(value, own) for key, value in told.items()}


def _value(value: Any, own: tuple[str, ...]) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return _mapping(value, own)
        case list() | tuple() | set() | frozenset():
            return [_value(item, own) for item in value]
        case bytes():
            return _text(value.decode(errors="replace"), own)
    return _text(str(value), own)


def _text(text: str, own: tuple[str, ...]) -> str:
    for secret in own:
        text = text.replace(secret, REDACTED)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _own_secrets() -> Iterator[str]:
    """What this installation was given to keep: found wherever it stands, whatever stands before it."""
    given = [_key(), settings.METRICS_TOKEN, settings.EMAIL_HOST_PASSWORD, settings.OIDC_CLIENT_SECRET]
    given += [database.get("PASSWORD", "") for database in settings.DATABASES.values()]
    given.append(urlsplit(settings.REDIS_URL).password or "")
    return (secret for secret in given if secret)


def _key() -> str:
    """Django does not read an empty key aloud: a command that fails without one says why it failed."""
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:
        return ""
