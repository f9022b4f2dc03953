"""Short secrets sealed for the database: AES-256-GCM, under keys that stand in a file elsewhere. Pure.

A sealed text names its key, so that several can be at hand while one takes the place of another.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"gatehouse second factor"
NONCE_LENGTH = 12


class Unsealable(Exception):
    """The key is another one, or the text was changed."""


def seal(text: str, secret: str) -> str:
    nonce = os.urandom(NONCE_LENGTH)
    sealed = AESGCM(_key(secret)).encrypt(nonce, text.encode(), PURPOSE)
    return f"{key_id(secret)}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, secrets: list[str]) -> str:
    """Raises Unsealable."""
    named, _, content = sealed.partition(".")
    secret = next((each for each in secrets if key_id(each) == named), None)
    if secret is None:
        raise Unsealable("The key that sealed this is not here.")
    try:
        raw = base64.urlsafe_b64decode(content)
        return AESGCM(_key(secret)).decrypt(raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], PURPOSE).decode()
    except (ValueError, InvalidTag) as error:
        raise Unsealable("This was changed since it was sealed.") from error


def key_id(secret: str) -> str:
    return hashlib.sha256(b"id of " + _key(secret)).hexdigest()[:8]


def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
