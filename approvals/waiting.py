"""Which reviews wait for a person: the rules themselves, asked about everything that is in review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from approvals import facts as version_facts
from approvals import rules
from approvals.facts import ApprovalFacts, StageFact, VersionFacts
from approvals.models import Decision, Policy, Review
from registry.models import EvidencePart, ModelVersion, Person

#: Kept in each process: as many as there are different sets of rights, a few for each policy published meanwhile.
MOST_BENCHES = 256


def facts_of(reviews: Iterable[Review]) -> dict[int, VersionFacts]:
    """Facts of each review's version by its id, in one statement."""
    versions = ModelVersion.objects.filter(pk__in={review.version_id for review in reviews})
    return {facts.version.pk: facts for facts in version_facts.load(versions)}


def stages_waiting(facts: ApprovalFacts, person: Person, decided: Mapping[str, set[int]]) -> list[StageFact]:
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


def waiting_for(person: Person, decided: Mapping[str, set[int]]) -> set[int]:
    """The keys of the reviews that `person` may decide a stage of now, in one statement. `decided` as above."""
    tiers = {tier for held in decided.values() for tier in held}
    in_review = Review.objects.visible_to(person).filter(status=Review.Status.IN_REVIEW, version__model__tier__in=tiers)
    versions = ModelVersion.objects.filter(pk__in=in_review.values("version"))
    found = version_facts.load_approvals(versions)
    return {facts.open_review.id for facts in found if stages_waiting(facts, person, decided)}


class AskedStage(NamedTuple):
    """A stage that a policy of a tier asks for."""

    tier: int
    policy: int
    stage: str
    position: int
    rests_on: tuple[str, ...]


@dataclass(frozen=True)
class Bench:
    """What people decide who have the same rights: the tiers of each stage, and in each tier what comes before it and
    what it rests on."""

    decided: Mapping[str, set[int]]
    before: Mapping[tuple[int, str], set[str]]
    rests_on: Mapping[tuple[int, str], set[str]]

    @classmethod
    @lru_cache(maxsize=MOST_BENCHES)
    def of(cls, held: frozenset[tuple[str, int]], asked: frozenset[AskedStage]) -> Bench:
        """`held` are rights (codename, tier); `asked` the stages of every policy of these tiers. The same for the same,
        so that its query is put together once: that takes longer than to run it."""
        decided: dict[str, set[int]] = {}
        for codename, tier in held:
            decided.setdefault(codename.removeprefix("decide_"), set()).add(tier)
        rests_on: dict[tuple[int, str], set[str]] = {}
        for row in asked:
            key = row.tier, row.stage
            rests_on[key] = rests_on.get(key, set()) | set(row.rests_on)
        return cls(decided, {key: _surely_before(*key, asked) for key in rests_on}, rests_on)

    def stages_waiting(self, person: Person, most: int) -> list[tuple[ApprovalFacts, StageFact]]:
        """The stages that `person` may decide now, longest waiting first, in two statements; at least `most` if there
        are so many, unless half of what the database finds is refused by the rules."""
        if not self.decided:
            return []
        versions = list(self._candidates(person).values_list("version", flat=True)[: 2 * most])
        found = version_facts.load_approvals(ModelVersion.objects.filter(pk__in=versions))
        found.sort(key=lambda facts: (facts.open_review.submitted_at, facts.open_review.id))
        return [(facts, stage) for facts in found for stage in stages_waiting(facts, person, self.decided)]

    def _candidates(self, person: Person) -> QuerySet[Review]:
        """Every review that `stages_waiting` may say yes to, and few others: the database narrows, the rules decide."""
        own = Q(requested_by=person) | Q(version__created_by=person) | Q(version__model__owner=person)
        return self._in_review.visible_to(person).exclude(own)

    @cached_property
    def _in_review(self) -> QuerySet[Review]:
        may_be_open = Q()
        for stage, tiers in self.decided.items():
            for tier in tiers:
                may_be_open |= self._may_be_open(stage, tier)
        in_review = Review.objects.filter(may_be_open, status=Review.Status.IN_REVIEW)
        return in_review.order_by("submitted_at", "pk")

    def _may_be_open(self, stage: str, tier: int) -> Q:
        here = {"review__version": OuterRef("version"), "outcome__in": Decision.APPROVING}
        condition = Q(~Exists(self._surely_current(stage, tier)), version__model__tier=tier)
        for earlier in self.before.get((tier, stage), ()):
            condition &= Q(Exists(Decision.objects.filter(stage=earlier, **here)))
        return condition

    def _surely_current(self, stage: str, tier: int) -> QuerySet[Decision]:
        """Approvals since which neither evidence, nor policy, nor anybody's mind has changed."""
        of_version = Decision.objects.filter(review__version=OuterRef("review__version"), stage=stage)
        second_thoughts = of_version.filter(pk__gt=OuterRef("pk")).exclude(outcome__in=Decision.APPROVING)
        changes = EvidencePart.objects.filter(
            version=OuterRef("review__version"),
            part__in=self.rests_on.get((tier, stage), ()),
            changed_at__gte=OuterRef("decided_at"),
        )
        policies = Policy.objects.filter(tier=tier, published_at__gte=OuterRef("decided_at"))
        approvals = Decision.objects.filter(
            review__version=OuterRef("version"), stage=stage, outcome__in=Decision.APPROVING
        )
        return approvals.exclude(review__status=Review.Status.WITHDRAWN).filter(
            ~Exists(second_thoughts), ~Exists(changes), ~Exists(policies)
        )


def _surely_before(tier: int, stage: str, asked: Iterable[AskedStage]) -> set[str]:
    """The stages that every policy of the tier puts before every place that any of them gives to `stage`."""
    of_tier = [row for row in asked if row.tier == tier]
    policies = {row.policy for row in of_tier}
    first = min(row.position for row in of_tier if row.stage == stage)
    places: dict[str, list[int]] = {}
    for row in of_tier:
        places.setdefault(row.stage, []).append(row.position)
    return {other for other, found in places.items() if len(found) == len(policies) and max(found) < first}
