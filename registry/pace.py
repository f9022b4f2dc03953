"""How many requests one caller sends within a minute. Each process counts for itself, in memory."""

from __future__ import annotations

import threading
import time
from collections import Counter

from django.conf import settings

WINDOW_SECONDS = 60


class Pace:
    """Counts by window of a minute, and forgets what was counted in the window before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: Counter[str] = Counter()

    def count(self, caller: str) -> int:
        """How many requests of `caller` there were in this window, with this one."""
        window = int(time.time()) // WINDOW_SECONDS
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, Counter()
            self._counts[caller] += 1
            return self._counts[caller]


_pace = Pace()


def is_exceeded(caller: str) -> bool:
    """Whether this request is one too many for `settings.REQUESTS_PER_MINUTE`. 0 sets no limit."""
    most = settings.REQUESTS_PER_MINUTE
    return bool(most) and _pace.count(caller) > most


def seconds_to_wait() -> int:
    return WINDOW_SECONDS - int(time.time()) % WINDOW_SECONDS
