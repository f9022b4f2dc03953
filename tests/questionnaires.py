"""Questionnaires and assessments on their way, made by the people who make them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from approvals.actions import assessments
from audit import clock
from registry.actions import questionnaires
from registry.models import Person, Questionnaire, RiskAssessment
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


def begun(cast: Cast, by: Person | None = None) -> Questionnaire:
    return questionnaires.draft(by=by or cast.admin)


def written(
    cast: Cast, questions: Sequence[Question] = (*FIRST, AUDITED), reason: str = WHY, by: Person | None = None
) -> Questionnaire:
    draft = begun(cast, by)
    seen = draft.changed_at.isoformat()
    return questionnaires.revise(draft=draft, questions=questions, reason=reason, seen=seen, by=by or cast.admin)


def published(cast: Cast, questions: Sequence[Question] = (*FIRST, AUDITED)) -> Questionnaire:
    draft = written(cast, questions)
    seen = draft.changed_at.isoformat()
    return questionnaires.publish(draft=draft, reason="Agreed.", seen=seen, by=other_admin())


@contextmanager
def later(**passed: int) -> Iterator[None]:
    """As if the database's clock showed so much more; below zero, less."""
    then = clock.now() + datetime.timedelta(**passed)
    with mock.patch("audit.clock.now", return_value=then):
        yield


def proposed_lower(
    cast: Cast, reason: str = "It reads no data about people any more.", days: int = 2
) -> RiskAssessment:
    """That a model of medium risk has a low one, proposed so many days ago."""
    model = builders.build_model(cast, "medium")
    with later(days=-days):
        return assessments.assess(model=model, answers=builders.NO_RISK, reason=reason, by=cast.author)
