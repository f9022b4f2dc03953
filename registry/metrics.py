"""The metrics that have a name and a meaning for readers, and which way each of them is better.

Any other metric may be measured as well; it is shown under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

HIGHER, LOWER = "higher", "lower"
CLOSE = 0.7


@dataclass(frozen=True)
class Metric:
    """`meaning` is for somebody who does not measure models. `better` is HIGHER, LOWER or "" when nobody knows.

    `smallest` and `largest` are the bounds of its possible values, None where there is none. `below_zero` is what a
    figure below 0 means.
    """

    slug: str
    name: str
    meaning: str = ""
    better: str = ""
    smallest: int | None = None
    largest: int | None = None
    below_zero: str = ""

    def remark(self, value: Decimal) -> str:
        """What this value means, where that is not to be guessed from the meaning of the metric."""
        return self.below_zero if value < 0 else ""

    def can_be(self, value: Decimal) -> bool:
        is_small = self.smallest is not None and value < self.smallest
        is_large = self.largest is not None and value > self.largest
        return not (is_small or is_large)

    @property
    def range_words(self) -> str:
        if self.smallest is None:
            return f"is at most {self.largest}"
        return (
            f"is at least {self.smallest}" if self.largest is None else f"lies from {self.smallest} to {self.largest}"
        )


KNOWN = (
    Metric("accuracy", "Accuracy", "Share of answers that are right", HIGHER, 0, 1),
    Metric("balanced_accuracy", "Balanced accuracy", "Share of right answers; all kinds of case alike", HIGHER, 0, 1),
    Metric("f1", "F1", "Balance between finding the real cases and not raising false alarms", HIGHER, 0, 1),
    Metric("precision", "Precision", "Share of its alarms that are right", HIGHER, 0, 1),
    Metric("recall", "Recall", "Share of the real cases that it finds", HIGHER, 0, 1),
    Metric("sensitivity", "Sensitivity", "Share of the real cases that it finds", HIGHER, 0, 1),
    Metric("specificity", "Specificity", "Share of the other cases that it leaves alone", HIGHER, 0, 1),
    Metric(
        "roc_auc", "ROC AUC", "How well it ranks real cases above the others; 0.5 is chance, 1 perfect", HIGHER, 0, 1
    ),
    Metric("average_precision", "Average precision", "How many of its best guesses are right", HIGHER, 0, 1),
    Metric("ndcg", "NDCG", "How close its order is to the best order; 1 is the best", HIGHER, 0, 1),
    Metric(
        "r2",
        "R²",
        "Share of the differences that it explains; 1 is all of them",
        HIGHER,
        largest=1,
        below_zero="worse than always predicting the average",
    ),
    Metric("brier", "Brier score", "How far its probabilities are from what happened; 0 is perfect", LOWER, 0, 2),
    Metric("error_rate", "Error rate", "Share of answers that are wrong", LOWER, 0, 1),
    Metric("false_positive_rate", "False positive rate", "Share of the other cases that it wrongly picks", LOWER, 0, 1),
    Metric("false_negative_rate", "False negative rate", "Share of the real cases that it misses", LOWER, 0, 1),
    Metric("log_loss", "Log loss", "How surprised it is by what happened; 0 is never", LOWER, 0),
    Metric("mae", "Mean absolute error", "How far off it is on average, in the unit of what it predicts", LOWER, 0),
    Metric("mape", "Mean percentage error", "How far off it is on average, as a share of the true value", LOWER, 0),
    Metric(
        "mse", "Mean square error", "How far off it is, large misses counting much more; its unit is squared", LOWER, 0
    ),
    Metric(
        "rmse",
        "Root mean square error",
        "How far off it is in the unit of what it predicts, large misses counting more",
        LOWER,
        0,
    ),
)
_BY_SLUG = {metric.slug: metric for metric in KNOWN}


def slug_of(written: str) -> str:
    """The slug that somebody means who writes “Accuracy”, “ROC AUC” or “roc_auc”."""
    words = written.strip().lower()
    return next((known.slug for known in KNOWN if known.name.lower() == words), re.sub(r"[\s-]+", "_", words))


def is_known(written: str) -> bool:
    return slug_of(written) in _BY_SLUG


def closest(slug: str, further: Iterable[str] = ()) -> str:
    """The slug that somebody may have meant, of the known ones and of `further`; "" where none is close."""
    return next(iter(get_close_matches(slug, sorted({*_BY_SLUG, *further}), n=1, cutoff=CLOSE)), "")


def written(slug: str) -> str:
    """As somebody writes it in a form: the name of a known metric, else what stands there."""
    return _BY_SLUG[slug].name if slug in _BY_SLUG else slug


def metric(slug: str) -> Metric:
    """The known metric, or one that is named after its slug: `time_to_answer` is “Time to answer”."""
    return _BY_SLUG.get(slug) or Metric(slug, slug.replace("_", " ").capitalize())
