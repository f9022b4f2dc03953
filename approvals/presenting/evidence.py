"""Figures beside their bounds, misses first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from approvals import gates
from approvals.facts import EvaluationFact, ThresholdFact, VersionFacts
from approvals.gates import Judgement
from approvals.models import Comment
from approvals.places import Place
from registry.figures import Worst, by_metric
from registry.metrics import metric
from registry.models import Purpose

#: No figure to judge: the gate stays closed for it, and nothing was missed.
UNMEASURED = "unmeasured"
MISSES_FIRST = (gates.UNMET, UNMEASURED, gates.MET)


@dataclass(frozen=True)
class FigureRow:
    """One figure beside its bound; where the policy sets none, `bound` and `state` are "" and `limit` is None.

    `worst` are the slices with which an overall figure does worst, if any of its groups were compared.
    """

    metric: str
    name: str
    meaning: str
    value: Decimal | None
    worst: Worst | None = None
    bound: str = ""
    limit: Decimal | None = None
    state: str = ""

    @property
    def remark(self) -> str:
        return metric(self.metric).remark(self.value) if self.value is not None else ""

    @property
    def place(self) -> Place:
        """Where comments on it stand."""
        return Place(Comment.Place.METRIC, self.metric)


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
    worst = _worst_by_metric(evaluation)
    rows = sorted((_judged(each, worst) for each in judged), key=lambda row: MISSES_FIRST.index(row.state))
    return Evidence(purpose, purpose.label, evaluation, (*rows, *_unbounded(evaluation, asked, worst)))


def _worst_by_metric(evaluation: EvaluationFact | None) -> dict[str, Worst | None]:
    return {each.metric: each.worst for each in by_metric(evaluation.measurements)} if evaluation else {}


def _judged(judgement: Judgement, worst: Mapping[str, Worst | None]) -> FigureRow:
    threshold = judgement.threshold
    known = metric(threshold.metric)
    name, meaning = known.name, known.meaning
    if threshold.group:
        among = "any group" if threshold.group == "*" else threshold.group
        name, meaning = f"{name}: gap between groups", f"Largest minus smallest value within {among}"
    return FigureRow(
        threshold.metric,
        name,
        meaning,
        judgement.value,
        worst=None if threshold.group else worst.get(threshold.metric),
        bound=judgement.bound,
        limit=threshold.limit,
        state=_state(judgement),
    )


def _state(judgement: Judgement) -> str:
    if judgement.value is None:
        return UNMEASURED
    return gates.MET if judgement.is_met else gates.UNMET


def _unbounded(
    evaluation: EvaluationFact | None, asked: Sequence[ThresholdFact], worst: Mapping[str, Worst | None]
) -> list[FigureRow]:
    bounded = {threshold.metric for threshold in asked if not threshold.group}
    figures = evaluation.measurements if evaluation else ()
    return [
        FigureRow(
            figure.metric,
            metric(figure.metric).name,
            metric(figure.metric).meaning,
            figure.value,
            worst.get(figure.metric),
        )
        for figure in figures
        if not figure.group and figure.metric not in bounded
    ]


def threshold_tally(evidence: Iterable[Evidence]) -> tuple[int, int]:
    """How many thresholds are kept, of how many."""
    states = [row.state for each in evidence for row in each.rows if row.state]
    return states.count(gates.MET), len(states)
