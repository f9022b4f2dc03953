"""The keys of the ledger's message authentication codes: files of mode 0600, outside the database.

Each file is `ledger-<key id>.key` with 32 random bytes in hexadecimal. The newest one signs; all of them verify.
"""

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NAME = re.compile(r"ledger-[0-9]{4}-[0-9a-f]{8}\.key")
CONTENT = re.compile("[0-9a-f]{64}")


def sign(message: bytes) -> tuple[bytes, str]:
    """HMAC-SHA-256 of `message` (RFC 2104) and the id of the key that made it."""
    key_id, key = _newest()
    return _mac(key, message), key_id


def verifies(message: bytes, mac: bytes, key_id: str) -> bool:
    """Raises ImproperlyConfigured when the key of that id is not here."""
    keys = _all()
    if key_id not in keys:
        raise ImproperlyConfigured(f"The ledger key {key_id} is not in {settings.LEDGER_KEYS}.")
    return hmac.compare_digest(_mac(keys[key_id], message), mac)


def exist() -> bool:
    return bool(_all())


def ids() -> set[str]:
    return set(_all())


def create() -> str:
    """Makes a new key, which signs from now on, and returns its id. Older keys stay and go on verifying."""
    folder = Path(settings.LEDGER_KEYS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = max((int(key_id[:4]) for key_id in ids()), default=0) + 1
    key_id = f"{number:04d}-{secrets.token_hex(4)}"
    _write(folder / f"ledger-{key_id}.key", secrets.token_hex(32))
    return key_id


def _write(path: Path, text: str) -> None:
    """In one step, so that no reader and no crash meets half a key. mkstemp makes the file with mode 0600."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).rename(path)


def _newest() -> tuple[str, bytes]:
    keys = _all()
    if not keys:
        raise ImproperlyConfigured(
            f"The ledger has no key in {settings.LEDGER_KEYS}. Run `manage.py ledger_key`, or put the lost key back."
        )
    newest = max(keys)
    return newest, keys[newest]


def _all() -> dict[str, bytes]:
    files = Path(settings.LEDGER_KEYS).glob("ledger-*.key")
    return {file.stem.removeprefix("ledger-"): _read(file) for file in files}


def _read(file: Path) -> bytes:
    if not NAME.fullmatch(file.name):
        raise ImproperlyConfigured(f"{file} has no name of a ledger key, ledger-<four digits>-<eight hex digits>.key.")
    if file.stat().st_mode & 0o177:
        raise ImproperlyConfigured(f"The ledger key {file} is open to others than its owner. Run chmod 600 on it.")
    text = file.read_text().strip()
    if not CONTENT.fullmatch(text):
        raise ImproperlyConfigured(f"{file} holds no whole ledger key. Put the key back from its copy.")
    return bytes.fromhex(text)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
