"""Figures beside their bounds, misses first, and how groups compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from approvals import gates
from approvals.facts import EvaluationFact, ThresholdFact, VersionFacts
from approvals.gates import Judgement
from registry.metrics import metric
from registry.models import Purpose


@dataclass(frozen=True)
class FigureRow:
    """One figure beside its bound; `state` is "" where the policy sets none."""

    name: str
    meaning: str
    value: Decimal | None
    bound: str = ""
    state: str = ""


@dataclass(frozen=True)
class Evidence:
    """The newest evaluation of one purpose, held against what the policy asks there."""

    purpose: str
    label: str
    evaluation: EvaluationFact | None
    rows: tuple[FigureRow, ...]


def evidence(facts: VersionFacts) -> list[Evidence]:
    found = (_evidence(facts, purpose) for purpose in (Purpose.PRODUCTION, Purpose.STAGING))
    return [each for each in found if each.rows or each.evaluation]


def _evidence(facts: VersionFacts, purpose: Purpose) -> Evidence:
    evaluation = facts.evaluations.get(purpose)
    asked = gates.thresholds(facts, purpose)
    judged = [gates.judge(each, evaluation) if evaluation else Judgement(each, None) for each in asked]
    rows = [_judged(judgement) for judgement in sorted(judged, key=lambda judgement: judgement.is_met)]
    return Evidence(purpose, purpose.label, evaluation, (*rows, *_unbounded(evaluation, asked)))


def _judged(judgement: Judgement) -> FigureRow:
    threshold = judgement.threshold
    known = metric(threshold.metric)
    name, meaning = known.name, known.meaning
    if threshold.group:
        among = "any group" if threshold.group == "*" else threshold.group
        name, meaning = f"{name}: gap between groups", f"Largest minus smallest value within {among}"
    return FigureRow(name, meaning, judgement.value, judgement.bound, gates.MET if judgement.is_met else gates.UNMET)


def _unbounded(evaluation: EvaluationFact | None, asked: Sequence[ThresholdFact]) -> list[FigureRow]:
    bounded = {threshold.metric for threshold in asked if not threshold.group}
    figures = evaluation.measurements if evaluation else ()
    return [
        FigureRow(metric(figure.metric).name, metric(figure.metric).meaning, figure.value)
        for figure in figures
        if not figure.group and figure.metric not in bounded
    ]


@dataclass(frozen=True)
class SliceRow:
    name: str
    sample_size: int | None
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Gap:
    """Largest minus smallest value of one metric within a group; `bound` and `state` are "" where the policy sets
    none."""

    metric: str
    value: Decimal | None
    bound: str = ""
    state: str = ""


@dataclass(frozen=True)
class GroupTable:
    """How one group's slices compare."""

    name: str
    slices: tuple[SliceRow, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_missed(self) -> bool:
        return any(gap.state == gates.UNMET for gap in self.gaps)


@dataclass(frozen=True)
class Fairness:
    evaluation: EvaluationFact
    metrics: tuple[str, ...]
    groups: tuple[GroupTable, ...]


def fairness(facts: VersionFacts) -> Fairness | None:
    """From the newest evaluation nearest to production that has figures by group, or None."""
    for purpose in (Purpose.PRODUCTION, Purpose.STAGING, Purpose.DEVELOPMENT):
        evaluation = facts.evaluations.get(purpose)
        if evaluation and any(figure.group for figure in evaluation.measurements):
            return _fairness(evaluation, gates.thresholds(facts, purpose))
    return None


def _fairness(evaluation: EvaluationFact, asked: Sequence[ThresholdFact]) -> Fairness:
    figures = [figure for figure in evaluation.measurements if figure.group]
    metrics = sorted({figure.metric for figure in figures})
    tables = []
    for group in sorted({figure.group for figure in figures}):
        rows = _slices([figure for figure in figures if figure.group == group], metrics)
        columns = zip(*(row.values for row in rows), strict=True)
        gaps = [_gap(values, measured, group, asked) for measured, values in zip(metrics, columns, strict=True)]
        tables.append(GroupTable(group.replace("_", " "), rows, tuple(gaps)))
    tables.sort(key=lambda table: not table.is_missed)
    return Fairness(evaluation, tuple(metric(each).name for each in metrics), tuple(tables))


def _slices(figures: list, metrics: Sequence[str]) -> tuple[SliceRow, ...]:
    by_slice: dict[str, dict[str, Any]] = {}
    for figure in figures:
        by_slice.setdefault(figure.slice, {})[figure.metric] = figure
    return tuple(
        SliceRow(
            name,
            next((figure.sample_size for figure in found.values() if figure.sample_size is not None), None),
            tuple(found[each].value if each in found else None for each in metrics),
        )
        for name, found in sorted(by_slice.items())
    )


def _gap(values: Iterable[Decimal | None], measured_as: str, group: str, asked: Sequence[ThresholdFact]) -> Gap:
    measured = [value for value in values if value is not None]
    value = max(measured) - min(measured) if len(measured) > 1 else None
    bounds = [each for each in asked if each.metric == measured_as and each.group in ("*", group)]
    judged = sorted((Judgement(each, value) for each in bounds), key=lambda judgement: judgement.is_met)
    if value is None or not judged:
        return Gap(metric(measured_as).name, value)
    return Gap(metric(measured_as).name, value, judged[0].bound, gates.MET if judged[0].is_met else gates.UNMET)


def threshold_tally(evidence: Iterable[Evidence]) -> tuple[int, int]:
    """How many thresholds are kept, of how many."""
    states = [row.state for each in evidence for row in each.rows if row.state]
    return states.count(gates.MET), len(states)
