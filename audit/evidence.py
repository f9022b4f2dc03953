"""Evidence bundles: what the log says, with its proofs and the program that checks them, as one zip to hand out.

A bundle needs neither the portal nor its database to be checked: `standalone/verify_evidence.py`, a copy of which lies
in each, reads what is written here. Events come from iterables and go straight into the file, so that a bundle of a
million of them takes no more memory than one of ten. docs/evidence.md tells auditors what to do with it.
"""

from __future__ import annotations

import base64
import datetime
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, Any, TypeVar

from audit import merkle
from audit.notes import Head, VerifierKey

FORMAT = "gatehouse-evidence/1"
#: Of a million events each takes some forty nodes; SQLite names no more than 32 766 in a statement.
AT_ONCE = 500
T = TypeVar("T")
VERIFIER = Path(__file__).parent / "standalone" / "verify_evidence.py"
README = """\
This is evidence of {origin}: {about}.

It holds events of a tamper-evident log ({count}), the signed checkpoints they stand under, and the proofs that they do.
To check it, run with Python 3.9 or newer, and nothing else installed:

    python3 verify_evidence.py BUNDLE.zip --key 'ORIGIN+ID+KEY' --anchors FOLDER

Take the key from where it was published or handed to you, and compare it once. The one in key.txt proves nothing:
whoever forges a bundle writes their own key into it. The same is true of the verify_evidence.py in here; a copy from
elsewhere is better. FOLDER is where you keep checkpoints of earlier days; leave --anchors out if there are none.

The program ends with 0 for whole, 1 for tampered, 2 for incomplete, 3 when it could not look.
"""


@dataclass(frozen=True)
class Proved:
    """An event with its place in the log and the proof that it is there, up to the newest checkpoint of its bundle."""

    index: int
    canonical: bytes
    proof: Sequence[bytes]


@dataclass(frozen=True)
class Link:
    """The proof that the log of `new` events began as the one of `old`."""

    old: int
    new: int
    proof: Sequence[bytes]


def write_log(
    to: IO[bytes],
    *,
    key: VerifierKey,
    about: str,
    made_at: datetime.datetime,
    size: int,
    events: Iterable[tuple[int, bytes]],
    hashes: Iterable[bytes],
    checkpoints: Iterable[str],
) -> None:
    """The whole log: its events by index and canonical bytes, and the hashes of the leaves that its tree has kept.

    `size` is that of the newest checkpoint. Where an event is not the one whose hash was kept, or is gone, the bundle
    shows it. `key` is the one of the first epoch; `checkpoints` are signed notes in the order in which they were
    signed. `to` need not be seekable.
    """
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        count = 0
        with _member(bundle, "events.jsonl") as lines:
            for index, entry in events:
                lines.write(_event(Proved(index, entry, ())))
                count += 1
        with _member(bundle, "hashes.bin") as member:
            member.writelines(hashes)
        _write_lines(bundle, "checkpoints.jsonl", ({"note": note} for note in checkpoints))
        _describe(bundle, key, about, made_at, scope="log", stream="", size=size, first=0, count=count)


def write_range(
    to: IO[bytes],
    *,
    key: VerifierKey,
    about: str,
    made_at: datetime.datetime,
    size: int,
    first: int,
    events: Iterable[Proved],
    checkpoints: Iterable[str],
    links: Iterable[Link],
    epochs: Sequence[Proved] = (),
) -> None:
    """The events from `first` on, without a gap. `epochs` are the `audit.epoch.opened` events of the whole log."""
    described = {"scope": "range", "stream": "", "size": size, "first": first}
    _write_part(to, key, about, made_at, events, checkpoints, links, epochs, described)


def write_model(
    to: IO[bytes],
    *,
    key: VerifierKey,
    about: str,
    stream: str,
    made_at: datetime.datetime,
    size: int,
    events: Iterable[Proved],
    checkpoints: Iterable[str],
    links: Iterable[Link],
    epochs: Sequence[Proved] = (),
) -> None:
    """The events of one model's stream, such as `registry.aimodel:7`, from its first on, in the order of the log.

    Events of other streams may stand among them; that theirs are complete is not checked.
    """
    described = {"scope": "model", "stream": stream, "size": size, "first": 0}
    _write_part(to, key, about, made_at, events, checkpoints, links, epochs, described)


def links(heads: Iterable[Head], size: int, read: merkle.Read) -> Iterator[Link]:
    """From each checkpoint to the next one and to the log of `size` events. `heads` are in the order of their signing.

    Heads that the log has not come by are passed over: they were lost when an older database was restored.
    """
    lasting = {size}
    for some in _batches(head for head in heads if 0 < head.size <= size):
        roots = merkle.at_once([partial(merkle.root, head.size) for head in some], read)
        lasting |= {head.size for head, root in zip(some, roots, strict=True) if root == head.root}
    for some in _batches(pairwise(sorted(lasting))):
        proofs = merkle.at_once([partial(merkle.consistency_proof, old, new) for old, new in some], read)
        yield from (Link(old, new, proof) for (old, new), proof in zip(some, proofs, strict=True))


def proved(events: Iterable[tuple[int, bytes]], size: int, read: merkle.Read) -> Iterator[Proved]:
    """Each event, by its index and canonical bytes, with its proof."""
    for some in _batches(events):
        proofs = merkle.at_once([partial(merkle.inclusion_proof, index, size) for index, _ in some], read)
        yield from (Proved(index, entry, proof) for (index, entry), proof in zip(some, proofs, strict=True))


def _batches(found: Iterable[T]) -> Iterator[list[T]]:
    """So many as share one reading of the tree's nodes."""
    remaining = iter(found)
    while some := list(islice(remaining, AT_ONCE)):
        yield some


def _write_part(
    to: IO[bytes],
    key: VerifierKey,
    about: str,
    made_at: datetime.datetime,
    events: Iterable[Proved],
    checkpoints: Iterable[str],
    linked: Iterable[Link],
    epochs: Iterable[Proved],
    described: dict[str, Any],
) -> None:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        count = 0
        with _member(bundle, "events.jsonl") as lines:
            for event in events:
                lines.write(_event(event))
                count += 1
        with _member(bundle, "epochs.jsonl") as lines:
            for epoch in epochs:
                lines.write(_event(epoch))
        _write_lines(bundle, "checkpoints.jsonl", ({"note": note} for note in checkpoints))
        _write_lines(
            bundle,
            "consistency.jsonl",
            ({"old": link.old, "new": link.new, "proof": _text(link.proof)} for link in linked),
        )
        _describe(bundle, key, about, made_at, **described, count=count)


def _describe(
    bundle: zipfile.ZipFile, key: VerifierKey, about: str, made_at: datetime.datetime, **described: Any
) -> None:
    """What is known only once all events were written, and what goes along with each bundle."""
    known = {"format": FORMAT, "origin": key.name, "about": about, "made_at": made_at.isoformat(), **described}
    _write_lines(bundle, "bundle.json", [known])
    bundle.writestr("README.txt", README.format(origin=key.name, about=about, count=described["count"]))
    bundle.writestr("key.txt", f"{key}\n")
    bundle.writestr("verify_evidence.py", VERIFIER.read_bytes())


def _member(bundle: zipfile.ZipFile, name: str) -> IO[bytes]:
    return bundle.open(name, "w", force_zip64=True)


def _write_lines(bundle: zipfile.ZipFile, name: str, records: Iterable[dict[str, Any]]) -> None:
    with _member(bundle, name) as lines:
        for record in records:
            lines.write(_line(record))


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _event(event: Proved) -> bytes:
    """Its index, its proof, which in a bundle of the whole log is empty, and the bytes that were hashed."""
    return b"%d %b %b\n" % (event.index, _text(event.proof).encode(), event.canonical)


def _text(proof: Sequence[bytes]) -> str:
    return base64.b64encode(b"".join(proof)).decode()
