"""Rows that a server looks for while those before them are looked at."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def read_ahead(rows: QuerySet[Any, Any], chunk: int) -> Generator[Any]:
    """All of `rows`, in their order, of which no more than two chunks are held.

    A thread asks the server for the next chunk, over the same connection and so in the same transaction. Close this:
    then that thread has ended, and the cursor is closed by the thread that the connection is of. SQLite has no server
    that could work meanwhile.
    """
    with closing(row for row in rows.iterator(chunk_size=chunk)) as found:
        if connection.vendor != "postgresql":
            yield from found
            return
        read = list(islice(found, chunk))  # opens the cursor, which no other thread may do
        with ThreadPoolExecutor(1) as reader:
            while read:
                coming = reader.submit(lambda: list(islice(found, chunk)))
                yield from read
                read = coming.result()
