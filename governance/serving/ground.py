"""The folder and the port that serving needs.

Standard library only: `script/run` runs this file by its path, before anything is installed and before settings, which
read the folder, can be loaded.
"""

import os
import socket
import sys
from pathlib import Path

HOST = "127.0.0.1"
FOLDERS = ["keys", "artifacts", "broker/queue", "broker/control", "cache", "log", "mail", "metrics", "static"]


class Refusal(Exception):
    """Why serving cannot start, in one sentence."""


def var_folder() -> Path:
    return Path(os.environ.get("GATEHOUSE_VAR") or Path(__file__).resolve().parents[2] / "var")


def port() -> int:
    told = os.environ.get("PORT") or "8000"
    if not told.isdecimal() or not 0 < int(told) < 65536:
        raise Refusal(f"PORT is {told}; it has to be a number from 1 to 65535.")
    return int(told)


def make_folders(var: Path) -> None:
    for folder in [var, *(var / name for name in FOLDERS)]:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Refusal(_unwritable(folder, error.strerror)) from None
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise Refusal(_unwritable(folder, "Permission denied"))


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Refusal(
                f"Port {port} cannot be used ({error.strerror}). Stop what uses it, or choose another: PORT=8001."
            ) from None


def prepare() -> None:
    refuse_taken(port())
    make_folders(var_folder())


def _unwritable(folder: Path, reason: str) -> str:
    return f"Gatehouse cannot write in {folder} ({reason}). Make it yours, or name another folder in GATEHOUSE_VAR."


if __name__ == "__main__":
    try:
        prepare()
    except Refusal as refusal:
        sys.exit(str(refusal))
