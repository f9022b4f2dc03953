"""Changing what a risk tier asks: a draft, and another person who publishes it. Rows of `approvals/workflow.py`."""

from __future__ import annotations

from dataclasses import asdict

from django.core.exceptions import ValidationError
from django.utils import timezone

from approvals import awaited, naming, notices, policy_lock, rules, terms
from approvals.actions import reviews
from approvals.facts import PolicyTerms
from approvals.facts.loading import OWN_TERMS, policy_fact, stage_row
from approvals.models import Policy, PolicyDraft, PolicyStage, Review, Threshold
from approvals.workflow import PUBLISH, policy_verb
from audit import ledger
from audit.ledger import Entry
from registry.models import Person, RiskTier


def draft(*, tier: RiskTier, by: Person) -> PolicyDraft:
    """Begins a draft that says what the newest revision says. Raises ValidationError when the tier has one already."""
    verb = policy_verb("draft")
    with ledger.entry(verb.event, by=by, subject=tier) as entry:
        entry.require(verb.permission)
        _refuse(rules.against_drafting(PolicyDraft.objects.open().filter(tier=tier).first()))
        newest = Policy.objects.current().get(tier=tier)
        now = timezone.now()
        begun = PolicyDraft(
            tier=tier,
            based_on=newest,
            status=verb.target,
            terms=terms.plain(policy_fact(newest)),
            authors=[],
            drafted_by=entry.actor,
            drafted_at=now,
            changed_by=entry.actor,
            changed_at=now,
        )
        begun.save()
        entry.subject = begun
        entry.facts = {"tier": tier.slug, "revision": newest.revision}
    return begun


def revise(*, draft: PolicyDraft, wanted: PolicyTerms, reason: str, seen: str, by: Person) -> PolicyDraft:
    """Writes the draft anew. `seen` is `changed_at` of what the author saw, in ISO format: what somebody else has
    written since is not overwritten. Raises ValidationError otherwise, and for terms that make no policy."""
    verb = policy_verb("revise")
    with ledger.entry(verb.event, by=by, subject=draft) as entry:
        draft = _moving(entry, draft, verb.name)
        _refuse(rules.against_overwriting(draft, seen) + rules.against_terms(wanted))
        draft.terms, draft.reason = terms.plain(wanted), reason
        draft.authors = sorted({*draft.authors, str(entry.actor.identity)})
        draft.changed_by, draft.changed_at = entry.actor, timezone.now()
        draft.save()
        entry.facts = {"changes": _said(draft)}
    return draft


def propose(*, draft: PolicyDraft, seen: str, by: Person) -> PolicyDraft:
    """Asks another person to publish what was `seen`, as for `revise`."""
    verb = policy_verb("propose")
    with ledger.entry(verb.event, by=by, subject=draft, reason=draft.reason) as entry:
        draft = _moving(entry, draft, verb.name)
        _refuse(rules.against_overwriting(draft, seen))
        newest = Policy.objects.current().get(tier=draft.tier)
        wanted = terms.of_plain(draft.terms)
        _refuse(
            rules.against_proposing(draft, newest, terms.differences(policy_fact(newest), wanted))
            + naming.in_vain(draft.tier, wanted)
        )
        draft.status, draft.proposed_by, draft.proposed_at = verb.target, entry.actor, timezone.now()
        draft.authors = sorted({*draft.authors, str(entry.actor.identity)})
        draft.save()
        entry.facts = {"changes": _said(draft)}
        notices.tell_of_proposed_policy(entry, draft, Person.objects.holding(PUBLISH))
    return draft


def hand_back(*, draft: PolicyDraft, reason: str, seen: str, by: Person) -> PolicyDraft:
    """Makes it a draft again, with what the second person wants to be different."""
    verb = policy_verb("hand_back")
    with ledger.entry(verb.event, by=by, subject=draft, reason=reason) as entry:
        draft = _moving(entry, draft, verb.name)
        _refuse(rules.against_overwriting(draft, seen))
        draft.status = verb.target
        draft.save()
        notices.tell_of_answered_policy(entry, draft, "handed back", reason)
    return draft


def publish(*, draft: PolicyDraft, reason: str, seen: str, by: Person) -> Policy:
    """Makes the draft the tier's newest revision, which counts from this moment on, for open reviews as well: their
    versions are locked until it does.

    Refused for everybody who wrote in the draft, when it is not what was `seen` any more, and when another revision was
    published since it was begun. A review that has every approval it needs now is settled with it, and whoever decides
    what it opens is told.
    """
    verb = policy_verb("publish")
    with ledger.entry(verb.event, by=by, subject=draft, reason=reason) as entry:
        policy_lock.hold(draft.tier_id, alone=True)
        draft = _moving(entry, draft, verb.name)
        _refuse(rules.against_overwriting(draft, seen))
        newest = Policy.objects.current().get(tier=draft.tier)
        choosers = entry.actor.chosen_alone_by(PUBLISH, since=draft.drafted_at)
        wanted = terms.of_plain(draft.terms)
        named = naming.newly(policy_fact(draft.based_on), wanted)
        _refuse(
            rules.against_publishing(draft, newest, by=entry.actor, choosers=choosers, named=named)
            + naming.in_vain(draft.tier, wanted)
        )
        policy = write_revision(draft.tier, newest.revision + 1, wanted, by=entry.actor)
        draft.status, draft.published = verb.target, policy
        draft.closed_by, draft.closed_at = entry.actor, policy.published_at
        draft.save()
        waiting = awaited.in_tier(draft.tier)
        awaited.keep_tier(draft.tier)
        reviews.settle_complete(Review.objects.filter(version__model__tier=draft.tier))
        notices.tell_of_opened(entry, draft.tier, awaited.in_tier(draft.tier) - waiting)
        entry.subject = policy
        entry.facts = {"tier": draft.tier.slug, "revision": policy.revision, "changes": _said(draft)}
        notices.tell_of_answered_policy(entry, draft, "published", reason)
    return policy


def discard(*, draft: PolicyDraft, by: Person) -> PolicyDraft:
    """Ends a draft; the policy stays as it is."""
    verb = policy_verb("discard")
    with ledger.entry(verb.event, by=by, subject=draft) as entry:
        draft = _moving(entry, draft, verb.name)
        draft.status = verb.target
        draft.closed_by, draft.closed_at = entry.actor, timezone.now()
        draft.save()
    return draft


def write_revision(tier: RiskTier, revision: int, wanted: PolicyTerms, *, by: Person) -> Policy:
    """The rows of one revision, inside the entry of whoever publishes it."""
    policy = Policy(
        tier=tier,
        revision=revision,
        **{name: terms.plain(wanted)[name] for name in OWN_TERMS},
        published_by=by,
        published_at=timezone.now(),
    )
    policy.save()
    for each in wanted.stages:
        PolicyStage(policy=policy, **stage_row(each)).save()
    for bound in wanted.thresholds:
        Threshold(policy=policy, **asdict(bound)).save()
    return policy


def _said(draft: PolicyDraft) -> list[str]:
    """What the draft changes, a sentence each."""
    found = terms.differences(policy_fact(draft.based_on), terms.of_plain(draft.terms))
    return [f"{each.what}: {each.after}, was {each.before}" for each in found]


def _moving(entry: Entry, draft: PolicyDraft, name: str) -> PolicyDraft:
    """The locked draft, once the actor may do this to it now."""
    verb = policy_verb(name)
    entry.require(verb.permission)
    draft = entry.lock_one(draft)
    _refuse(rules.against_moving_draft(draft, name))
    return draft


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)
