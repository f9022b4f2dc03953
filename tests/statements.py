"""How many statements a page costs, without those that open and close transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

BOOKKEEPING = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def statements(client: Client, address: str) -> int:
    """Of a page that is not the first of a visit: that one also writes down when the visit began."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return len(sql_of(captured))


def counted(act: Callable[[], Any]) -> list[str]:
    """The statements of something that is done, without those of transactions."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sql_of(captured)


def sql_of(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(BOOKKEEPING)]
