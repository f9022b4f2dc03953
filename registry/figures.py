"""How the measurements of an evaluation are laid out for a reader: overall figures, and slices beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from registry import metrics

#: Enough for comparing slices; the evaluation's own values stay exact wherever a threshold is judged.
READABLE_PLACES = 3


class Measured(Protocol):
    """One figure, as a Measurement row has it."""

    metric: str
    value: Decimal
    group: str
    slice: str
    sample_size: int | None


@dataclass(frozen=True)
class SliceFigure:
    """One slice of a group. `mark` is “Worst”, “Furthest” where nobody knows which way is better, or nothing."""

    slice: str
    value: Decimal
    sample_size: int | None
    difference: Decimal | None
    mark: str

    @property
    def sign(self) -> str:
        return "+" if self.difference and self.difference > 0 else ""


@dataclass(frozen=True)
class GroupFigures:
    """The slices of one group under one metric; `gap` is largest minus smallest, None for a single slice."""

    group: str
    slices: tuple[SliceFigure, ...]
    gap: Decimal | None


@dataclass(frozen=True)
class MetricFigures:
    """All figures of one metric. `places` are the decimals that a column is shown with."""

    metric: str
    overall: Measured | None
    groups: tuple[GroupFigures, ...]
    places: int

    @property
    def better(self) -> str:
        better = metrics.metric(self.metric).better
        return f"{better} is better" if better else ""

    @property
    def name(self) -> str:
        return metrics.metric(self.metric).name

    @property
    def widest(self) -> GroupFigures | None:
        compared = [group for group in self.groups if group.gap is not None]
        return max(compared, key=lambda group: group.gap, default=None)


def by_metric(measurements: Iterable[Measured]) -> list[MetricFigures]:
    """Measurements put under their metrics, in the order of their names."""
    found: dict[str, list[Measured]] = {}
    for row in measurements:
        found.setdefault(row.metric, []).append(row)
    return [_metric_figures(metric, rows) for metric, rows in sorted(found.items())]


def _metric_figures(metric: str, rows: list[Measured]) -> MetricFigures:
    overall = next((row for row in rows if not row.group), None)
    groups: dict[str, list[Measured]] = {}
    for row in rows:
        if row.group:
            groups.setdefault(row.group, []).append(row)
    return MetricFigures(
        metric=metric,
        overall=overall,
        groups=tuple(_group_figures(group, slices, overall) for group, slices in sorted(groups.items())),
        places=min(READABLE_PLACES, max(_decimals(row.value) for row in rows)),
    )


def _group_figures(group: str, rows: list[Measured], overall: Measured | None) -> GroupFigures:
    values = [row.value for row in rows]
    marked, mark = _marked_value(rows[0].metric, values, overall)
    return GroupFigures(
        group=group,
        slices=tuple(
            SliceFigure(
                slice=row.slice,
                value=row.value,
                sample_size=row.sample_size,
                difference=row.value - overall.value if overall else None,
                mark=mark if row.value == marked else "",
            )
            for row in sorted(rows, key=lambda row: row.slice)
        ),
        gap=max(values) - min(values) if len(values) > 1 else None,
    )


def _marked_value(metric: str, values: list[Decimal], overall: Measured | None) -> tuple[Decimal | None, str]:
    """The value to be looked at first, and the word for it; none when all slices are alike."""
    if min(values) == max(values):
        return None, ""
    better = metrics.metric(metric).better
    if better:
        return (min(values) if better == metrics.HIGHER else max(values)), "Worst"
    if overall is None:
        return None, ""
    return max(values, key=lambda value: abs(value - overall.value)), "Furthest"


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))
