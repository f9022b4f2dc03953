"""Several people in the same second."""

from __future__ import annotations

import threading
from collections.abc import Callable
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

    _run_together(run, calls)
    return failures


def answers_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Runs the calls in threads of their own that start together; returns their answers in the order of arrival."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = []

    def run(call: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            answers.append(call())
        finally:
            connection.close()

    _run_together(run, calls)
    return answers


def _run_together(run: Callable[[Any], None], calls: list[Any]) -> None:
    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
