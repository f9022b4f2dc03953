"""The verbs of a review. Each is a row of `approvals/workflow.py`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from approvals import facts as version_facts
from approvals import notices, policy_lock, rights, rules
from approvals.facts import StageFact, VersionFacts
from approvals.models import Condition, Decision, Policy, Review
from approvals.rights import Right
from approvals.workflow import review_verb
from audit import ledger
from audit.ledger import Entry
from registry import confirming, days
from registry.models import ModelVersion, Person


@dataclass(frozen=True)
class _Seat:
    """Somebody who decides a stage: of which review, on what is known, what the stage asks for, and by which right."""

    review: Review
    facts: VersionFacts
    asked: StageFact
    right: Right


def open_draft(*, version: ModelVersion, by: Person, message: str = "", ticket_url: str = "") -> Review:
    """Begins a review that its author may still discard; nobody is told yet. `ticket_url` is where a ticket system has
    the same question."""
    verb = review_verb("open")
    with ledger.entry(verb.event, by=by, subject=version) as entry:
        policy_lock.hold(version.model.tier_id)
        version = entry.lock_one(version)
        entry.require(verb.permission, version)
        _refuse(rules.against_opening(version_facts.of(version)))
        review = Review(
            version=version,
            policy=Policy.objects.current().get(tier=version.model.tier_id),
            status=verb.target,
            message=message,
            ticket_url=ticket_url,
            requested_by=entry.actor,
            opened_at=timezone.now(),
        )
        review.save()
        entry.facts = _facts_of(review)
    return review


def submit(
    *, review: Review, by: Person, message: str | None = None, ticket_url: str | None = None, unchanged: bool = False
) -> Review:
    """Asks the reviewers. Refused with everything that is missing, at once.

    Submitting after requested changes starts a new round with a message of its own; approvals that still rest on what
    is there stay. `unchanged` says that the author knows that nothing has changed since.
    """
    with ledger.entry(review_verb("submit").event, by=by, subject=review.version) as entry:
        policy_lock.hold(review.version.model.tier_id)
        review = _locked_with_version(entry, review)
        review.message = _message_of(review) if message is None else message
        review.ticket_url = review.ticket_url if ticket_url is None else ticket_url
        _submit(entry, review, unchanged=unchanged)
    return review


def _message_of(review: Review) -> str:
    """A draft brings its message along; what was said to an earlier round is not said again."""
    return "" if review.round else review.message


def ask(*, version: ModelVersion, by: Person, message: str = "", ticket_url: str = "") -> Review:
    """Opens a review and submits it, as one transaction: what most authors want."""
    verb = review_verb("submit")
    with ledger.entry(verb.event, by=by, subject=version) as entry:
        review = open_draft(version=version, by=by, message=message, ticket_url=ticket_url)
        _submit(entry, review)
    return review


def approve(
    *,
    review: Review,
    stage: str,
    rationale: str,
    by: Person,
    checklist: Iterable[str] = (),
    conditions: Iterable[Mapping[str, Any]] = (),
) -> Decision:
    """Approves one stage. `checklist` are the points of the stage's list that are confirmed, which have to be all.
    `conditions` have `text`, `owner` and `due_on`; with any, the approval is conditional.

    The review is approved once every stage of the policy is, on the evidence as it stands.
    """
    conditions = [dict(condition) for condition in conditions]
    outcome = Decision.Outcome.APPROVED_WITH_CONDITIONS if conditions else Decision.Outcome.APPROVED
    verb = review_verb("approve")
    with ledger.entry(verb.event, by=by, subject=review.version, reason=rationale) as entry:
        seat = _deciding(entry, review, stage, approving=True)
        _refuse_at("checklist", rules.against_unchecked(seat.asked, set(checklist)))
        if conditions:
            keepers = {person.pk for person in rights.keepers(seat.facts.version)}
            _refuse(rules.against_conditions(conditions, days.today(), keepers=keepers))
        decision = _decide(entry, seat, outcome, rationale, confirmed=seat.asked.checklist)
        for condition in conditions:
            Condition(decision=decision, **condition).save()
        entry.facts |= {"conditions": [condition["text"] for condition in conditions]}
        _settle(entry, seat.review, told={stage.stage for stage in _open_stages(seat.facts)})
    return decision


def request_changes(*, review: Review, stage: str, rationale: str, by: Person) -> Decision:
    """Hands the version back to its author; approvals of other stages stay."""
    return _say_no("request_changes", Decision.Outcome.CHANGES_REQUESTED, review, stage, rationale, by)


def reject(*, review: Review, stage: str, rationale: str, by: Person) -> Decision:
    """Ends the review."""
    return _say_no("reject", Decision.Outcome.REJECTED, review, stage, rationale, by)


def withdraw(*, review: Review, by: Person) -> Review:
    """The author takes the question back; decisions made on it count no more."""
    return _close("withdraw", review, by)


def discard(*, review: Review, by: Person) -> Review:
    """The author throws a draft away that nobody was asked about."""
    return _close("discard", review, by)


def settle_complete(reviews: QuerySet[Review]) -> None:
    """Approves each of the reviews that has every approval which is asked by now, after a policy was published or a
    model came into another tier: nobody could decide in it any more. Inside that entry, with the versions locked."""
    in_review = reviews.filter(status=Review.Status.IN_REVIEW, awaited=None)
    for review in in_review.select_related("version__model").order_by("version"):
        facts = version_facts.of(review.version)
        if all(facts.is_approved(stage.stage) for stage in facts.stages):
            with ledger.entry("approvals.review.settled", by=ledger.current().actor, subject=review.version) as entry:
                _close_approved(entry, entry.lock_one(review), facts)
                entry.facts = _facts_of(review)


def _submit(entry: Entry, review: Review, *, unchanged: bool = False) -> None:
    verb = review_verb("submit")
    entry.require(verb.permission, review.version)
    facts = version_facts.of(review.version)
    _refuse(rules.against_moving(review, verb.name) + rules.against_submitting(facts))
    _refuse(rules.against_submitting_again(facts, unchanged=unchanged))
    _refuse_at("message", rules.against_saying_nothing(facts, review.message))
    if not review.round:
        # What was published while it was a draft counts for it, too.
        review.policy = Policy.objects.current().get(tier=review.version.model.tier)
    review.status, review.round, review.submitted_at = verb.target, review.round + 1, timezone.now()
    review.submitted_by = entry.actor
    review.save()
    entry.facts = _facts_of(review) | _answer_to(facts)
    facts = version_facts.of(review.version)
    notices.tell_deciders(entry, review, facts, _open_stages(facts))


def _say_no(name: str, outcome: str, review: Review, stage: str, rationale: str, by: Person) -> Decision:
    verb = review_verb(name)
    with ledger.entry(verb.event, by=by, subject=review.version, reason=rationale) as entry:
        seat = _deciding(entry, review, stage, approving=False)
        review, decision = seat.review, _decide(entry, seat, outcome, rationale)
        review.status = verb.target
        if verb.target not in Review.OPEN:
            review.closed_at = timezone.now()
        review.save()
        notices.tell_author(entry, review, decision)
    return decision


def _close(name: str, review: Review, by: Person) -> Review:
    verb = review_verb(name)
    with ledger.entry(verb.event, by=by, subject=review.version) as entry:
        review = _locked_with_version(entry, review)
        entry.require(verb.permission, review.version)
        _refuse(rules.against_moving(review, name))
        review.status, review.closed_at = verb.target, timezone.now()
        review.save()
        entry.facts = _facts_of(review)
    return review


def _deciding(entry: Entry, review: Review, stage: str, *, approving: bool) -> _Seat:
    """The actor's, once they may decide the stage now."""
    review = _locked_with_version(entry, review)
    facts = version_facts.of(review.version)
    review.version = facts.version
    held = rights.held(entry, facts.version.model.tier)
    if not held:
        raise PermissionDenied("You do not decide reviews of this tier.")
    right = held.get(facts.decided_with(stage))
    _refuse(rules.against_deciding(facts, review, stage, by=entry.actor, right=right, approving=approving))
    asked = facts.stage(stage)
    _refuse(rules.against_unsigned(asked, is_shown=confirming.is_recent(entry.actor.confirmed_at)))
    entry.facts = _facts_of(review) | {"stage": str(stage)}
    return _Seat(review, facts, asked, right)


def _locked_with_version(entry: Entry, review: Review) -> Review:
    """The version before the review, as deploying and changing lock it, so that evidence stands still meanwhile."""
    version = entry.lock_one(review.version)
    found = entry.lock(Review.objects.filter(pk=review.pk).select_related("requested_by", "submitted_by"))
    if not found:
        raise Review.DoesNotExist(f"{review!r} is gone.")
    found[0].version = version
    return found[0]


def _decide(entry: Entry, seat: _Seat, outcome: str, rationale: str, confirmed: Iterable[str] = ()) -> Decision:
    evidence = seat.facts.evidence
    decision = Decision(
        review=seat.review,
        stage=seat.asked.stage,
        question=seat.asked.question,
        right=seat.asked.right,
        round=seat.review.round,
        outcome=outcome,
        rationale=rationale,
        evidence={str(part): evidence[part].digest for part in seat.asked.rests_on if part in evidence},
        checklist=list(confirmed),
        signed_at=entry.actor.confirmed_at if seat.asked.is_signed else None,
        right_given_by_id=seat.right.chooser,
        decided_by=entry.actor,
        decided_at=timezone.now(),
    )
    decision.save()
    entry.facts |= {"outcome": str(outcome), "evidence": decision.evidence, "decision": str(decision)}
    entry.facts |= {"checklist": decision.checklist} if decision.checklist else {}
    entry.facts |= {"signed_at": int(decision.signed_at.timestamp())} if decision.signed_at else {}
    return decision


def _settle(entry: Entry, review: Review, told: Collection[str]) -> None:
    """Closes the review when nothing is open any more; else tells those whose stage has just opened.

    `told` are the stages that were open before, whose reviewers know.
    """
    facts = version_facts.of(review.version)
    if all(facts.is_approved(stage.stage) for stage in facts.stages):
        _close_approved(entry, review, facts)
    else:
        notices.tell_deciders(entry, review, facts, [stage for stage in _open_stages(facts) if stage.stage not in told])


def _close_approved(entry: Entry, review: Review, facts: VersionFacts) -> None:
    approved = [each.id for each in facts.reviews if each.status == Review.Status.APPROVED]
    for earlier in entry.lock(Review.objects.filter(pk__in=approved)) if approved else ():
        earlier.status = Review.Status.SUPERSEDED
        earlier.save()
    review.status, review.closed_at = review_verb("approve").settles, timezone.now()
    review.save()
    notices.tell_author(entry, review, promised=facts.open_conditions)


def _open_stages(facts: VersionFacts) -> list[StageFact]:
    return [stage for stage in facts.stages if facts.is_open(stage) and not facts.is_approved(stage.stage)]


def _facts_of(review: Review) -> dict[str, Any]:
    said = {"review": str(review), "round": review.round, "version": review.version.number}
    return said | ({"ticket": review.ticket_url} if review.ticket_url else {})


def _answer_to(facts: VersionFacts) -> dict[str, Any]:
    """Which parts changed since somebody said no, for a version that is submitted again."""
    no = facts.requested_changes or facts.earlier_no
    return {"changed": [part.part for part in facts.changed_since(no)]} if no else {}


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)


def _refuse_at(field: str, objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError({field: objections})
