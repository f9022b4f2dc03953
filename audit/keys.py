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
#: How a fault begins that another machine, which has the key, may not find.
UNKNOWN = "is signed with the key"


def sign(message: bytes) -> tuple[bytes, str]:
    """HMAC-SHA-256 of `message` (RFC 2104) and the id of the key that made it."""
    key_id, key = _newest()
    return _mac(key, message), key_id


class Ring:
    """All keys, read once by whoever has many codes to check."""

    def __init__(self) -> None:
        self._keys = _all()

    def fault(self, message: bytes, mac: bytes, key_id: str) -> str:
        """What is wrong with the code of `message`, "" when nothing is."""
        if key_id not in self._keys:
            return f"{UNKNOWN} {key_id}, which is not in {settings.LEDGER_KEYS}"
        if not hmac.compare_digest(_mac(self._keys[key_id], message), mac):
            return "its bytes are not those that were signed"
        return ""


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
    write(folder / f"ledger-{key_id}.key", secrets.token_hex(32))
    return key_id


def write(path: Path, text: str) -> None:
    """In one step that outlasts a loss of power, so that nobody meets half a file. mkstemp makes it with mode 0600."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> str:
    """Raises ImproperlyConfigured for a key that others than its owner can read."""
    if path.stat().st_mode & 0o177:
        raise ImproperlyConfigured(f"The ledger key {path} is open to others than its owner. Run chmod 600 on it.")
    return path.read_text().strip()


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
    text = read(file)
    if not CONTENT.fullmatch(text):
        raise ImproperlyConfigured(f"{file} holds no whole ledger key. Put the key back from its copy.")
    return bytes.fromhex(text)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)
