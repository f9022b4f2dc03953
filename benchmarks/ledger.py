"""What sealing events and giving them a place in the tree costs, side by side with not doing it.

    DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres .venv/bin/python -m benchmarks.ledger

Writers are processes that create teams by the action that people use: an entry, a governed row, its history row, and
the event. They do so without a code and a place to wait in, with both, and putting events into the tree as well. Then
people sign in at a steady rate, and it is measured how long an event waits for its place. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.installations import ROOT, Installation

WRITERS = 8
FRESH = 0
ROUND_SECONDS = 8
WAYS = {
    "bare": "without a code and a place to wait in",
    "sealed": "with both",
    "placed": "with both, writers putting events into the tree",
}


@dataclass(frozen=True)
class Round:
    """What all writers did together: entries in a second, and the 99th percentile of one in seconds."""

    rate: float
    p99: float


def _round(installation: Installation, seconds: float, way: str, *, action: str = "team", rate: float = 0) -> Round:
    """`rate` is of all writers together; 0 lets them write as fast as they can."""
    command = ["benchmarks.ledger_writer", way, action, str(seconds), str(rate / WRITERS)]
    writers = [_started(installation, *command) for _ in range(WRITERS)]
    for writer in writers:
        writer.stdout.readline()  # it is ready
    began = time.time() + 0.2
    for writer in writers:
        writer.stdin.write(f"{began}\n")
        writer.stdin.flush()
    took = [float(line) for writer in writers for line in writer.communicate()[0].splitlines()]
    if any(writer.returncode for writer in writers):
        raise RuntimeError("A writer failed.")
    return Round(len(took) / seconds, statistics.quantiles(took, n=100)[98])


def _started(installation: Installation, module: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=installation.environment | {"LOG_LEVEL": "ERROR"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def writing(installation: Installation, rounds: int) -> Iterator[str]:
    """Each round has every way once, in an order that turns."""
    found: dict[str, list[Round]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in sorted(WAYS, key=lambda way: (list(WAYS).index(way) + number) % len(WAYS)):
            measured = _round(installation, ROUND_SECONDS, way)
            found[way].append(measured)
            tell = f"round {number + 1} of {rounds}, {way}: {measured.rate:.0f} a second"
            print(tell, file=sys.stderr, flush=True)
    yield f"### Writing, {WRITERS} writers, {rounds} rounds of {ROUND_SECONDS} s each"
    yield ""
    yield "| an entry with its history row | entries in a second | ratio | 99th percentile, ms | ratio |"
    yield "|---|---:|---:|---:|---:|"
    for way, words in WAYS.items():
        rates = [each.rate / bare.rate for each, bare in zip(found[way], found["bare"], strict=True)]
        p99s = [each.p99 / bare.p99 for each, bare in zip(found[way], found["bare"], strict=True)]
        rate = statistics.median(each.rate for each in found[way])
        p99 = statistics.median(each.p99 for each in found[way]) * 1000
        yield f"| {words} | {rate:.0f} | {statistics.median(rates):.2f} | {p99:.1f} | {statistics.median(p99s):.2f} |"
    yield ""


def _settle(installation: Installation) -> None:
    """Places what earlier rounds have left waiting."""
    writer = _started(installation, "benchmarks.ledger_writer", "placed", "team", "0", "0")
    writer.stdout.readline()
    writer.communicate(f"{time.time()}\n")


def waiting(installation: Installation, rate: float, seconds: float) -> Iterator[str]:
    _settle(installation)
    watcher = _started(installation, "benchmarks.ledger_watcher")
    watcher.stdout.readline()
    written = _round(installation, seconds, "placed", action="sign-in", rate=rate)
    lags = sorted(float(line) for line in watcher.communicate("enough\n")[0].splitlines())
    cuts = statistics.quantiles(lags, n=100)
    yield f"### Waiting for a place in the tree, {written.rate:.0f} events in a second for {seconds:.0f} s"
    yield ""
    yield "| | seconds |"
    yield "|---|---:|"
    yield f"| median | {cuts[49]:.2f} |"
    yield f"| 99th percentile | {cuts[98]:.2f} |"
    yield f"| longest of {len(lags)} | {lags[-1]:.2f} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=300, help="events in a second while waiting is measured")
    parser.add_argument("--seconds", type=float, default=20, help="how long they are written at that rate")
    options = parser.parse_args()
    installation = Installation(FRESH, os.environ.get("DATABASE_URL", ""), port=0)
    installation.have_empty()
    print("\n".join([*writing(installation, options.rounds), *waiting(installation, options.rate, options.seconds)]))


if __name__ == "__main__":
    main()
