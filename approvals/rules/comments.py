"""The rules of comments: where one may stand, who is mentioned, and how a thread goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from approvals.models import Comment, Review

if TYPE_CHECKING:
    from approvals.places import Place
    from registry.models import Person

MOST_MENTIONED = 20
MOST_ANSWERS = 30


def against_machine(by: Person) -> list[ValidationError]:
    """Comments are for people who are signed in, not for tokens."""
    if by.token is None and by.kind == by.Kind.HUMAN:
        return []
    return [_no("A comment takes a person who is signed in. Open the page in a browser.", "person-required")]


def against_commenting(review: Review, place: Place, places: Collection[Place]) -> list[ValidationError]:
    objections = _against_closed(review)
    if place not in places:
        objections.append(_no("There is no such place in this review any more. Choose another one.", "unknown-place"))
    return objections


def against_answering(thread: Comment, answers: int) -> list[ValidationError]:
    """`answers` are how many it has. Also after the review: what was asked may still be answered."""
    if thread.answers_id:
        return [_no("This is an answer itself. Answer the comment that it belongs to.", "answer-to-an-answer")]
    if thread.resolved_at:
        return [_no("This comment is resolved. Reopen it to go on.", "comment-resolved")]
    if answers >= MOST_ANSWERS:
        return [_no(f"It has {MOST_ANSWERS} answers. Resolve it and begin a new comment.", "too-many-answers")]
    return []


def against_resolving(thread: Comment) -> list[ValidationError]:
    if thread.answers_id:
        return [_no("This is an answer. Resolve the comment that it belongs to.", "not-a-thread")]
    return [_no("This comment is resolved already.", "comment-resolved")] if thread.resolved_at else []


def against_reopening(thread: Comment, review: Review) -> list[ValidationError]:
    if thread.answers_id:
        return [_no("This is an answer. Reopen the comment that it belongs to.", "not-a-thread")]
    objections = _against_closed(review)
    return objections if thread.resolved_at else [*objections, _no("This comment is open already.", "comment-open")]


def against_mentioning(people: Sequence[Person], unknown: Sequence[str]) -> list[ValidationError]:
    """`unknown` are the names of nobody who may read the review."""
    objections = []
    if unknown:
        names = ", ".join(f"@{name}" for name in unknown)
        objections.append(
            _no(
                f"Nobody who may read this review has the user name {names}. Correct it, or write it between backquotes"
                " if you mean nobody.",
                "unknown-mention",
            )
        )
    if len(people) > MOST_MENTIONED:
        objections.append(_no(f"Mention at most {MOST_MENTIONED} people in one comment.", "too-many-mentions"))
    return objections


def _against_closed(review: Review) -> list[ValidationError]:
    if review.closed_at is None:
        return []
    state = review.get_status_display().lower()
    return [_no(f"This review is over ({state}). What is still to be said belongs to the next one.", "review-closed")]


def _no(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code)
