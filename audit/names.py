"""Keeps what the ledger's streams are found by: the words of every label that an event of theirs has borne."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter

from django.db.models import Exists, OuterRef

from audit.models import Event, StreamWord
from audit.words import words_of

AT_ONCE = 5000


def keep(event: Event) -> None:
    """Called for an event whose label its subject did not bear before."""
    # In the order of the words, so that two who write about one stream wait for each other and never in a circle.
    words = [StreamWord(stream=event.stream, word=word) for word in sorted(words_of(event.label))]
    StreamWord.objects.bulk_create(words, ignore_conflicts=True)


def fill() -> None:
    """Runs after every migrate: streams that have no words get them, such as those from before there were any."""
    wordless = Event.objects.filter(~Exists(StreamWord.objects.filter(stream=OuterRef("stream"))))
    labels = wordless.order_by("stream").values_list("stream", "label").distinct()
    # Read whole, since what is read is about what is written.
    rows = (StreamWord(stream=stream, word=word) for stream, word in _each(list(labels)))
    while some := list(islice(rows, AT_ONCE)):
        StreamWord.objects.bulk_create(some, ignore_conflicts=True)


def _each(labels: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """Each word of each stream once; the labels of a stream stand together."""
    for stream, borne in groupby(labels, key=itemgetter(0)):
        for word in sorted({word for _, label in borne for word in words_of(label)}):
            yield stream, word
