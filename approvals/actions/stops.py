"""An approval is stopped: for a time, or for good. Rows of `approvals/workflow.py`."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import facts as version_facts
from approvals import notices, rules
from approvals.dependents import running_in
from approvals.models import Review
from approvals.workflow import STOP, review_verb
from audit import ledger
from audit.ledger import Entry
from registry.models import Person


def suspend(*, review: Review, reason: str, by: Person) -> Review:
    """Closes the gates of the version at once, until somebody reinstates its approval or revokes it."""
    return _stop("suspend", review, reason, by)


def revoke(*, review: Review, reason: str, by: Person) -> Review:
    """Closes the gates of the version at once, and for good: whatever was decided about it counts no more."""
    return _stop("revoke", review, reason, by)


def reinstate(*, review: Review, reason: str, by: Person) -> Review:
    """Lets an approval that was suspended count again. Refused for those who asked for it, and whose work it is."""
    verb = review_verb("reinstate")
    with ledger.entry(verb.event, by=by, subject=review.version, reason=reason) as entry:
        review = _moving(entry, review, verb.name)
        choosers = entry.actor.chosen_alone_by(STOP)
        _refuse(rules.against_reinstating(version_facts.of(review.version), by=entry.actor, choosers=choosers))
        review.status, review.stopped_by, review.stopped_at, review.stop_reason = verb.target, None, None, ""
        review.save()
        entry.facts = _facts_of(review)
        notices.tell_of_stop(entry, review, verb.target, reason, running_in(review.version))
    return review


def _stop(name: str, review: Review, reason: str, by: Person) -> Review:
    verb = review_verb(name)
    with ledger.entry(verb.event, by=by, subject=review.version, reason=reason) as entry:
        review = _moving(entry, review, name)
        _refuse(rules.against_stopping(version_facts.of(review.version)))
        review.status, review.stop_reason = verb.target, reason
        review.stopped_by, review.stopped_at = entry.actor, timezone.now()
        review.save()
        entry.facts = _facts_of(review) | {"running_in": running_in(review.version)}
        notices.tell_of_stop(entry, review, verb.target, reason, running_in(review.version))
    return review


def _moving(entry: Entry, review: Review, name: str) -> Review:
    """The locked review, after the model and the version that deploying locks, once the actor may do this to it now."""
    verb = review_verb(name)
    entry.lock_one(review.version.model)
    entry.lock_one(review.version)
    review = entry.lock_one(review)
    entry.require(verb.permission)
    _refuse(rules.against_moving(review, name))
    return review


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)


def _facts_of(review: Review) -> dict[str, object]:
    return {"review": str(review), "version": review.version.number}
