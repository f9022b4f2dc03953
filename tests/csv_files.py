"""Reading what a list sends as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert content.startswith("\N{BYTE ORDER MARK}".encode())
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
