"""What long proofs share: how many seeds they try, and until when."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from tests.browser.conftest import chromium, reception  # noqa: F401 - one browser for all proofs

finished: set[str] = set()


def pytest_runtest_logfinish(nodeid: str) -> None:
    finished.add(nodeid)


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Iterator[int]:
    """`for seed in seeds:` tries GATEHOUSE_SEEDS seeds, or as many as fit in this proof's share; always the first."""
    return _until(_end_of_share(request), int(os.environ.get("GATEHOUSE_SEEDS", "3")))


def _until(end: float, count: int) -> Iterator[int]:
    for seed in range(count):
        if seed and time.time() > end:
            return
        yield seed


def _end_of_share(request: pytest.FixtureRequest) -> float:
    """What is left of the time is divided among the proofs that are left to this process, as far as one can know."""
    end = float(os.environ.get("GATEHOUSE_PROVE_UNTIL", "inf"))
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    left = max(1, len(request.session.items) / processes - len(finished))
    return time.time() + (end - time.time()) / left
