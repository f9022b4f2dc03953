"""What the answers that were given would come to, were other questions asked: for whoever publishes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from registry.models import RiskAssessment, RiskTier
from registry.questionnaires import answers_in
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
    tiers = {tier.slug: tier for tier in RiskTier.objects.all()}
    ranks = {slug: tier.rank for slug, tier in tiers.items()}
    moved, judged, unfit = [], 0, 0
    for assessment in _counting().iterator():
        answers = answers_in(assessment)
        if not risk.fits(questions, answers):
            unfit += 1
            continue
        judged += 1
        found = risk.judge(questions, answers, ranks)
        before = (assessment.is_prohibited, assessment.tier.rank)
        if found.weight != before:
            names = ("" if before[0] else assessment.tier.name, "" if found.is_prohibited else tiers[found.tier].name)
            moved.append(Moved(assessment.model.name, *names, found.weight > before, found.explanation))
    return Outlook(tuple(moved), judged, unfit)


def _counting():
    newer = RiskAssessment.objects.in_force().filter(model=OuterRef("model"), pk__gt=OuterRef("pk"))
    found = RiskAssessment.objects.in_force().filter(~Exists(newer.order_by()))
    return found.select_related("model", "tier").order_by("model__name")
