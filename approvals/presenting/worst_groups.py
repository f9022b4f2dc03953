"""Groups that miss what the policy asks of all cases together. No gate looks at them: its bounds are set for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from approvals.facts import MeasurementFact, ThresholdFact, VersionFacts
from approvals.gates import PRODUCTION, STAGING, Judgement, thresholds
from registry.figures import said
from registry.metrics import metric


@dataclass(frozen=True)
class WorstGroup:
    """The group that misses a bound by most."""

    threshold: ThresholdFact
    figure: MeasurementFact

    @property
    def sentence(self) -> str:
        figure, threshold = self.figure, self.threshold
        group = f"{figure.group} {figure.slice}".replace("_", " ")
        value = said(figure.metric, figure.value, threshold.limit)
        of_all = f"of all cases together the policy asks {Judgement(threshold, figure.value).bound}"
        return f"Worst group for {threshold.purpose}: {metric(figure.metric).name} of {group} is {value}; {of_all}"


def worst_groups(facts: VersionFacts) -> list[WorstGroup]:
    return [found for environment in (STAGING, PRODUCTION) for found in _worst_groups(facts, environment)]


def _worst_groups(facts: VersionFacts, environment: str) -> Iterator[WorstGroup]:
    evaluation = facts.evaluations.get(environment)
    figures = [figure for figure in evaluation.measurements if figure.group] if evaluation else []
    for threshold in thresholds(facts, environment):
        missing = [] if threshold.group else [figure for figure in figures if _misses(figure, threshold)]
        if missing:
            yield WorstGroup(threshold, max(missing, key=lambda figure: abs(figure.value - threshold.limit)))


def _misses(figure: MeasurementFact, threshold: ThresholdFact) -> bool:
    return figure.metric == threshold.metric and not Judgement(threshold, figure.value).is_met
