"""Drafts of policies, as administrators write them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from approvals import naming, terms
from approvals.actions import policies
from approvals.facts import PolicyTerms
from approvals.facts.loading import policy_fact
from approvals.forms.policies import PolicyForms
from approvals.models import Policy, PolicyDraft
from registry.models import Part, RiskTier
from tests.builders import Cast


def begun(cast: Cast, tier: str = "medium") -> PolicyDraft:
    return policies.draft(tier=RiskTier.objects.get(slug=tier), by=cast.admin)


def seen(draft: PolicyDraft) -> str:
    """What a form says of the state that it was opened with."""
    return draft.changed_at.isoformat()


def wanted(draft: PolicyDraft, **changes: Any) -> PolicyTerms:
    return replace(terms.of_plain(draft.terms), **changes)


def written(cast: Cast, tier: str = "medium", **changes: Any) -> PolicyDraft:
    """A draft in which something is different: unless said otherwise, how often performance is looked at."""
    draft = begun(cast, tier)
    changed = wanted(draft, **(changes or {"review_cadence_days": 30}))
    seen = draft.changed_at.isoformat()
    return policies.revise(draft=draft, wanted=changed, reason="The supervisor asks.", seen=seen, by=cast.admin)


def proposed(cast: Cast, tier: str = "medium", **changes: Any) -> PolicyDraft:
    draft = written(cast, tier, **changes)
    return policies.propose(draft=draft, seen=seen(draft), by=cast.admin)


def published(cast: Cast, tier: str = "medium", **changes: Any) -> Policy:
    draft = proposed(cast, tier, **changes)
    return policies.publish(draft=draft, reason="As asked.", seen=seen(draft), by=cast.compliance)


def terms_of(tier: str) -> PolicyTerms:
    """What the newest revision says."""
    return policy_fact(Policy.objects.current().get(tier__slug=tier))


def published_stricter(cast: Cast, tier: str) -> Policy:
    """What is asked first rests on every part from now on."""
    before = terms_of(tier)
    first = min(stage.position for stage in before.stages)
    stages = tuple(replace(each, rests_on=tuple(Part)) if each.position == first else each for each in before.stages)
    return published(cast, tier, stages=stages)


def body_of(draft: PolicyDraft, **changes: Any) -> dict[str, Any]:
    """What a browser sends that opened the form of this draft and pressed the button. None leaves a field out."""
    said = terms.of_plain(draft.terms)
    forms = PolicyForms(
        None,
        said,
        naming.nameable(draft.tier, said),
        reason=draft.reason or "Asked for.",
        seen=draft.changed_at.isoformat(),
    )
    rows = [form for each in (forms.deciders, forms.thresholds) for form in (*each, each.management_form)]
    sent = {
        field.html_name: field.value() for form in [forms.times, forms.checks, *forms.stages, *rows] for field in form
    }
    sent |= changes
    return {name: value for name, value in sent.items() if value is not None and value is not False}
