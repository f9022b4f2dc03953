"""Several people in the same second."""

from __future__ import annotations

import threading
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection


def at_once(calls: list[Any]) -> list[Exception]:
    """Runs the calls in threads of their own that start together; returns what they raised."""
    barrier = threading.Barrier(len(calls))
    failures: list[Exception] = []

    def run(call: Any) -> None:
        barrier.wait()
        try:
            call()
        except (ValidationError, PermissionDenied) as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures
