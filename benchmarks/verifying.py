"""What proving a whole ledger costs, beside a bare chain of SHA-256 over the same events.

    .venv/bin/python -m benchmarks.verifying                                     # SQLite, 1,000 and 100,000 models
    DATABASE_URL=postgresql://postgres@127.0.0.1:5432/postgres .venv/bin/python -m benchmarks.verifying

Each is a process of its own: the chain over the database's rows, `ledger_verify`, `ledger_export`, the chain over the
exported file, and the verifier that lies in it. The chain takes in what every kept hash chain takes in, the bytes of
each event in their order, and proves nothing but that. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installations import ROOT, Installation

PORT = 8102


@dataclass(frozen=True)
class Cost:
    seconds: float
    megabytes: float


def cost_of(installation: Installation, *command: str | Path) -> Cost:
    """Of one Python process. Raises RuntimeError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=installation.environment | {"LOG_LEVEL": "ERROR"},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}.")
    return Cost(took, used.ru_maxrss / 1024)


def costs(installation: Installation, folder: Path) -> dict[str, Cost]:
    """`folder` takes the bundle."""
    bundle = folder / "evidence.zip"
    bundle.unlink(missing_ok=True)
    found = {
        "chain over the database": cost_of(installation, "-m", "benchmarks.chain", "database"),
        "`ledger_verify`": cost_of(installation, "manage.py", "ledger_verify"),
        "`ledger_export`": cost_of(installation, "manage.py", "ledger_export", bundle),
        "chain over the bundle": cost_of(installation, "-m", "benchmarks.chain", bundle),
    }
    with zipfile.ZipFile(bundle) as members:
        verifier = Path(members.extract("verify_evidence.py", folder))
        key = members.read("key.txt").decode().strip()
    return found | {"standalone verifier": cost_of(installation, verifier, bundle, "--key", key)}


#: What is compared with which chain.
AGAINST = {
    "`ledger_verify`": "chain over the database",
    "`ledger_export`": "chain over the database",
    "standalone verifier": "chain over the bundle",
}


def table(found: dict[int, dict[str, Cost]]) -> list[str]:
    sizes = list(found)
    heads = [f"{what} at {size:,} models" for what in ("seconds", "ratio to the chain", "MB") for size in sizes]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'|'.join(['---:'] * len(heads))}|"]
    for name in found[sizes[0]]:
        measured = [found[size][name] for size in sizes]
        chains = [found[size][AGAINST.get(name, name)] for size in sizes]
        cells = [
            *(f"{cost.seconds:.1f}" for cost in measured),
            *(f"{cost.seconds / chain.seconds:.1f}" for cost, chain in zip(measured, chains, strict=True)),
            *(f"{cost.megabytes:.0f}" for cost in measured),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000], help="numbers of models")
    options = parser.parse_args()
    found = {}
    for size in options.sizes:
        installation = Installation(size, os.environ.get("DATABASE_URL", ""), PORT)
        print(f"{size:,} models on {installation.engine}", file=sys.stderr, flush=True)
        installation.have()
        found[size] = costs(installation, installation.folder)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
