"""Checkpoints as signed notes: what the log says of itself to the world, in formats that others read too.

A checkpoint names the log, its size and its root (C2SP tlog-checkpoint). It is signed as a note (C2SP signed-note) with
Ed25519, and a second line, a cosignature by the same key (C2SP tlog-cosignature), says when. Keys are written as Go's
`sumdb/note` writes them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519, COSIGNATURE = b"\x01", b"\x04"
KEY_NAME = re.compile(r"[^\s+]+")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
ID_LENGTH, TIME_LENGTH, HASH_LENGTH = 4, 8, 32
MOST_SIGNATURES = 16


class NotSigned(ValueError):
    """The note is none, or no signature on it is of the key that is asked for."""


@dataclass(frozen=True)
class Head:
    """How far a log had come: so many leaves, and their root."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What an opened note says. `signed_at` is in seconds since 1970."""

    origin: str
    head: Head
    signed_at: int


@dataclass(frozen=True)
class VerifierKey:
    """The public half, which outsiders pin: `name+id+key`."""

    name: str
    public: bytes

    @classmethod
    def parsed(cls, text: str) -> VerifierKey:
        """Raises ValueError for anything but an Ed25519 key with its own id."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _decoded(encoded)
        if not KEY_NAME.fullmatch(name) or key[:1] != ED25519 or len(key) != 1 + HASH_LENGTH:
            raise ValueError("It is no Ed25519 key of a log, name+id+key.")
        found = cls(name, key[1:])
        if found.id_of(ED25519).hex() != key_id:
            raise ValueError(f"The key of {name} has another id than it says.")
        return found

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.id_of(ED25519).hex()}+{encoded}"

    def id_of(self, algorithm: bytes) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + algorithm + self.public).digest()[:ID_LENGTH]

    def named(self, name: str) -> VerifierKey:
        """The same key under another name, of which it has another id."""
        return VerifierKey(name, self.public)

    def opened(self, note: str) -> Checkpoint:
        """What the note says, once both lines are found to be signed by this key. Raises NotSigned."""
        text, signatures = _split(note)
        signed = {signature[:ID_LENGTH]: signature[ID_LENGTH:] for name, signature in signatures if name == self.name}
        plain, timed = signed.get(self.id_of(ED25519)), signed.get(self.id_of(COSIGNATURE))
        if plain is None or timed is None:
            raise NotSigned(f"The checkpoint is not signed by {self.name}.")
        at = int.from_bytes(timed[:TIME_LENGTH], "big")
        public = Ed25519PublicKey.from_public_bytes(self.public)
        try:
            public.verify(plain, text.encode())
            public.verify(timed[TIME_LENGTH:], _timed(text, at))
        except InvalidSignature as error:
            raise NotSigned(f"A signature of {self.name} on the checkpoint is false.") from error
        return _checkpoint(text, self.name, at)


@dataclass(frozen=True)
class SigningKey:
    name: str
    secret: bytes

    @classmethod
    def made(cls, name: str) -> SigningKey:
        """Raises ValueError for a name that a log cannot have: empty, or with a space or a plus in it."""
        if not KEY_NAME.fullmatch(name):
            raise ValueError("The name of a log has neither spaces nor “+” in it, such as models.example.org/ledger.")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parsed(cls, text: str) -> SigningKey:
        """Raises ValueError for anything but a key that `str()` has written."""
        words = text.strip().split("+", 4)
        key = _decoded(words[4]) if len(words) == 5 and words[:2] == ["PRIVATE", "KEY"] else b""
        if key[:1] != ED25519 or len(key) != 1 + HASH_LENGTH:
            raise ValueError("It is no key that signs checkpoints, PRIVATE+KEY+name+id+key.")
        found = cls(words[2], key[1:])
        if found.verifier.id_of(ED25519).hex() != words[3]:
            raise ValueError(f"The key of {found.name} has another id than it says.")
        return found

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519 + self.secret).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id_of(ED25519).hex()}+{encoded}"

    def __repr__(self) -> str:
        return f"SigningKey({self.name})"

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    def named(self, name: str) -> SigningKey:
        return SigningKey(name, self.secret)

    def note(self, head: Head, *, at: int) -> str:
        """The signed checkpoint of `head`; `at` is in seconds since 1970."""
        text = f"{self.name}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
        timed = at.to_bytes(TIME_LENGTH, "big") + self._private.sign(_timed(text, at))
        return f"{text}\n{self._line(ED25519, self._private.sign(text.encode()))}{self._line(COSIGNATURE, timed)}"

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    def _line(self, algorithm: bytes, signature: bytes) -> str:
        return f"— {self.name} {base64.b64encode(self.verifier.id_of(algorithm) + signature).decode()}\n"


def _timed(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, signed = note.rpartition("\n\n")
    lines = signed.splitlines(keepends=True)
    if not blank or not 0 < len(lines) <= MOST_SIGNATURES:
        raise NotSigned("It is no signed note.")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    words = line.removesuffix("\n").split(" ")
    if not line.endswith("\n") or len(words) != 3 or words[0] != "—":
        raise NotSigned("A line of the note that should be a signature is none.")
    try:
        return words[1], _decoded(words[2])
    except ValueError as error:
        raise NotSigned("A signature on the note is not whole.") from error


def _checkpoint(text: str, name: str, at: int) -> Checkpoint:
    """Exactly three lines: extensions are advised against, and we write none."""
    lines = text.splitlines()
    if len(lines) != 3 or lines[0] != name or not SIZE.fullmatch(lines[1]):
        raise NotSigned("The note that was signed is no checkpoint of this log.")
    root = _decoded(lines[2])
    if len(root) != HASH_LENGTH:
        raise NotSigned("The root of the checkpoint is no SHA-256 hash.")
    return Checkpoint(name, Head(int(lines[1]), root), at)


def _decoded(text: str) -> bytes:
    """Raises ValueError for what is not standard base64, written in the only way."""
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("It is not base64.") from error
    if base64.b64encode(found).decode() != text:
        raise ValueError("It is not base64 in its one form.")
    return found
