"""How the groups of an evaluation compare: a table each, the worst slice marked, gaps beside their bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from approvals import gates
from approvals.facts import EvaluationFact, ThresholdFact, VersionFacts
from approvals.gates import Judgement
from registry.figures import GroupFigures, MetricFigures, SliceFigure, by_metric
from registry.models import Purpose

#: Beside slice and cases, no more columns than stand next to each other in the column of a review's evidence.
MOST_METRICS = 4


@dataclass(frozen=True)
class Cell:
    """One metric of one slice; `figure` is None where it was not measured."""

    metric: str
    figure: SliceFigure | None


@dataclass(frozen=True)
class SliceRow:
    name: str
    sample_size: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Gap:
    """Largest minus smallest value of one metric within a group. Where the policy sets no bound, `bound` and `state`
    are "" and `limit` is None."""

    metric: str
    value: Decimal | None
    bound: str = ""
    limit: Decimal | None = None
    state: str = ""


@dataclass(frozen=True)
class GroupTable:
    """How one group's slices compare under some of the metrics."""

    name: str
    metrics: tuple[str, ...]
    slices: tuple[SliceRow, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_compared(self) -> bool:
        return any(gap.value is not None for gap in self.gaps)

    @property
    def is_missed(self) -> bool:
        return any(gap.state == gates.UNMET for gap in self.gaps)


@dataclass(frozen=True)
class Fairness:
    evaluation: EvaluationFact
    groups: tuple[GroupTable, ...]


#: One metric of a group: what is measured, and the group's figures under it.
Column = tuple[MetricFigures, GroupFigures]


def fairness(facts: VersionFacts) -> Fairness | None:
    """From the newest evaluation nearest to production that has figures by group, or None."""
    for purpose in (Purpose.PRODUCTION, Purpose.STAGING, Purpose.DEVELOPMENT):
        evaluation = facts.evaluations.get(purpose)
        if evaluation and any(figure.group for figure in evaluation.measurements):
            return _fairness(evaluation, gates.thresholds(facts, purpose))
    return None


def _fairness(evaluation: EvaluationFact, asked: Sequence[ThresholdFact]) -> Fairness:
    tables = [
        _table(group, some, asked)
        for group, columns in _columns_of_groups(by_metric(evaluation.measurements))
        for some in _side_by_side(columns)
    ]
    return Fairness(evaluation, tuple(sorted(tables, key=lambda table: not table.is_missed)))


def _columns_of_groups(measured: Sequence[MetricFigures]) -> list[tuple[str, list[Column]]]:
    found: dict[str, list[Column]] = {}
    for metric in measured:
        for group in metric.groups:
            found.setdefault(group.group, []).append((metric, group))
    return sorted(found.items())


def _side_by_side(columns: Sequence[Column]) -> Iterator[Sequence[Column]]:
    """As many as fit beside each other, evenly: five become three and two."""
    width = ceil(len(columns) / ceil(len(columns) / MOST_METRICS))
    for start in range(0, len(columns), width):
        yield columns[start : start + width]


def _table(group: str, columns: Sequence[Column], asked: Sequence[ThresholdFact]) -> GroupTable:
    by_slice: dict[str, dict[str, SliceFigure]] = {}
    for metric, figures in columns:
        for figure in figures.slices:
            by_slice.setdefault(figure.slice, {})[metric.metric] = figure
    return GroupTable(
        name=group.replace("_", " "),
        metrics=tuple(metric.name for metric, _ in columns),
        slices=tuple(_row(name, found, columns) for name, found in sorted(by_slice.items())),
        gaps=tuple(_gap(metric, figures, asked) for metric, figures in columns),
    )


def _row(name: str, found: dict[str, SliceFigure], columns: Sequence[Column]) -> SliceRow:
    return SliceRow(
        name,
        next((figure.sample_size for figure in found.values() if figure.sample_size is not None), None),
        tuple(Cell(metric.name, found.get(metric.metric)) for metric, _ in columns),
    )


def _gap(metric: MetricFigures, figures: GroupFigures, asked: Sequence[ThresholdFact]) -> Gap:
    bounds = [each for each in asked if each.metric == metric.metric and each.group in ("*", figures.group)]
    judged = sorted((Judgement(each, figures.gap) for each in bounds), key=lambda judgement: judgement.is_met)
    if figures.gap is None or not judged:
        return Gap(metric.name, figures.gap)
    worst = judged[0]
    state = gates.MET if worst.is_met else gates.UNMET
    return Gap(metric.name, figures.gap, worst.bound, worst.threshold.limit, state)
