"""The signer of checkpoints. It remembers, outside the database, how far it has signed, and signs nothing that does not
go on from there: a database that was set back, or another one in its place, is found by it.

Its key and its memory are files in settings.LEDGER_KEYS, beside the keys of the events. One process signs at a time. Of
several machines one has the key; the others have `checkpoints.pub`, with which everybody checks what was signed.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit import keys, merkle
from audit.models import Checkpoint
from audit.notes import Checkpoint as SignedCheckpoint
from audit.notes import Head, SigningKey, VerifierKey

KEY, PUBLIC, MEMORY, LOCK = "checkpoints.key", "checkpoints.pub", "checkpoints.memory", "checkpoints.lock"
#: Shows that a tree of so many leaves is the beginning of another one.
Prove = Callable[[int, int], list[bytes]]


class Inconsistent(Exception):
    """The tree does not go on from what was signed; the sentence says how."""


class Hindered(Exception):
    """Nothing can be signed for the moment, though the ledger is not in doubt; the sentence says why."""


@dataclass(frozen=True)
class Memory:
    """What was signed last. `note` is "" when an epoch has begun and nothing was signed in it yet."""

    epoch: int
    head: Head
    signed_at: int
    note: str

    def __str__(self) -> str:
        return json.dumps(
            {
                "epoch": self.epoch,
                "size": self.head.size,
                "root": self.head.root.hex(),
                "signed_at": self.signed_at,
                "note": self.note,
            }
        )

    @classmethod
    def parsed(cls, text: str) -> Memory:
        """Raises ImproperlyConfigured for what `str()` has not written."""
        try:
            said = json.loads(text)
            head = Head(int(said["size"]), bytes.fromhex(said["root"]))
            return cls(int(said["epoch"]), head, int(said["signed_at"]), str(said["note"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ImproperlyConfigured(f"{_path(MEMORY)} is not what the signer wrote there.") from error


START = Memory(epoch=1, head=Head(0, merkle.EMPTY_ROOT), signed_at=0, note="")


class Signer:
    """Holds the only right to sign for as long as it is open."""

    def __init__(self) -> None:
        self.memory = remembered()
        self._key = _signing_key()

    def sign(self, head: Head, prove: Prove, *, at: int) -> Memory:
        """Signs `head`, and remembers it before anybody sees it. `at` is in seconds since 1970.

        Raises Inconsistent, or Hindered when it has signed with a later time already, having signed nothing.
        """
        self.refuse_inconsistent(head, prove)
        if at < self.memory.signed_at:
            raise Hindered(f"The last checkpoint is dated {dated(self.memory.signed_at)}, which is still to come")
        note = self._key.named(origin_of(self._key.name, self.memory.epoch)).note(head, at=at)
        return self._remember(Memory(self.memory.epoch, head, at, note))

    def refuse_inconsistent(self, head: Head, prove: Prove) -> None:
        """Raises Inconsistent unless a tree with this head goes on from what was signed last."""
        before = self.memory.head
        if head.size < before.size:
            raise Inconsistent(f"The ledger holds {head.size} events, and {before.size} were signed for")
        proof = prove(before.size, head.size)
        if not merkle.is_consistent(before.size, before.root, head.size, head.root, proof):
            raise Inconsistent(f"The first {before.size} events of the ledger are not those that were signed for")

    def opened(self, note: str, epoch: int) -> SignedCheckpoint:
        """What a note says that this key signed in that epoch. Raises NotSigned for any other."""
        verifier = self._key.verifier
        return verifier.named(origin_of(verifier.name, epoch)).opened(note)

    def adopt(self, memory: Memory) -> None:
        """Goes on from there, as if it had signed that itself; on the disk once it is asked to `remember`."""
        self.memory = memory

    def remember(self) -> None:
        self._remember(self.memory)

    @property
    def has_forgotten(self) -> bool:
        """Whether something was signed that it knows nothing of: it would sign whatever it is shown."""
        return _is_of_nothing(self.memory)

    def begin_epoch(self, epoch: int, head: Head) -> Memory:
        """From now on it goes on from `head`, under another origin, so that nobody takes the one for the other."""
        return self._remember(Memory(epoch, head, self.memory.signed_at, note=""))

    def _remember(self, memory: Memory) -> Memory:
        keys.write(_path(MEMORY), str(memory))
        self.memory = memory
        return memory


@contextmanager
def signer(*, wait: bool = False) -> Iterator[Signer | None]:
    """None when somebody else is signing and `wait` is not asked for, or when the key is not on this machine."""
    if not has_key():
        yield None
        return
    with os.fdopen(os.open(_path(LOCK), os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield Signer()


def has_key() -> bool:
    return _path(KEY).exists()


def have_key() -> bool:
    """Makes the signer's key for a log called settings.LEDGER_ORIGIN, unless there is one; returns whether it has.

    Once something was signed, no other key can go on from there: whoever has lost it puts it back. Raises
    ImproperlyConfigured for a name that a log cannot have.
    """
    if _path(PUBLIC).exists() or Checkpoint.objects.exists():
        return False
    try:
        made = SigningKey.made(settings.LEDGER_ORIGIN or f"gatehouse-{secrets.token_hex(4)}/ledger")
    except ValueError as error:
        raise ImproperlyConfigured(f"GATEHOUSE_ORIGIN is “{settings.LEDGER_ORIGIN}”. {error}") from error
    _path(KEY).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys.write(_path(KEY), f"{made}\n")
    keys.write(_path(PUBLIC), f"{made.verifier}\n")
    return True


def has_forgotten() -> bool:
    """Whether this machine would sign, and has no memory of what was signed."""
    return has_key() and _is_of_nothing(remembered())


def remembered() -> Memory:
    path = _path(MEMORY)
    return Memory.parsed(path.read_text()) if path.exists() else START


def origin_of(name: str, epoch: int) -> str:
    """What the checkpoints of an epoch call the log. In the first it is its own name."""
    return name if epoch == 1 else f"{name}/epoch-{epoch}"


def verifier(epoch: int = 1) -> VerifierKey:
    """What everybody checks the checkpoints of an epoch with. Raises ImproperlyConfigured when it is not here."""
    path = _path(PUBLIC)
    try:
        key = VerifierKey.parsed(path.read_text())
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{path} holds no key that checks checkpoints. Put it back.") from error
    return key.named(origin_of(key.name, epoch))


def _is_of_nothing(memory: Memory) -> bool:
    return memory == START and Checkpoint.objects.exists()


def dated(seconds: float) -> str:
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%-d %b %Y %H:%M:%S} UTC"


def _signing_key() -> SigningKey:
    path = _path(KEY)
    try:
        return SigningKey.parsed(keys.read(path))
    except ValueError as error:
        raise ImproperlyConfigured(f"{path} holds no whole key. Put it back from its copy.") from error


def _path(name: str) -> Path:
    return Path(settings.LEDGER_KEYS) / name
