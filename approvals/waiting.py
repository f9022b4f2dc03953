"""Which reviews wait for a person: the rules themselves, asked about everything that is in review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from approvals import facts as version_facts
from approvals import rights, rules
from approvals.facts import StageFact, VersionFacts
from approvals.models import Review
from registry.models import ModelVersion, Person


def facts_of(reviews: Iterable[Review]) -> dict[int, VersionFacts]:
    """Facts of each review's version by its id, in one statement."""
    versions = ModelVersion.objects.filter(pk__in={review.version_id for review in reviews})
    return {facts.version.pk: facts for facts in version_facts.load(versions)}


def stages_waiting(facts: VersionFacts, person: Person, decided: Mapping[str, set[int]]) -> list[StageFact]:
    """The stages of the open review that `person` may decide now, by the rules that deciding asks.

    `decided` are the person's tiers by stage (`rights.tiers_decided_by`).
    """
    asked = facts.open_review
    if asked is None:
        return []
    review = Review(pk=asked.id, status=asked.status)
    mine = {stage for stage, tiers in decided.items() if facts.version.model.tier_id in tiers}
    return [
        stage
        for stage in facts.stages
        if not facts.is_approved(stage.stage)
        and not rules.against_deciding(facts, review, stage.stage, by=person, may_decide=mine, approving=False)
    ]


def waiting_for(person: Person) -> list[Review]:
    """Reviews that `person` may decide a stage of now, longest waiting first, in three statements."""
    decided = rights.tiers_decided_by(person)
    tiers = {tier for held in decided.values() for tier in held}
    reviews = list(
        Review.objects.visible_to(person)
        .filter(status=Review.Status.IN_REVIEW, version__model__tier__in=tiers)
        .select_related("version__model__tier", "requested_by")
        .order_by("submitted_at", "pk")
    )
    facts = facts_of(reviews)
    return [review for review in reviews if stages_waiting(facts[review.version_id], person, decided)]
