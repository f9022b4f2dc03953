"""A bare chain of SHA-256 over all events, of a database or of a bundle, for `benchmarks.verifying` to compare with."""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator


def head_of(events: Iterable[bytes]) -> bytes:
    head = bytes(32)
    for event in events:
        head = hashlib.sha256(head + event).digest()
    return head


def of_database() -> Iterator[bytes]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    from audit.models import Event

    for canonical in Event.objects.order_by("pk").values_list("canonical", flat=True).iterator(chunk_size=2000):
        yield bytes(canonical)


def of_bundle(path: str) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as bundle, bundle.open("events.jsonl") as lines:
        yield from lines


if __name__ == "__main__":
    source = sys.argv[1]
    print(head_of(of_database() if source == "database" else of_bundle(source)).hex())
