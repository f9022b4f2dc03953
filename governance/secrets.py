"""Secrets that an installation makes for itself, kept in files that only its own account can read."""

import os
import secrets
import tempfile
from pathlib import Path

WEAKEST_KEY_LENGTH = 50
FEWEST_DIFFERENT_CHARACTERS = 12
PREFIX_OF_EXAMPLES = "django-insecure-"


def stored(path: Path) -> str:
    """The secret in `path`, or "" when there is none. Nothing is created by reading settings."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def create(path: Path) -> str:
    """Writes a new random secret to `path` (mode 0600) unless one is there; returns the one that is there then."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return stored(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(new())
    return stored(path)


def write(path: Path, text: str) -> None:
    """Puts `text` in the place of what `path` holds, in one step. mkstemp makes the file with mode 0600."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).rename(path)


def new() -> str:
    return secrets.token_urlsafe(64)


def is_weak(key: str) -> bool:
    """Django's own bounds (check security.W009): 50 characters, no generated example; plus a bound on repetition."""
    return (
        len(key) < WEAKEST_KEY_LENGTH
        or len(set(key)) < FEWEST_DIFFERENT_CHARACTERS
        or key.startswith(PREFIX_OF_EXAMPLES)
    )
