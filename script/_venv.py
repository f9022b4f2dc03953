"""Makes a virtual environment hold what a lock names, then, if asked, becomes its Python.

    python script/_venv.py LOCK [--venv FOLDER] [-- ARGUMENTS]

Standard library only: it runs before anything is installed. An environment whose making was interrupted, at whatever
moment, is made anew: the note that says so lies beside it and goes away last.
"""

# ruff: noqa: S603, S606, T201 - it starts pip and talks to a terminal, and that is all

import argparse
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an interrupt ends pip as well, the default would not
    try:
        ensure(ROOT / options.venv, ROOT / options.lock)
    except OSError as error:
        raise SystemExit(
            f"Gatehouse cannot write in {ROOT} ({error.strerror}). Clone it where you may write."
        ) from None
    except KeyboardInterrupt:
        raise SystemExit("Stopped. The next start goes on from here.") from None
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if options.arguments:
        python = str(_python_of(ROOT / options.venv))
        os.execv(python, [python, *options.arguments])


def ensure(venv: Path, lock: Path) -> None:
    """Takes no time when this very lock was installed before."""
    root = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(root, fcntl.LOCK_EX)
    try:
        if not _holds(venv, lock):
            _install(venv, lock)
    finally:
        os.close(root)


def _holds(venv: Path, lock: Path) -> bool:
    mark = _mark(venv, lock)
    return _is_whole(venv) and mark.exists() and mark.read_text() == _digest(lock)


def _is_whole(venv: Path) -> bool:
    return _python_of(venv).exists() and not _unfinished(venv).exists()


def _install(venv: Path, lock: Path) -> None:
    whole = _is_whole(venv)
    _unfinished(venv).touch()
    if not whole:
        _make(venv)
    packages = sum(not line.startswith((" ", "#")) for line in lock.read_text().splitlines())
    print(f"Installing the {packages} packages of {lock.relative_to(ROOT)} into {venv.name}, once ...", flush=True)
    # What is imported is compiled then, a fraction of what there is.
    command = [_python_of(venv), "-m", "pip", "install", "-qq", "--no-compile"]
    command += ["--disable-pip-version-check", "--no-input", "--require-hashes", "--only-binary", ":all:"]
    if subprocess.run([*command, "-r", lock]).returncode:
        raise SystemExit(f"{lock.name} could not be installed; pip says above why.")
    _mark(venv, lock).write_text(_digest(lock))
    _unfinished(venv).unlink()


def _make(venv: Path) -> None:
    if venv.exists():
        shutil.rmtree(venv)
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True, text=True)
    if made.returncode:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SystemExit(
            f"Python {version} cannot make a virtual environment here; on Debian, install python{version}-venv."
        )
    (venv / ".gitignore").write_text("*\n")


def _python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def _unfinished(venv: Path) -> Path:
    return venv.with_name(f"{venv.name}-unfinished")


def _mark(venv: Path, lock: Path) -> Path:
    return venv / f"{lock.stem}.sha256"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("lock")
    parser.add_argument("--venv", default=".venv")
    parser.add_argument("arguments", nargs="*")
    return parser.parse_args()


if __name__ == "__main__":
    main()
