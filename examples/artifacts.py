"""Models as skops files with the same bytes on every run."""

import io
import json
import zipfile
from pathlib import PurePath
from typing import Any

import skops.io

SCHEMA = "schema.json"
EPOCH = (1980, 1, 1, 0, 0, 0)


def renumbered(node: Any, numbers: dict[str, int]) -> Any:
    """The schema names objects and their files by memory address; here they are counted in order of appearance."""
    if isinstance(node, list):
        return [renumbered(item, numbers) for item in node]
    if isinstance(node, dict):
        return {key: renumbered_entry(key, value, numbers) for key, value in node.items()}
    return node


def renumbered_entry(key: str, value: Any, numbers: dict[str, int]) -> Any:
    if key == "__id__":
        return numbers.setdefault(str(value), len(numbers) + 1)
    if key == "file" and isinstance(value, str):
        return renumbered_file(value, numbers)
    return renumbered(value, numbers)


def renumbered_file(name: str, numbers: dict[str, int]) -> str:
    path = PurePath(name)
    return f"{numbers.setdefault(path.stem, len(numbers) + 1)}{path.suffix}"


def settled(archive: bytes) -> bytes:
    """The archive without the memory addresses and times of day that skops leaves in it."""
    numbers: dict[str, int] = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        schema = renumbered(json.loads(source.read(SCHEMA)), numbers)
        members = {renumbered_file(name, numbers): source.read(name) for name in source.namelist() if name != SCHEMA}
    members = dict(sorted(members.items())) | {SCHEMA: json.dumps(schema, indent=1).encode()}
    return packed(members)


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return buffer.getvalue()


def dumped(model: Any) -> bytes:
    archive = settled(skops.io.dumps(model))
    untrusted = skops.io.get_untrusted_types(data=archive)
    if untrusted:
        raise ValueError(f"The model holds types that skops does not trust: {', '.join(untrusted)}")
    return archive
