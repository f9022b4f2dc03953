"""Changing what is asked about the risk of a model: a draft, and another administrator who publishes it."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone

from audit import ledger
from audit.ledger import Entry
from registry import rules
from registry.lifecycle import PUBLISH_QUESTIONNAIRE, questionnaire_verb
from registry.models import Person, Questionnaire, RiskTier
from registry.rules import Question, risk


def draft(*, by: Person) -> Questionnaire:
    """Begins a draft that asks what is asked now. Raises ValidationError when there is one already."""
    verb = questionnaire_verb("draft")
    with ledger.entry(verb.event, by=by) as entry:
        entry.require(verb.permission)
        open_draft = Questionnaire.objects.filter(status=Questionnaire.Status.DRAFT).first()
        _refuse(rules.against_drafting_questionnaire(open_draft))
        newest, now = Questionnaire.objects.in_force(), timezone.now()
        begun = Questionnaire(
            status=verb.target,
            questions=newest.questions,
            based_on=newest,
            authors=[str(entry.actor.identity)],
            drafted_by=entry.actor,
            drafted_at=now,
            changed_by=entry.actor,
            changed_at=now,
        )
        begun.save()
        entry.subject = begun
        entry.facts = {"revision": newest.revision}
    return begun


def revise(*, draft: Questionnaire, questions: Sequence[Question], reason: str, seen: str, by: Person) -> Questionnaire:
    """Writes the draft anew. `seen` is `changed_at` of what the author saw, in ISO format: what somebody else has
    written since is not overwritten. Raises ValidationError otherwise, and for what is no questionnaire."""
    verb = questionnaire_verb("revise")
    with ledger.entry(verb.event, by=by, subject=draft) as entry:
        draft = _moving(entry, draft, verb.name)
        _refuse(rules.against_overwriting_questionnaire(draft, seen))
        _refuse(rules.against_questions(questions, RiskTier.objects.values_list("slug", flat=True)))
        draft.questions, draft.reason = risk.plain(questions), reason
        draft.authors = sorted({*draft.authors, str(entry.actor.identity)})
        draft.changed_by, draft.changed_at = entry.actor, timezone.now()
        draft.save()
        entry.facts = {"questions": len(questions)}
    return draft


def publish(*, draft: Questionnaire, reason: str, seen: str, by: Person) -> Questionnaire:
    """Has it asked from this moment on. What was answered before keeps its tier until somebody assesses it anew.

    Refused for everybody who wrote in the draft, when it is not what was `seen` any more, and when another revision was
    published since it was begun.
    """
    verb = questionnaire_verb("publish")
    with ledger.entry(verb.event, by=by, subject=draft, reason=reason) as entry:
        draft = _moving(entry, draft, verb.name)
        newest = entry.lock_one(Questionnaire.objects.in_force())
        _refuse(rules.against_overwriting_questionnaire(draft, seen))
        choosers = entry.actor.chosen_alone_by(PUBLISH_QUESTIONNAIRE, since=draft.drafted_at)
        _refuse(rules.against_publishing_questionnaire(draft, newest, by=entry.actor, choosers=choosers))
        draft.status, draft.revision = verb.target, newest.revision + 1
        draft.closed_by, draft.closed_at = entry.actor, timezone.now()
        draft.save()
        entry.facts = {"revision": draft.revision}
    return draft


def discard(*, draft: Questionnaire, by: Person) -> Questionnaire:
    """Ends a draft; what is asked stays as it is."""
    verb = questionnaire_verb("discard")
    with ledger.entry(verb.event, by=by, subject=draft) as entry:
        draft = _moving(entry, draft, verb.name)
        draft.status = verb.target
        draft.closed_by, draft.closed_at = entry.actor, timezone.now()
        draft.save()
    return draft


def _moving(entry: Entry, draft: Questionnaire, name: str) -> Questionnaire:
    """The locked draft, once the actor may do this to it now."""
    verb = questionnaire_verb(name)
    entry.require(verb.permission)
    draft = entry.lock_one(draft)
    _refuse(rules.against_moving_questionnaire(draft, name))
    return draft


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)
