"""Several people in the same second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

#: In seconds: more than anybody takes who has not to wait for a lock.
SEEN_TO_WAIT = 2


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


def overtaking(
    monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str], first: Callable[[], Any], second: Callable[[], Any]
) -> list[Exception]:
    """Lets `second` run while the transaction of `first` is open, which stops behind the function at `place` until the
    other is through, or is seen to wait; returns what they raised."""
    reached, through, real = threading.Event(), threading.Event(), getattr(*place)

    def stopping(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        reached.set()
        through.wait(SEEN_TO_WAIT)
        return answer

    def behind() -> None:
        assert reached.wait(60)
        try:
            second()
        finally:
            through.set()

    monkeypatch.setattr(*place, stopping)
    return at_once([first, behind])


def _run_together(run: Callable[[Any], None], calls: list[Any]) -> None:
    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
