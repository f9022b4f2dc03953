"""What the dry run of a policy costs, tier by tier, in a small portal and in a large one.

    .venv/bin/python -m benchmarks.dry_run                                       # SQLite, 1,000 and 10,000 models
    DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres .venv/bin/python -m benchmarks.dry_run

Each round is a process of its own, small and large in turn. Prints medians and the ratio of seconds per version as a
table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
from statistics import median

from benchmarks.installations import Installation

PORT = 8103


def table(found: dict[int, list[dict[str, dict[str, float]]]]) -> list[str]:
    """`found` are the rounds of each size, as `benchmarks.forecasts` prints them."""
    sizes = list(found)
    heads = [f"{what} at {size:,} models" for what in ("versions", "seconds") for size in sizes]
    lines = [f"| tier | {' | '.join(heads)} | ratio for a version |", f"|---|{'|'.join(['---:'] * len(heads))}|---:|"]
    for tier in found[sizes[0]][0]:
        versions = [found[size][0][tier]["versions"] for size in sizes]
        seconds = [median(each[tier]["seconds"] for each in found[size]) for size in sizes]
        small, *_, large = (taken / max(count, 1) for taken, count in zip(seconds, versions, strict=True))
        cells = [*(f"{count:,}" for count in versions), *(f"{taken:.2f}" for taken in seconds)]
        lines.append(f"| {tier} | {' | '.join(cells)} | {large / small:.2f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="numbers of models")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    portals = {size: Installation(size, os.environ.get("DATABASE_URL", ""), PORT) for size in options.sizes}
    for portal in portals.values():
        portal.have()
    found = {size: [] for size in portals}
    for _ in range(options.rounds):
        for size, portal in portals.items():
            found[size].append(json.loads(portal.run("-m", "benchmarks.forecasts")))
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
