"""What a search finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    icon: str
    sub: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    hits: list[Hit]
