"""The processes that one `serve` keeps: started together, stopped together, gone together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from governance.serving import guardian

#: Longer than the web server waits for the requests that run (governance.serving.web).
GRACE_SECONDS = 25.0


class Ended(Exception):
    """One of the processes stopped by itself; the sentence says which."""


class Processes:
    """A process group led by a guardian.

    The guardian holds the reading end of a pipe. Nobody ever writes: when this process closes its end, or is killed,
    the guardian kills the group, so that the grandchildren end too.
    """

    def __init__(self) -> None:
        self._guardian = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", guardian.__file__], stdin=subprocess.PIPE, process_group=0
        )
        self._members: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], *, folder: Path, output: IO[bytes] | None = None) -> int:
        """Returns the number of the process."""
        started = self._members[name] = subprocess.Popen(  # noqa: S603 - commands written in this package
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            process_group=self._guardian.pid,
        )
        return started.pid

    def refuse_ended(self) -> None:
        """Raises Ended when one of them runs no more."""
        for name, process in {"guardian": self._guardian, **self._members}.items():
            if process.poll() is not None:
                raise Ended(f"The {name} stopped by itself ({_how(process.returncode)}).")

    def stop(self) -> None:
        """Asks every process to end, and ends what is left after the grace."""
        for process in self._members.values():
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while self._any_runs() and time.monotonic() < deadline:
            time.sleep(0.05)
        self._guardian.stdin.close()
        for process in [self._guardian, *self._members.values()]:
            process.wait()

    def _any_runs(self) -> bool:
        return any(process.poll() is None for process in self._members.values())


def _how(returncode: int) -> str:
    return f"exit code {returncode}" if returncode >= 0 else signal.Signals(-returncode).name
