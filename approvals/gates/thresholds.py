"""Figures held against the bounds of the policies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from approvals.facts import EvaluationFact, MeasurementFact, ThresholdFact, VersionFacts
from registry.figures import said
from registry.metrics import metric


@dataclass(frozen=True)
class Judgement:
    """One threshold held against one evaluation. `value` is None when the figure was not measured.

    `alone` are groups of which only one slice was measured, so that they could not be compared.
    """

    threshold: ThresholdFact
    value: Decimal | None
    alone: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        if self.value is None:
            return False
        limit = self.threshold.limit
        return self.value >= limit if self.threshold.bound == "at_least" else self.value <= limit

    @property
    def name(self) -> str:
        group = self.threshold.group
        between = "between groups" if group == "*" else f"by {group}"
        known = metric(self.threshold.metric).name
        return f"{known} gap {between}" if group else known

    @property
    def bound(self) -> str:
        words = "at least" if self.threshold.bound == "at_least" else "at most"
        return f"{words} {self.threshold.limit.normalize():f}"

    @property
    def sentence(self) -> str:
        if self.value is None:
            return f"{self.name} was not measured, must be {self.bound}"
        value = said(self.threshold.metric, self.value, self.threshold.limit)
        return f"{self.name} is {value}, must be {self.bound}"


def thresholds(facts: VersionFacts, purpose: str) -> list[ThresholdFact]:
    """The thresholds of every policy asked, for this model's task and this purpose, each once."""
    found = [
        threshold
        for policy in facts.policies
        for threshold in policy.thresholds
        if threshold.purpose == purpose and threshold.task == facts.version.model.task
    ]
    return list(dict.fromkeys(found))


def judge(threshold: ThresholdFact, evaluation: EvaluationFact) -> Judgement:
    figures = [figure for figure in evaluation.measurements if figure.metric == threshold.metric]
    if threshold.group:
        return _judge_gap(threshold, figures)
    overall = [figure.value for figure in figures if not figure.group]
    return Judgement(threshold, overall[0] if overall else None)


def _judge_gap(threshold: ThresholdFact, figures: list[MeasurementFact]) -> Judgement:
    """The widest of the gaps between the slices of each group: largest minus smallest value."""
    by_group: dict[str, list[Decimal]] = {}
    for figure in figures:
        if figure.group and threshold.group in ("*", figure.group):
            by_group.setdefault(figure.group, []).append(figure.value)
    gaps = [max(values) - min(values) for values in by_group.values() if len(values) > 1]
    alone = tuple(sorted(group for group, values in by_group.items() if len(values) == 1))
    return Judgement(threshold, max(gaps) if gaps else None, alone)
