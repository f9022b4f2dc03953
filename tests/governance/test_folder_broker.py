"""The embedded broker: a worker never meets half a message."""

from __future__ import annotations

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.utils import json

from governance.serving import folder_broker


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    with Connection("folder://localhost", transport_options=options) as connection:
        yield connection.default_channel


def test_each_message_comes_once_and_whole(channel: Any, tmp_path: Path) -> None:
    for number in range(3):
        channel._put("celery", {"number": number})
    assert {channel._get("celery")["number"] for _ in range(3)} == {0, 1, 2}
    assert [*(tmp_path / "queue").iterdir()] == []
    with pytest.raises(Empty):
        channel._get("celery")


def test_what_is_being_written_is_found_by_nobody(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker looks while the message is made into text, and between its file and its name."""
    looked = []

    def look(*_: Any) -> None:
        looked.append(True)
        with pytest.raises(Empty):
            channel._get("celery")

    def looking(payload: Any) -> str:
        look()
        return json.dumps(payload)

    real = Path.replace
    monkeypatch.setattr(folder_broker, "dumps", looking)
    monkeypatch.setattr(Path, "replace", lambda path, target: (look(), real(path, target)))
    channel._put("celery", {"number": 1})
    assert len(looked) == 2
    assert channel._get("celery") == {"number": 1}
