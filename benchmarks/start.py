"""How long `script/run` takes to the first page: cold, in a clone that has never run, and warm.

    .venv/bin/python -m benchmarks.start

Cold means no `.venv` and no `var`; pip's own cache stays as it is, so packages that were ever fetched are not fetched
again. It includes installing, migrating, collecting static files and loading the demo. Warm is the same clone again.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.installations import OWN_VARIABLES, ROOT

PORT = 8102
PATIENCE_SECONDS = 900
FIRST_PAGE = "/accounts/login/"


def clone(folder: Path) -> Path:
    """The commit that is checked out, as somebody gets it who clones it now."""
    target = folder / "gatehouse"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(target)], check=True)
    return target


def seconds_to_first_page(tree: Path, port: int) -> float:
    kept = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    with (tree.parent / "run.log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            ["script/run"], cwd=tree, env=kept | {"PORT": str(port)}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while not _has_page(port):
                if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
                    raise RuntimeError((tree.parent / "run.log").read_text())
                time.sleep(0.02)
            return time.monotonic() - began
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _has_page(port: int) -> bool:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", FIRST_PAGE)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="of warm starts")
    parser.add_argument("--port", type=int, default=PORT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-start-") as folder:
        tree = clone(Path(folder))
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=tree, capture_output=True, text=True, check=True
        )
        cold = seconds_to_first_page(tree, options.port)
        print(f"cold {cold:.1f} s", file=sys.stderr)
        warm = []
        for _ in range(options.rounds):
            warm.append(seconds_to_first_page(tree, options.port))
            print(f"warm {warm[-1]:.1f} s", file=sys.stderr)
    print(f"### Start, {datetime.date.today()}, {commit.stdout.strip()}\n")
    print(f"`python -m benchmarks.start --rounds {options.rounds}`\n")
    print("| start | seconds to the first page |\n|---|---:|")
    print(f"| cold: nothing installed, demo loaded; pip's cache filled | {cold:.1f} |")
    low, high = min(warm), max(warm)
    print(f"| warm: median of {len(warm)} ({low:.1f} to {high:.1f}) | {statistics.median(warm):.1f} |\n")


if __name__ == "__main__":
    main()
