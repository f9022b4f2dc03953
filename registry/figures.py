"""How the measurements of an evaluation are laid out for a reader: overall figures, and slices beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from registry import metrics

#: The decimals that pages show, and those that a figure is kept with.
READABLE_PLACES, KEPT_PLACES = 3, 6
#: So many slices that are equally bad are named; of more it is said how many.
MOST_NAMED = 2


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
class Worst:
    """The slices, of all groups, to be looked at first under one metric: several where they are alike."""

    mark: str
    slices: tuple[str, ...]
    value: Decimal
    remark: str = ""

    @property
    def where(self) -> str:
        others = len(self.slices) - MOST_NAMED
        return ", ".join(self.slices[:MOST_NAMED]) + (f" and {others} more" if others > 0 else "")


@dataclass(frozen=True)
class MetricFigures:
    """All figures of one metric."""

    metric: str
    overall: Measured | None
    groups: tuple[GroupFigures, ...]

    @property
    def better(self) -> str:
        better = metrics.metric(self.metric).better
        return f"{better} is better" if better else ""

    @property
    def name(self) -> str:
        return metrics.metric(self.metric).name

    @property
    def remark(self) -> str:
        return metrics.metric(self.metric).remark(self.overall.value) if self.overall else ""

    @property
    def widest(self) -> GroupFigures | None:
        compared = [group for group in self.groups if group.gap is not None]
        return max(compared, key=lambda group: group.gap, default=None)

    @property
    def worst(self) -> Worst | None:
        marked = [(f"{group.group} {row.slice}", row) for group in self.groups for row in group.slices if row.mark]
        if not marked:
            return None
        worst = max((row for _, row in marked), key=self._badness)
        alike = tuple(name.replace("_", " ") for name, row in marked if row.value == worst.value)
        return Worst(worst.mark, alike, worst.value, metrics.metric(self.metric).remark(worst.value))

    def _badness(self, row: SliceFigure) -> Decimal:
        better = metrics.metric(self.metric).better
        if better:
            return -row.value if better == metrics.HIGHER else row.value
        return abs(row.difference or Decimal())


def readable(value: Decimal, bound: Decimal | None = None) -> Decimal:
    """The figure as every page says it: with three decimals, whole ones with none.

    It keeps more where fewer would make it nothing, or bring it onto the other side of the bound beside it.
    """
    if value == value.to_integral_value() and abs(value) > 1:
        return value.quantize(Decimal(1))
    rounded = (value.quantize(Decimal(1).scaleb(-places)) for places in range(READABLE_PLACES, KEPT_PLACES))
    return next((each for each in rounded if _says_the_same(each, value, bound)), value)


def said(metric: str, value: Decimal, bound: Decimal | None = None) -> str:
    """The figure within a sentence, with what it means where that is not to be guessed."""
    remark = metrics.metric(metric).remark(value)
    return f"{readable(value, bound):f}{f', {remark}' if remark else ''}"


def _says_the_same(rounded: Decimal, value: Decimal, bound: Decimal | None) -> bool:
    keeps_its_side = bound is None or rounded.compare(bound) == value.compare(bound)
    return bool(rounded) == bool(value) and keeps_its_side


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
