"""What is asked of an evaluation. Policies are another room's, so `settings.ASKED_FIGURES` names who knows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from registry.metrics import metric
from registry.models import ModelVersion

ANY_GROUP = "*"


@dataclass(frozen=True)
class AskedFigure:
    """A figure that must be known for `purpose`. With `group` it is the gap in it, `ANY_GROUP` in whichever."""

    purpose: str
    metric: str
    group: str = ""

    @property
    def rows_needed(self) -> str:
        """Which rows a gap takes; "" for an overall figure."""
        name = metric(self.metric).name
        if self.group == ANY_GROUP:
            return f"{name}: gap between groups needs a row for each group"
        return f"{name}: gap by {self.group} needs a row for each slice of {self.group}" if self.group else ""


def asked_of(version: ModelVersion) -> list[AskedFigure]:
    return import_string(settings.ASKED_FIGURES)(version)


def metrics_for(purpose: str, asked: Iterable[AskedFigure]) -> list[str]:
    """Slugs, each once."""
    return list(dict.fromkeys(figure.metric for figure in asked if figure.purpose == purpose))


def rows_by_group(asked: Iterable[AskedFigure]) -> dict[str, list[str]]:
    """Which rows by group are needed, with the purposes that ask for them."""
    found: dict[str, list[str]] = {}
    for figure in asked:
        if figure.rows_needed:
            found.setdefault(figure.rows_needed, []).append(figure.purpose)
    return found
