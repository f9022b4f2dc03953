"""The metrics that have a name and a meaning for readers, and which way each of them is better.

Any other metric may be measured as well; it is shown under its own name.
"""

from __future__ import annotations

from dataclasses import dataclass

HIGHER, LOWER = "higher", "lower"


@dataclass(frozen=True)
class Metric:
    """`meaning` is for somebody who does not measure models. `better` is HIGHER, LOWER or "" when nobody knows."""

    slug: str
    name: str
    meaning: str = ""
    better: str = ""


KNOWN = (
    Metric("accuracy", "Accuracy", "Share of answers that are right", HIGHER),
    Metric(
        "balanced_accuracy", "Balanced accuracy", "Share of right answers, all kinds of case counting alike", HIGHER
    ),
    Metric("f1", "F1", "Balance between finding the real cases and not raising false alarms", HIGHER),
    Metric("precision", "Precision", "Share of its alarms that are right", HIGHER),
    Metric("recall", "Recall", "Share of the real cases that it finds", HIGHER),
    Metric("sensitivity", "Sensitivity", "Share of the real cases that it finds", HIGHER),
    Metric("specificity", "Specificity", "Share of the other cases that it leaves alone", HIGHER),
    Metric("roc_auc", "ROC AUC", "How well it ranks real cases above the others; 0.5 is chance, 1 perfect", HIGHER),
    Metric("average_precision", "Average precision", "How many of its best guesses are right", HIGHER),
    Metric("ndcg", "NDCG", "How close its order is to the best order; 1 is the best", HIGHER),
    Metric("r2", "R²", "Share of the differences that it explains; 1 is all of them", HIGHER),
    Metric("brier", "Brier score", "How far its probabilities are from what happened; 0 is perfect", LOWER),
    Metric("error_rate", "Error rate", "Share of answers that are wrong", LOWER),
    Metric("false_positive_rate", "False positive rate", "Share of the other cases that it wrongly picks", LOWER),
    Metric("false_negative_rate", "False negative rate", "Share of the real cases that it misses", LOWER),
    Metric("log_loss", "Log loss", "How surprised it is by what happened; 0 is never", LOWER),
    Metric("mae", "Mean absolute error", "How far off it is on average", LOWER),
    Metric("mape", "Mean percentage error", "How far off it is on average, as a share of the true value", LOWER),
    Metric("mse", "Mean square error", "How far off it is, large misses counting much more", LOWER),
    Metric("rmse", "Root mean square error", "How far off it is, large misses counting more", LOWER),
)
_BY_SLUG = {metric.slug: metric for metric in KNOWN}


def metric(slug: str) -> Metric:
    """The known metric, or one that is named after its slug: `time_to_answer` is “Time to answer”."""
    return _BY_SLUG.get(slug) or Metric(slug, slug.replace("_", " ").capitalize())
