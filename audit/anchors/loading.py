"""From settings.LEDGER_ANCHORS to anchors."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from audit.anchors.base import Anchor


def configured() -> dict[str, Anchor]:
    """Each anchor by its name, in the order of the settings; the same object for the same entry."""
    return {entry["NAME"]: made(entry) for entry in settings.LEDGER_ANCHORS}


def made(entry: dict[str, Any]) -> Anchor:
    """Raises KeyError, ImportError, TypeError, ValueError or ImproperlyConfigured for an entry that is none."""
    return _load(entry["ANCHOR"], tuple(sorted(entry.get("OPTIONS", {}).items())))


@cache
def _load(path: str, options: tuple[tuple[str, Any], ...]) -> Anchor:
    anchor = import_string(path)(**dict(options))
    if not isinstance(anchor, Anchor):
        raise TypeError(f"{path} is no anchor.")
    return anchor
