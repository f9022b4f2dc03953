"""Comments on a review: writing one, answering it, and saying that it is settled. None is ever changed or deleted."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from approvals import facts as version_facts
from approvals import mentions, notices, places, rules
from approvals.models import Comment, CommentMention, Review
from approvals.places import Place
from approvals.rights import READ
from audit import ledger
from audit.ledger import Entry
from registry.models import Person

T = TypeVar("T", bound=models.Model)


def write(*, review: Review, place: Place, text: str, by: Person) -> Comment:
    """Begins a thread at a place of the review. Those called by user name in `text` are told, and who asked for it."""
    with ledger.entry("approvals.comment.written", by=by, subject=review.version, reason=text) as entry:
        _require_reader(entry)
        entry.lock_one(review.version)  # before the review, as everybody locks them: what stands there stands still
        review = _locked(entry, Review.objects.filter(pk=review.pk).select_related("version__model"))
        facts = version_facts.of(review.version)
        allowed = [each for found in places.of(facts).values() for each in found]
        _refuse(rules.against_commenting(review, place, allowed))
        thread = Comment(review=review, place=place.kind, about=place.about, digest=places.digest(facts, place))
        _save(entry, thread, thread, text)
    return thread


def answer(*, thread: Comment, text: str, by: Person) -> Comment:
    version = thread.review.version
    with ledger.entry("approvals.comment.answered", by=by, subject=version, reason=text) as entry:
        _require_reader(entry)
        entry.lock_one(thread.review)  # before the thread, as reopening locks them; the new row refers to both
        thread = _locked_thread(entry, thread)
        _refuse(rules.against_answering(thread, thread.answered.count()))
        answered = Comment(review=thread.review, answers=thread)
        _save(entry, answered, thread, text)
    return answered


def resolve(*, thread: Comment, by: Person) -> Comment:
    """Says that nothing is left to be said about it."""
    with ledger.entry("approvals.comment.resolved", by=by, subject=thread.review.version) as entry:
        _require_reader(entry)
        thread = _locked_thread(entry, thread)
        _refuse(rules.against_resolving(thread))
        thread.resolved_by, thread.resolved_at = entry.actor, timezone.now()
        thread.save()
        entry.facts = _facts_of(thread, thread)
    return thread


def reopen(*, thread: Comment, by: Person) -> Comment:
    with ledger.entry("approvals.comment.reopened", by=by, subject=thread.review.version) as entry:
        _require_reader(entry)
        review = entry.lock_one(thread.review)
        thread = _locked_thread(entry, thread)
        _refuse(rules.against_reopening(thread, review))
        thread.resolved_by = thread.resolved_at = None
        thread.save()
        entry.facts = _facts_of(thread, thread)
    return thread


def _require_reader(entry: Entry) -> None:
    _refuse(rules.against_machine(entry.actor))
    entry.require(READ)


def _locked_thread(entry: Entry, thread: Comment) -> Comment:
    return _locked(entry, Comment.objects.filter(pk=thread.pk).select_related("review__version__model"))


def _locked(entry: Entry, rows: QuerySet[T]) -> T:
    found = entry.lock(rows)
    if not found:
        raise rows.model.DoesNotExist("It is gone.")
    return found[0]


def _save(entry: Entry, comment: Comment, thread: Comment, text: str) -> None:
    called, unknown = mentions.find(text)
    others = [person for person in called if person.identity != entry.actor.identity]
    objections = rules.against_mentioning(others, unknown)
    if objections:
        raise ValidationError({"text": objections})
    comment.text, comment.written_by, comment.written_at = text, entry.actor, timezone.now()
    comment.save()
    CommentMention.create_all([CommentMention(comment=comment, person=person) for person in others])
    entry.facts = _facts_of(comment, thread) | {"mentioned": sorted(str(person.pk) for person in others)}
    notices.tell_of_comment(entry, comment, thread, others)


def _facts_of(comment: Comment, thread: Comment) -> dict[str, Any]:
    return {
        "comment": str(comment),
        "thread": str(thread),
        "review": str(thread.review),
        "version": thread.review.version.number,
        "place": Place(thread.place, thread.about).label,
    }


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)
