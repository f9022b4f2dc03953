"""One style sheet for the browser: collectstatic puts the sheets that `gatehouse.css` imports into it.

While developing, the browser follows the imports itself, so there is no build step.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/gatehouse.css"
IMPORT = re.compile(r'^@import url\("(?P<address>[^"]+)"\) layer\((?P<layer>[a-z]+)\);$', re.MULTILINE)

Collected = dict[str, tuple[Storage, str]]


class OneSheetStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed files, of which `gatehouse.css` holds all that it imports."""

    def post_process(self, paths: Collected, dry_run: bool = False, **options: Any) -> Iterator[tuple]:
        if SHEET in paths:
            bundle = InMemoryStorage()
            bundle.save(SHEET, ContentFile(bundled(paths).encode()))
            paths = paths | {SHEET: (bundle, SHEET)}
        yield from super().post_process(paths, dry_run=dry_run, **options)


def bundled(paths: Collected) -> str:
    """The sheet with each import replaced by what it names, in the same layer and the same order.

    Raises ValueError for an import that is written differently, KeyError for a sheet that is not there.
    """

    def inlined(found: re.Match[str]) -> str:
        name = posixpath.join(posixpath.dirname(SHEET), found["address"])
        return f"@layer {found['layer']} {{\n{_text(paths[name])}\n}}"

    whole = IMPORT.sub(inlined, _text(paths[SHEET]))
    if "@import" in whole:
        raise ValueError(f'{SHEET}: an import is written as @import url("…") layer(…); on a line of its own.')
    return whole


def _text(collected: tuple[Storage, str]) -> str:
    storage, path = collected
    with storage.open(path) as file:
        return file.read().decode()
