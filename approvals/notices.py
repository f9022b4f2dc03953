"""What people are told by mail: plain text, one link, nothing that is not on the page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from approvals import awaited, deciders, presenting, rights, threads
from approvals import facts as version_facts
from approvals.facts import ApprovalFacts, ConditionFact, StageFact, VersionFacts
from approvals.models import (
    AwaitedStage,
    Clearance,
    Comment,
    Condition,
    Decision,
    PerformanceReview,
    PolicyDraft,
    Review,
    Waiver,
)
from approvals.places import Place
from approvals.reopened import Reopened
from approvals.rights import Right
from audit.ledger import Entry
from audit.outbox import Telling
from registry import days, mail_lock
from registry import rules as registry_rules
from registry.models import ModelVersion, Person, RiskAssessment, RiskTier

#: A deadline is the end of a day; the moment before belongs to that day.
ONE_MOMENT = datetime.timedelta(seconds=1)


def tell_deciders(entry: Entry, review: Review, facts: VersionFacts, stages: Iterable[StageFact]) -> None:
    """Tells everybody who may decide one of the open stages, except those who may not decide their own work."""
    if stages := list(stages):
        _tell_holders(entry, review, facts, stages, rights.active_holders(facts.version.model.tier))


def tell_of_opened(entry: Entry, tier: RiskTier, opened: Iterable[tuple[int, str]]) -> None:
    """The same for many reviews of a tier: `opened` are their keys, each with a stage. One statement for who decides
    there, and two for every `awaited.AT_ONCE` reviews."""
    stages: dict[int, set[str]] = {}
    for review, stage in opened:
        stages.setdefault(review, set()).add(stage)
    holders = rights.active_holders(tier) if stages else {}
    for some in awaited.chunks(sorted(stages)):
        asked = {each.version_id: each for each in Review.objects.filter(pk__in=some)}
        for facts in version_facts.load(ModelVersion.objects.filter(pk__in=asked).order_by("pk")):
            review = asked[facts.version.pk]
            review.version = facts.version
            _tell_holders(entry, review, facts, map(facts.stage, sorted(stages[review.pk])), holders)


def _tell_holders(
    entry: Entry,
    review: Review,
    facts: VersionFacts,
    stages: Iterable[StageFact],
    holders: Mapping[str, Mapping[Person, Right]],
) -> None:
    for stage in stages:
        _tell(
            entry,
            deciders.able(facts, stage, holders),
            "emails/decision_waits.txt",
            subject=f"{stage.stage.label} review of {review.version} waits for you",
            review=review,
            asker=facts.open_review.requested_by.name,
            stage=stage.stage,
            answer=presenting.answer(facts),
            url=_address("approvals:review_detail", review.pk),
        )


def tell_of_due(entry: Entry, awaited: AwaitedStage, facts: VersionFacts, stage: StageFact) -> int:
    """Tells those whose decision is due; once it is overdue, whoever the policy names as well. Returns how many."""
    review = awaited.review
    people = deciders.able(facts, stage, rights.active_holders(facts.version.model.tier))
    if awaited.is_overdue and stage.fallback:
        people += [each for each in Person.objects.filter(pk=stage.fallback) if each not in people]
    state = "is overdue" if awaited.is_overdue else "is due soon"
    return _tell(
        entry,
        people,
        "emails/decision_due.txt",
        subject=f"{awaited.stage.label} review of {review.version} {state}",
        awaited=awaited,
        stage=awaited.stage,
        due=awaited.due_at - ONE_MOMENT,
        url=_address("approvals:review_detail", review.pk),
    )


def tell_of_condition(entry: Entry, condition: Condition, *, is_overdue: bool) -> int:
    """Tells who keeps it; once it is overdue, who asked for it and who owns the model as well. Returns how many."""
    decision, version = condition.decision, condition.decision.review.version
    others = [decision.decided_by, version.model.owner] if is_overdue else []
    return _tell(
        entry,
        [condition.owner, *others],
        "emails/condition_due.txt",
        subject=f"A condition of {version} {'is overdue' if is_overdue else 'is due soon'}",
        condition=condition,
        version=version,
        is_overdue=is_overdue,
        url=_address("approvals:condition_fulfil", condition.pk),
    )


def tell_author(
    entry: Entry, review: Review, decision: Decision | None = None, promised: Sequence[ConditionFact] = ()
) -> None:
    """Tells who opened and who submitted the review: one decision, or (without) that everything is approved, and on
    which conditions that are still open."""
    approved = Decision.Outcome.APPROVED_WITH_CONDITIONS if promised else Decision.Outcome.APPROVED
    outcome = Decision.Outcome(decision.outcome if decision else approved).label.lower()
    _tell(
        entry,
        [person for person in (review.requested_by, review.submitted_by) if person],
        "emails/decided.txt",
        subject=f"{review.version}: {outcome}",
        review=review,
        decision=decision,
        outcome=outcome,
        promised=promised,
        url=_address("approvals:review_detail", review.pk),
    )


def tell_of_stop(entry: Entry, review: Review, became: str, reason: str, running_in: Sequence[str]) -> None:
    """Tells who owns the model and who asked for the review; those who run it read where."""
    state = "reinstated" if became == Review.Status.APPROVED else became
    _tell(
        entry,
        [person for person in (review.version.model.owner, review.requested_by, review.submitted_by) if person],
        "emails/approval_stopped.txt",
        subject=f"The approval of {review.version} is {state}",
        review=review,
        state=state,
        reason=reason,
        by=entry.actor,
        running_in=running_in,
        is_urgent=True,
        url=_address("approvals:review_detail", review.pk),
    )


def tell_of_ending(entry: Entry, facts: ApprovalFacts, running_in: Sequence[str]) -> None:
    """Tells who owns the model and who asked for its last review that the approval ends."""
    version, asked = facts.version, {review.requested_by.id for review in facts.reviews[:1]}
    _tell(
        entry,
        Person.objects.filter(pk__in={version.model.owner_id} | asked),
        "emails/approval_ends.txt",
        subject=f"The approval of {version} ends on {days.of(facts.approved_until):%-d %b %Y}",
        version=version,
        until=days.of(facts.approved_until),
        running_in=running_in,
        url=_address("governance:version_detail", version.model.name, version.number),
    )


def tell_of_comment(entry: Entry, comment: Comment, thread: Comment, called: Sequence[Person]) -> int:
    """Tells the people called in it, those who wrote in its thread, and who asked for the review; each once, nobody who
    may not read it any more, and not whoever wrote it. Returns how many."""
    review = comment.review
    wrote = Comment.objects.filter(Q(pk=thread.pk) | Q(answers=thread)).order_by().values("written_by")
    having_a_part = Q(pk__in=wrote) | Q(
        pk__in=[review.requested_by_id, review.submitted_by_id or review.requested_by_id]
    )
    readers = Person.objects.holding(rights.READ).filter(having_a_part).exclude(pk__in=[each.pk for each in called])
    addresses = {person.email for person in called}
    others = [each for each in readers if each.identity != entry.actor.identity and each.email not in addresses]
    told = {
        "comment": comment,
        "place": Place(thread.place, thread.about),
        "url": settings.PORTAL_URL + threads.address(review.pk, comment.pk),
    }
    name, version = entry.actor.name, review.version
    verb = "answers a comment" if comment.answers_id else "comments"
    template = "emails/commented.txt"
    mentioned = _tell(entry, called, template, subject=f"{name} mentions you in the review of {version}", **told)
    return mentioned + _tell(entry, others, template, subject=f"{name} {verb} in the review of {version}", **told)


def tell_of_asked_waiver(entry: Entry, waiver: Waiver, deciding: Iterable[Person]) -> None:
    """Tells those who may grant it."""
    _tell(
        entry,
        [person for person in deciding if person.identity != waiver.asked_by.identity],
        "emails/waiver_asked.txt",
        subject=f"{waiver.asked_by.name} asks for a waiver for {waiver.version}",
        waiver=waiver,
        url=_address("approvals:waiver_detail", waiver.pk),
    )


def tell_of_decided_waiver(entry: Entry, waiver: Waiver) -> None:
    """Tells who asked for it, and who owns the model."""
    _tell(
        entry,
        [waiver.asked_by, waiver.version.model.owner],
        "emails/waiver_decided.txt",
        subject=f"The waiver for {waiver.version} is {waiver.get_status_display().lower()}",
        waiver=waiver,
        url=_address("approvals:waiver_detail", waiver.pk),
    )


def tell_of_lower_tier(entry: Entry, proposal: RiskAssessment, deciding: Iterable[Person]) -> None:
    """Tells those who may lower or keep the tier."""
    parties = {proposal.assessed_by.identity, proposal.model.owner.identity}
    _tell(
        entry,
        [person for person in deciding if person.identity not in parties],
        "emails/tier_proposed.txt",
        subject=f"{proposal.assessed_by.name} proposes to lower the risk tier of {proposal.model}",
        proposal=proposal,
        opens=registry_rules.in_utc(registry_rules.opens_at(proposal.assessed_at)),
        url=_address("approvals:assessment_detail", proposal.pk),
    )


def tell_of_decided_tier(entry: Entry, proposal: RiskAssessment) -> None:
    """Tells who proposed it, and who owns the model."""
    _tell(
        entry,
        [proposal.assessed_by, proposal.model.owner],
        "emails/tier_decided.txt",
        subject=f"The risk tier of {proposal.model}: {proposal.model.tier.name.lower()}",
        proposal=proposal,
        url=_address("approvals:assessment_detail", proposal.pk),
    )


def tell_of_raised_tier(
    entry: Entry, assessment: RiskAssessment, before: RiskTier, reopened: Sequence[Reopened]
) -> None:
    """Tells who owns the model, and who asked for the newest review of each of these versions; not whoever did it."""
    model = assessment.model
    asked = {review.requested_by.id for each in reopened for review in each.facts.reviews[:1]}
    people = Person.objects.filter(pk__in=asked | {model.owner_id})
    is_running = any(each.running_in for each in reopened)
    _tell(
        entry,
        [person for person in people if person.identity != entry.actor.identity],
        "emails/tier_raised.txt",
        subject=f"The risk tier of {model} is raised: {assessment.tier.name.lower()}",
        is_urgent=is_running,
        assessment=assessment,
        by=entry.actor,
        before=before,
        reopened=reopened,
        is_running=is_running,
        url=_address("registry:model_detail", model.name),
    )


def tell_of_proposed_policy(entry: Entry, draft: PolicyDraft, publishing: Iterable[Person]) -> None:
    """Tells those who may publish it: everybody with the right who wrote nothing in it."""
    _tell(
        entry,
        [person for person in publishing if str(person.identity) not in draft.authors],
        "emails/policy_proposed.txt",
        subject=f"A change of the policy for {draft.tier.name.lower()} waits for you",
        draft=draft,
        url=_address("approvals:policy_draft_detail", draft.pk),
    )


def tell_of_answered_policy(entry: Entry, draft: PolicyDraft, answer: str, reason: str) -> None:
    """Tells who wrote in it that it was published, or handed back, and why."""
    _tell(
        entry,
        Person.objects.filter(pk__in=draft.authors),
        "emails/policy_answered.txt",
        subject=f"The policy for {draft.tier.name.lower()}: {answer}",
        draft=draft,
        answer=answer,
        by=entry.actor,
        reason=reason,
        url=_address("approvals:policy_draft_detail", draft.pk),
    )


def tell_owner_of_performance_review(entry: Entry, due: PerformanceReview) -> None:
    _tell(
        entry,
        [due.model.owner],
        "emails/performance_review_due.txt",
        subject=f"Performance review of {due.version} is due",
        due=due,
        url=_address("approvals:performance_review_close", due.pk),
    )


def tell_asker_of_clearance(entry: Entry, clearance: Clearance) -> None:
    _tell(
        entry,
        [clearance.asked_by],
        "emails/clearance_computed.txt",
        subject=f"What depends on {clearance.version}: {len(clearance.dependents) or 'nothing'}",
        clearance=clearance,
        url=_address("approvals:version_retire", clearance.version.model.name, clearance.version.number),
    )


def _tell(
    entry: Entry,
    people: Iterable[Person],
    template: str,
    *,
    subject: str,
    is_urgent: bool = False,
    **context: object,
) -> int:
    """Returns how many people it goes to: at once where it is urgent, else when each of them wants their mail."""
    reached = {person.pk: person for person in people if person.email and person.is_active}
    text = render_to_string(template, context)
    daily = set() if is_urgent else _wanting_it_daily(reached.values())
    for person in sorted(reached.values(), key=attrgetter("email")):
        payload = {"person": str(person.pk), "subject": " ".join(subject.split()), "text": text}
        entry.tell(Telling("mail", payload, **(_in_the_morning(person) if person.pk in daily else {})))
    return len(reached)


def _wanting_it_daily(people: Iterable[Person]) -> set[UUID]:
    """Read anew: whoever changes their mind at this moment has done so before, or finds what is written here."""
    known = [person.pk for person in people if person.mail_is_daily]
    if not known:
        return set()
    mail_lock.hold(known)
    return set(Person.objects.filter(pk__in=known, mail_is_daily=True).values_list("pk", flat=True))


def _in_the_morning(person: Person) -> dict[str, Any]:
    return {"due_at": days.next_morning(person.time_zone), "together": str(person.pk)}


def _address(url_name: str, *args: object) -> str:
    return settings.PORTAL_URL + reverse(url_name, args=args)
