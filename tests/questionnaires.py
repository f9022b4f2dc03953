"""Questionnaires on their way, made by the people who make them."""

from __future__ import annotations

from collections.abc import Sequence

from registry.actions import questionnaires
from registry.models import Person, Questionnaire
from registry.questionnaires import FIRST
from registry.rules import Choice, Question
from tests import builders
from tests.builders import Cast

AUDITED = Question(
    "audited", "Was it audited?", "By somebody else.", (Choice("yes", "Yes"), Choice("no", "No", "high"))
)
WHY = "Auditors ask for it."


def other_admin() -> Person:
    return Person.objects.filter(username="second-admin").first() or builders.build_person("second-admin", "admin")


def begun(cast: Cast) -> Questionnaire:
    return questionnaires.draft(by=cast.admin)


def written(cast: Cast, questions: Sequence[Question] = (*FIRST, AUDITED), reason: str = WHY) -> Questionnaire:
    draft = begun(cast)
    seen = draft.changed_at.isoformat()
    return questionnaires.revise(draft=draft, questions=questions, reason=reason, seen=seen, by=cast.admin)


def published(cast: Cast, questions: Sequence[Question] = (*FIRST, AUDITED)) -> Questionnaire:
    draft = written(cast, questions)
    seen = draft.changed_at.isoformat()
    return questionnaires.publish(draft=draft, reason="Agreed.", seen=seen, by=other_admin())
