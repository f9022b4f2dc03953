"""The policies an empty portal starts with: the first revision of each tier's, published by Gatehouse itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from approvals.actions.policies import write_revision
from approvals.facts import PolicyTerms, StageFact, ThresholdFact
from approvals.models import USUALLY, Stage
from audit import ledger
from registry.models import Part, Person, Purpose, RiskTier

MADE_FROM = [Part.ARTIFACT, Part.LINEAGE, Part.CONFIGURATION, Part.EVALUATIONS]
RESTS_ON = {
    Stage.TECHNICAL: MADE_FROM,
    Stage.BUSINESS: [Part.ARTIFACT, Part.EVALUATIONS, Part.CARD, Part.RISK],
    Stage.COMPLIANCE: [Part.ARTIFACT, Part.LINEAGE, Part.EVALUATIONS, Part.CARD, Part.RISK],
    Stage.DEPLOYMENT: [Part.ARTIFACT, Part.RELEASE_PLAN],
}
POSITION = {Stage.TECHNICAL: 1, Stage.BUSINESS: 2, Stage.COMPLIANCE: 2, Stage.DEPLOYMENT: 3}


@dataclass(frozen=True)
class Bound:
    """Holds on the newest evaluation of each purpose. With `group` it bounds the gap between groups."""

    task: str
    metric: str
    bound: str
    limit: str
    group: str = ""


@dataclass(frozen=True)
class Seed:
    stages: tuple[Stage, ...]
    review_cadence_days: int
    rollback_test_valid_days: int
    purposes: tuple[Purpose, ...]
    bounds: tuple[Bound, ...]


BOTH = (Purpose.STAGING, Purpose.PRODUCTION)
ANY_GROUP = "*"

SEEDS = {
    "low": Seed(
        stages=(Stage.TECHNICAL,),
        review_cadence_days=365,
        rollback_test_valid_days=365,
        purposes=(Purpose.STAGING,),
        bounds=(
            Bound("classification", "accuracy", "at_least", "0.9"),
            Bound("regression", "r2", "at_least", "0"),
            Bound("forecasting", "mape", "at_most", "0.5"),
            Bound("ranking", "ndcg", "at_least", "0.5"),
            Bound("generation", "error_rate", "at_most", "0.2"),
            Bound("other", "error_rate", "at_most", "0.2"),
        ),
    ),
    "medium": Seed(
        stages=(Stage.TECHNICAL, Stage.BUSINESS),
        review_cadence_days=180,
        rollback_test_valid_days=180,
        purposes=BOTH,
        bounds=(
            Bound("classification", "accuracy", "at_least", "0.8"),
            Bound("regression", "r2", "at_least", "0.35"),
            Bound("forecasting", "mape", "at_most", "0.3"),
            Bound("ranking", "ndcg", "at_least", "0.6"),
            Bound("generation", "error_rate", "at_most", "0.1"),
            Bound("other", "error_rate", "at_most", "0.1"),
        ),
    ),
    "high": Seed(
        stages=(Stage.TECHNICAL, Stage.BUSINESS, Stage.COMPLIANCE, Stage.DEPLOYMENT),
        review_cadence_days=90,
        rollback_test_valid_days=90,
        purposes=BOTH,
        bounds=(
            Bound("classification", "roc_auc", "at_least", "0.7"),
            Bound("classification", "recall", "at_least", "0.6"),
            Bound("classification", "false_positive_rate", "at_most", "0.3"),
            Bound("classification", "false_positive_rate", "at_most", "0.15", ANY_GROUP),
            Bound("regression", "r2", "at_least", "0.4"),
            Bound("forecasting", "mape", "at_most", "0.2"),
            Bound("ranking", "ndcg", "at_least", "0.7"),
            Bound("generation", "error_rate", "at_most", "0.05"),
            Bound("other", "error_rate", "at_most", "0.05"),
        ),
    ),
}


def lay() -> None:
    """Runs after every migrate; writes only what is missing."""
    for tier in RiskTier.objects.filter(slug__in=SEEDS, policies=None):
        _publish(tier, SEEDS[tier.slug], by=Person.objects.system())


def _publish(tier: RiskTier, seed: Seed, *, by: Person) -> None:
    with ledger.entry("approvals.policy.published", by=by) as entry:
        entry.subject = write_revision(tier, 1, _terms(seed), by=entry.actor)
        entry.facts = {"tier": tier.slug, "revision": 1}


def _terms(seed: Seed) -> PolicyTerms:
    return PolicyTerms(
        review_cadence_days=seed.review_cadence_days,
        rollback_test_valid_days=seed.rollback_test_valid_days,
        checks={str(check): str(mode) for check, mode in USUALLY.items()},
        stages=tuple(StageFact(stage, POSITION[stage], tuple(RESTS_ON[stage])) for stage in seed.stages),
        thresholds=tuple(
            ThresholdFact(bound.task, purpose, bound.metric, bound.group, bound.bound, Decimal(bound.limit))
            for purpose, bound in product(seed.purposes, seed.bounds)
        ),
    )
