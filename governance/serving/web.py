"""The web server: `python -m governance.serving.web` serves on 127.0.0.1:$PORT.

SIGTERM takes no new request, lets those that run finish for a bounded time, and ends. SIGHUP starts the application
anew, with the code and the packages that are there now, and ends the old one like that once the new one answers.
"""

from __future__ import annotations

import multiprocessing
import os

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from governance.serving import ground

# Requests of one process that may run at the same time: below the 16 connections of the PostgreSQL pool.
THREADS = 4
# The new application is loaded by then; until then the old one serves alone.
LOADING_SECONDS = 15
FINISHING_SECONDS = 20


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    # A forked process would go on with the modules that this one has loaded: the old code.
    multiprocessing.set_start_method("spawn")
    Granian(
        "governance.wsgi:application",
        address=ground.HOST,
        port=ground.port(),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        blocking_threads=THREADS,
        respawn_interval=LOADING_SECONDS,
        workers_kill_timeout=FINISHING_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=settings.LOGGING,
    ).serve()


if __name__ == "__main__":
    main()
