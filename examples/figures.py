"""Metrics on held-out rows, overall and per group, as exact decimal strings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn import metrics

FEWEST_ROWS = 15
MICRO = Decimal("0.000001")


class Answers(NamedTuple):
    """What the model said about some rows, beside what was true."""

    truth: np.ndarray
    said: np.ndarray
    probabilities: np.ndarray | None
    classes: np.ndarray | None

    def where(self, chosen: np.ndarray) -> "Answers":
        probabilities = None if self.probabilities is None else self.probabilities[chosen]
        return Answers(self.truth[chosen], self.said[chosen], probabilities, self.classes)


def all_rows(answers: Answers) -> int:
    return len(answers.truth)


def positives(answers: Answers) -> int:
    return int((answers.truth == 1).sum())


def negatives(answers: Answers) -> int:
    return int((answers.truth == 0).sum())


def rarer_outcome(answers: Answers) -> int:
    return min(positives(answers), negatives(answers))


@dataclass(frozen=True)
class Metric:
    """`counted` is the sample size of the figure; `weakest` the rows it stands or falls with."""

    meaning: str
    value: Callable[[Answers], float]
    counted: Callable[[Answers], int] = all_rows
    weakest: Callable[[Answers], int] = all_rows


def accuracy(answers: Answers) -> float:
    return metrics.accuracy_score(answers.truth, answers.said)


def brier(answers: Answers) -> float:
    hits = answers.truth[:, np.newaxis] == answers.classes[np.newaxis, :]
    return float(((answers.probabilities - hits) ** 2).sum(axis=1).mean() / 2)


def recall(answers: Answers) -> float:
    return metrics.recall_score(answers.truth, answers.said)


def false_positive_rate(answers: Answers) -> float:
    return float(answers.said[answers.truth == 0].mean())


def roc_auc(answers: Answers) -> float:
    return metrics.roc_auc_score(answers.truth, answers.probabilities[:, 1])


def macro_recall(answers: Answers) -> float:
    return metrics.recall_score(answers.truth, answers.said, average="macro")


def macro_roc_auc(answers: Answers) -> float:
    return metrics.roc_auc_score(answers.truth, answers.probabilities, multi_class="ovr", average="macro")


def mae(answers: Answers) -> float:
    return metrics.mean_absolute_error(answers.truth, answers.said)


def rmse(answers: Answers) -> float:
    return metrics.root_mean_squared_error(answers.truth, answers.said)


def r2(answers: Answers) -> float:
    return metrics.r2_score(answers.truth, answers.said)


ACCURACY = Metric("share of rows answered correctly", accuracy)
BRIER = Metric("mean squared error of the probabilities, from 0 (best) to 1", brier)

BINARY = {
    "accuracy": ACCURACY,
    "roc_auc": Metric("area under the ROC curve", roc_auc, weakest=rarer_outcome),
    "recall": Metric("share of the true positives that were found", recall, positives, positives),
    "false_positive_rate": Metric(
        "share of the true negatives that were called positive", false_positive_rate, negatives, negatives
    ),
    "brier": BRIER,
}
MULTICLASS = {
    "accuracy": ACCURACY,
    "roc_auc": Metric("area under the ROC curve, each class against the rest, mean over classes", macro_roc_auc),
    "recall": Metric("share of each class that was found, mean over classes", macro_recall),
    "brier": BRIER,
}
ONE_CLASS = {"accuracy": ACCURACY, "brier": BRIER}
REGRESSION = {
    "mae": Metric("mean absolute error, in units of the target", mae),
    "rmse": Metric("root mean squared error, in units of the target", rmse),
    "r2": Metric("share of the variance explained; 0 equals always answering the mean", r2),
}


class Figure(NamedTuple):
    metric: str
    value: str
    group: str
    slice: str
    sample_size: int


class Omission(NamedTuple):
    metric: str
    group: str
    slice: str
    rows: int


def decimal_text(value: float) -> str:
    return str(Decimal(repr(float(value))).quantize(MICRO, ROUND_HALF_EVEN))


def answers_of(model: Any, inputs: pd.DataFrame, truth: pd.Series) -> Answers:
    said = model.predict(inputs)
    if not hasattr(model, "predict_proba"):
        return Answers(truth.to_numpy(), said, None, None)
    return Answers(truth.to_numpy(), said, model.predict_proba(inputs), model.classes_)


def figure(name: str, metric: Metric, answers: Answers, group: str = "", piece: str = "") -> Figure:
    return Figure(name, decimal_text(metric.value(answers)), group, piece, metric.counted(answers))


def slices(answers: Answers, groups: dict[str, pd.Series]) -> Iterator[tuple[str, str, Answers]]:
    for group, labels in groups.items():
        for piece in sorted(labels.unique()):
            yield group, piece, answers.where((labels == piece).to_numpy())


def overall(answers: Answers, wanted: dict[str, Metric]) -> list[Figure]:
    return [figure(name, metric, answers) for name, metric in wanted.items()]


def per_group(
    answers: Answers, groups: dict[str, pd.Series], wanted: dict[str, Metric]
) -> tuple[list[Figure], list[Omission]]:
    """A figure that would rest on fewer than `FEWEST_ROWS` rows is named as left out instead of printed."""
    figures, left_out = [], []
    for group, piece, some in slices(answers, groups):
        for name, metric in wanted.items():
            rows = metric.weakest(some)
            if rows < FEWEST_ROWS:
                left_out.append(Omission(name, group, piece, rows))
            else:
                figures.append(figure(name, metric, some, group, piece))
    return figures, left_out
