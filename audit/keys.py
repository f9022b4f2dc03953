"""The keys of the ledger's message authentication codes: files of mode 0600, outside the database.

Each file is `ledger-<key id>.key` with 32 random bytes in hexadecimal. The newest one signs; all of them verify.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


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


def create() -> str:
    """Makes a new key, which signs from now on, and returns its id. Older keys stay and go on verifying."""
    folder = Path(settings.LEDGER_KEYS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_id = f"{len(_all()) + 1:04d}-{secrets.token_hex(4)}"
    descriptor = os.open(folder / f"ledger-{key_id}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    return key_id


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
    return {file.stem.removeprefix("ledger-"): bytes.fromhex(file.read_text().strip()) for file in files}


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
