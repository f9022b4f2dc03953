"""Judging answers about the risk of a model: to write down what they come to, or only to show it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from audit import clock
from registry import rules
from registry.models import AIModel, Person, Questionnaire, RiskAssessment, RiskTier
from registry.rules import Judgement, risk

WHEN_LOWEST = "No answer asks for more."
WHEN_ASKED = "An answer asks for it, and none for more."
WHEN_NOT_ASKED = "No answer asks for it."
WHEN_PROHIBITED = "An answer names a practice that may not be approved. Nothing of the model is, whatever its tier."


@dataclass(frozen=True)
class Judged:
    """Answers, the questionnaire that they answer, and what they come to."""

    questionnaire: Questionnaire
    answers: Mapping[str, str]
    judgement: Judgement

    @property
    def tier(self) -> RiskTier:
        return RiskTier.objects.get(slug=self.judgement.tier)

    def assessment(self, model: AIModel, *, by: Person, **further: Any) -> RiskAssessment:
        """Not saved yet."""
        return RiskAssessment(
            model=model,
            questionnaire=self.questionnaire,
            answers=dict(self.answers),
            tier=self.tier,
            is_prohibited=self.judgement.is_prohibited,
            explanation=self.judgement.explanation,
            assessed_by=by,
            assessed_at=clock.now(),
            **further,
        )


def judged_now(answers: Mapping[str, str], revision: int | None = None) -> Judged:
    """By the questionnaire in force. Raises ValidationError for what does not answer it, or answers another one."""
    questionnaire = Questionnaire.objects.in_force()
    objections = rules.against_questionnaire_read(revision, questionnaire.revision)
    objections = objections or rules.against_answers(risk.read(questionnaire.questions), answers)
    if objections:
        raise ValidationError(objections)
    return judged_by(questionnaire, answers)


def judged_by(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Judged:
    """Answers that fit its questions."""
    ranks = dict(RiskTier.objects.values_list("slug", "rank"))
    return Judged(questionnaire, answers, rules.judge(risk.read(questionnaire.questions), answers, ranks))


def put_into_tier(assessment: RiskAssessment) -> dict[str, Any]:
    """Puts its model, which the entry holds and whoever calls saves, where it belongs. Returns what the event says."""
    model = assessment.model
    model.tier, model.is_prohibited = assessment.tier, assessment.is_prohibited
    return {"tier": model.tier.slug} | ({"prohibited": "yes"} if model.is_prohibited else {})


@dataclass(frozen=True)
class Outcome:
    """What answers would come to, before anything is kept. Neither lower nor higher where no model has a tier yet."""

    tier: RiskTier
    is_prohibited: bool
    is_lower: bool
    is_higher: bool
    explanation: str

    @property
    def name(self) -> str:
        return self.tier.name

    @property
    def opens_at(self) -> datetime.datetime:
        """From when on it could be lowered, were it proposed now."""
        return rules.opens_at(clock.now())


def outcome(judged: Judged, model: AIModel | None = None) -> Outcome:
    """Of a `model` that is there, or of one that is still to be registered."""
    found = judged.judgement
    is_lower = model is not None and rules.lowers(model, found)
    is_higher = model is not None and rules.raises(model, found)
    return Outcome(judged.tier, found.is_prohibited, is_lower, is_higher, found.explanation)


def leads_to(questionnaire: Questionnaire) -> list[tuple[str, str]]:
    """What answers to it may come to, and when: the slug of each tier, the lowest first, then `rules.PROHIBITED` where
    an answer says so. What a tier is described as fits the questions that Gatehouse comes with."""
    least = {answer.least for question in risk.read(questionnaire.questions) for answer in question.answers}
    tiers = RiskTier.objects.order_by("rank").values_list("slug", "description")
    found = list(tiers) if questionnaire.based_on_id is None else _leads(list(tiers), least)
    return found + ([(rules.PROHIBITED, WHEN_PROHIBITED)] if rules.PROHIBITED in least else [])


def _leads(tiers: list[tuple[str, str]], least: set[str]) -> list[tuple[str, str]]:
    lowest = tiers[0][0]
    asked = {slug: WHEN_ASKED if slug in least else WHEN_NOT_ASKED for slug, _ in tiers}
    return list((asked | {lowest: WHEN_LOWEST}).items())
