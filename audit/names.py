"""Keeps what the ledger's streams are found by: the words of every label that an event of theirs has borne."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.db.models import Manager

from audit.models import Event, StreamWord
from audit.words import words_of

AT_ONCE = 5000


def keep(event: Event) -> None:
    """Called for an event whose label its subject did not bear before."""
    words = [StreamWord(stream=event.stream, word=word) for word in words_of(event.label)]
    StreamWord.objects.bulk_create(words, ignore_conflicts=True)


def keep_all(events: Manager, words: Manager) -> None:
    """The words of every event there is, as far as they are not kept yet. `events` and `words` are the managers of the
    two tables, which a migration has of its own."""
    labels = events.order_by("stream").values_list("stream", "label").distinct().iterator()
    rows = (words.model(stream=stream, word=word) for stream, word in _each(labels))
    while some := list(islice(rows, AT_ONCE)):
        words.bulk_create(some, ignore_conflicts=True)


def _each(labels: Iterator[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """Each word of each stream once; the labels of a stream stand together."""
    for stream, borne in groupby(labels, key=itemgetter(0)):
        for word in {word for _, label in borne for word in words_of(label)}:
            yield stream, word
