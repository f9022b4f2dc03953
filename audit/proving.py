"""The whole proof, asked for by people and every night: at most one waits or runs, and says how far it is.

That one was asked for is a row, which a sweep finds whatever becomes of its message. The proof itself reads one moment
of the database and writes nothing meanwhile; beside it a thread with a connection of its own says how far it is. One
that says nothing any more was killed, and another worker begins it anew.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from audit.models import AskedProof
from audit.verify import Progress

log = logging.getLogger(__name__)

#: In seconds: how often it is said how far the proof is.
EVERY = 2
#: A proof that has said nothing for so long was killed; one that nobody has begun by then has no worker.
PATIENCE = datetime.timedelta(minutes=2)


def ask() -> None:
    """A proof of everything, by whichever worker comes first; or the one that waits or runs already."""
    AskedProof.objects.get_or_create(defaults={"asked_at": timezone.now()})


def asked() -> AskedProof | None:
    return AskedProof.objects.first()


@contextmanager
def turn() -> Iterator[Progress | None]:
    """None when nobody has asked, or another worker is at it."""
    began = _claimed()
    if began is None:
        yield None
        return
    progress = Progress()
    try:
        with _said(progress, began):
            yield progress
    finally:
        AskedProof.objects.filter(began_at=began).delete()


def _claimed() -> datetime.datetime | None:
    """When this worker began, which is how its claim is told from one that was made after it was given up."""
    now = timezone.now()
    free = AskedProof.objects.filter(Q(began_at=None) | Q(seen_at__lte=now - PATIENCE))
    return now if free.update(began_at=now, seen_at=now) == 1 else None


@contextmanager
def _said(progress: Progress, began: datetime.datetime) -> Iterator[None]:
    done = threading.Event()
    thread = threading.Thread(target=_say, args=(progress, began, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _say(progress: Progress, began: datetime.datetime, done: threading.Event) -> None:
    """A database that does not answer once keeps nobody from asking it again."""
    while not done.wait(EVERY):
        try:
            AskedProof.objects.filter(began_at=began).update(
                seen_at=timezone.now(), reading=progress.what, count=progress.count, total=progress.total
            )
        except DatabaseError as error:
            log.warning("How far the proof of the ledger is could not be said. %r", error)
            connection.close()
    connection.close()
