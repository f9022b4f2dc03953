"""Ends a group of processes when the one that holds its standard input is gone, however that one ended.

It is the leader of its process group; what belongs together joins the group. Run by its path, without Django.
"""

import os
import signal
import sys

if __name__ == "__main__":
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)
