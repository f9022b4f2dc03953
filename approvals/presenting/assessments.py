"""How an assessment of a model's risk is told: what it comes to, and what differs from the one that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from registry import questionnaires
from registry.forms.models import field_of
from registry.models import Questionnaire, RiskAssessment
from registry.rules import Carried, Given, risk

#: status -> state, icon and word of its chip, and what whoever ended the proposal did
LOOKS = {
    "proposed": ("info", "clock", "Proposed", ""),
    "in_force": ("ok", "check", "In force", "Lowered"),
    "declined": ("bad", "x-circle", "Tier kept", "Kept"),
    "withdrawn": ("quiet", "undo", "Withdrawn", "Withdrawn"),
}


@dataclass(frozen=True)
class Line:
    """An answer, and what was answered to the same question before; "" where it was not asked or answered alike."""

    given: Given
    before: str


def said(assessment: RiskAssessment) -> str:
    """To whoever has just assessed it."""
    tier = assessment.tier.name.lower()
    if assessment.status == RiskAssessment.Status.PROPOSED:
        opens = timezone.localtime(risk.opens_at(assessment.assessed_at))
        who = "an administrator or a compliance reviewer"
        return f"Proposed: {tier}. From {opens:%a %-d %b %H:%M} on {who} can lower the tier; until then it stays."
    if assessment.is_prohibited:
        return f"It does what is prohibited, so nothing of it is approved. {assessment.explanation}"
    return f"Put into the {tier} tier: {assessment.explanation}"


def compared(assessment: RiskAssessment, counting: RiskAssessment | None) -> list[Line]:
    """Its answers; those that differ from the assessment that counts come first."""
    before = {each.question.id: each.choice.label for each in questionnaires.answers_of(counting)}
    lines = [_line(each, before) for each in questionnaires.answers_of(assessment)]
    return sorted(lines, key=lambda line: not line.before)


def _line(given: Given, before: dict[str, str]) -> Line:
    was = before.get(given.question.id, given.choice.label)
    return Line(given, "" if was == given.choice.label else was)


def carried(counting: RiskAssessment | None, questionnaire: Questionnaire) -> Carried:
    """What is answered already, and what is open; nothing is said of a model that nobody has assessed."""
    if counting is None:
        return Carried()
    return risk.carried(risk.read(questionnaire.questions), questionnaires.answers_of(counting))


def initial_answers(known: Carried) -> dict[str, Any]:
    return {field_of(question): answer for question, answer in known.answers.items()}
