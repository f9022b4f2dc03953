"""What the answers that were given would come to, were other questions asked: for whoever publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from registry.models import RiskAssessment, RiskTier
from registry.questionnaires import NAMES_BEFORE
from registry.rules import Question, risk


@dataclass(frozen=True)
class Moved:
    """A model that would come into another tier. A tier is named; "" is none, since something is prohibited."""

    model: str
    before: str
    after: str
    is_higher: bool
    why: str


@dataclass(frozen=True)
class Outlook:
    """`unfit` are models whose answers do not answer the questions, so that somebody has to assess them anew."""

    moved: tuple[Moved, ...]
    judged: int
    unfit: int


def outlook(questions: Sequence[Question]) -> Outlook:
    """Of every model that is assessed, by name, from two statements."""
    tiers = {slug: (rank, name) for slug, rank, name in RiskTier.objects.values_list("slug", "rank", "name")}
    ranks = {slug: rank for slug, (rank, _) in tiers.items()}
    moved, judged, unfit = [], 0, 0
    for row in _counting().iterator():
        answers = _answers(row)
        if not risk.fits(questions, answers):
            unfit += 1
            continue
        judged += 1
        found = risk.judge(questions, answers, ranks)
        before, name = (row["is_prohibited"], row["tier__rank"]), row["tier__name"]
        if found.weight != before:
            names = ("" if row["is_prohibited"] else name, "" if found.is_prohibited else tiers[found.tier][1])
            moved.append(Moved(row["model__name"], *names, found.weight > before, found.explanation))
    return Outlook(tuple(moved), judged, unfit)


def _counting() -> QuerySet[RiskAssessment, dict[str, Any]]:
    """Of each model the assessment that counts, as plain values: there may be very many."""
    newer = RiskAssessment.objects.in_force().filter(model=OuterRef("model"), pk__gt=OuterRef("pk"))
    found = RiskAssessment.objects.in_force().filter(~Exists(newer.order_by())).order_by("model__name")
    said = ("model__name", "tier__name", "tier__rank", "is_prohibited", "questionnaire", "answers")
    return found.values(*said, *NAMES_BEFORE)


def _answers(row: dict[str, Any]) -> dict[str, str]:
    if row["questionnaire"]:
        return row["answers"]
    return {name: "yes" if row[name] else "no" for name in NAMES_BEFORE}
