"""A service that did not answer is left alone for a while, so that not everybody waits for it again."""

from __future__ import annotations

import time

SECONDS = 5.0


class Silence:
    """One for each service and process. Several threads may begin it at the same time; it lasts no longer for that."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        self._until = time.monotonic() + SECONDS

    def lasts(self) -> bool:
        return time.monotonic() < self._until
