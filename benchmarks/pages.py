"""How long pages and the API take in a small portal and in a large one, side by side.

    .venv/bin/python -m benchmarks.pages                                     # SQLite, 100 and 100,000 models
    DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres .venv/bin/python -m benchmarks.pages

Prints a table in Markdown on standard output, what it does meanwhile on standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.installations import ROOT, Installation

PORT = 8102


@dataclass
class Measured:
    """One visit in one installation."""

    visit: dict[str, Any]
    seconds: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)


class Visitor:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, visit: dict[str, Any]) -> tuple[float, int]:
        """How long the whole answer took, and its length."""
        began = time.perf_counter()
        self._connection.request("GET", visit["address"], headers=visit["headers"])
        answer = self._connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{visit['name']}: {answer.status} at {visit['address']}")
        return took, len(content)


def measure(installations: list[Installation], options: argparse.Namespace) -> list[list[Measured]]:
    """For each visit what it took in each installation. Rounds alternate, so that what disturbs one disturbs all."""
    listed = [
        [Measured(visit) for visit in installation.addresses() if options.only in visit["name"]]
        for installation in installations
    ]
    together = [list(same) for same in zip(*listed, strict=True)]
    with contextlib.ExitStack() as stack:
        for installation in installations:
            stack.enter_context(installation.served())
        visitors = [Visitor(installation.port) for installation in installations]
        for same in together:
            for visitor, measured in zip(visitors, same, strict=True):
                _, measured.size = visitor.get(measured.visit)
        for number in range(1, options.rounds + 1):
            tell(f"round {number} of {options.rounds}")
            for same in together:
                _take_turns(visitors, same, options.requests, backwards=number % 2 == 0)
    return together


def _take_turns(visitors: list[Visitor], same: list[Measured], requests: int, *, backwards: bool) -> None:
    pairs = list(zip(visitors, same, strict=True))
    for _ in range(requests):
        for visitor, measured in reversed(pairs) if backwards else pairs:
            measured.seconds.append(visitor.get(measured.visit)[0])


def table(together: list[list[Measured]], installations: list[Installation]) -> Iterator[str]:
    sizes = [f"{installation.models:,}" for installation in installations]
    ratios = ["ratio"] if len(sizes) == 2 else [f"ratio to {size}" for size in sizes[:-1]]
    columns = ["page", "as", *(f"ms at {size}" for size in sizes), *ratios, "statements", "KiB"]
    yield f"| {' | '.join(columns)} |"
    yield f"|{'|'.join(['---'] * 2 + ['---:'] * (len(columns) - 2))}|"
    for same in together:
        *smaller, largest = same
        cells = [
            largest.visit["name"],
            largest.visit["who"],
            *(f"{measured.p50 * 1000:.1f}" for measured in same),
            *(f"{largest.p50 / measured.p50:.2f}" for measured in smaller),
            _both(*(measured.visit["statements"] for measured in same)),
            _both(*(round(measured.size / 1024) for measured in same)),
        ]
        yield f"| {' | '.join(cells)} |"


def _both(*values: int) -> str:
    return " → ".join(str(value) for value in dict.fromkeys(values))


def heading(installations: list[Installation], options: argparse.Namespace) -> Iterator[str]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    engine = "PostgreSQL" if installations[0].server else "SQLite"
    yield f"### {engine}, {datetime.date.today()}, {commit.stdout.strip()}"
    yield ""
    arguments = " ".join(sys.argv[1:])
    yield f"`python -m benchmarks.pages {arguments}`".replace(" `", "`") + (
        f": median of {options.rounds * options.requests} requests in {options.rounds} alternating rounds."
    )
    yield ""


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 100_000], help="numbers of models")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=3, help="of each page in each round")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--port", type=int, default=PORT, help="the first of as many ports as there are sizes")
    options = parser.parse_args()
    server = os.environ.get("DATABASE_URL", "")
    installations = [Installation(size, server, options.port + place) for place, size in enumerate(options.sizes)]
    for installation in installations:
        tell(f"{installation.models:,} models on {installation.engine} in {installation.folder}")
        installation.have()
    together = measure(installations, options)
    print("\n".join([*heading(installations, options), *table(together, installations), ""]))


if __name__ == "__main__":
    main()
