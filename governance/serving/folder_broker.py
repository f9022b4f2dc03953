"""The broker that needs no server: messages are files in a folder, as kombu's `filesystem` transport has them, but
nobody finds a file that is still being written."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "folder"


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:
        """Under the name that readers look for once it is whole: kombu opens that name first and writes then, and a
        worker that read in between ended."""
        folder = Path(self.data_folder_out)
        handle, unfinished = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(dumps(payload).encode())
        Path(unfinished).replace(folder / f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """So that `folder://` in settings.CELERY_BROKER_URL means it."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
