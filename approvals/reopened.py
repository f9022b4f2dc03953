"""What another tier opens again: versions that run or are under review, and the approvals that they lack then.

Nothing that runs is stopped by it. So that is said: before the tier is raised, to whoever answers, and afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, QuerySet

from approvals import facts as version_facts
from approvals.facts import EvidenceFact, PolicyFact, VersionFacts
from approvals.facts.loading import policy_fact
from approvals.models import Review
from approvals.presenting.standing import lacking
from approvals.presenting.words import listed
from registry.models import AIModel, Deployment, Environment, ModelVersion, Part, RiskTier


@dataclass(frozen=True)
class Reopened:
    """A version that runs or is under review."""

    facts: VersionFacts

    @property
    def number(self) -> int:
        return self.facts.version.number

    @property
    def running_in(self) -> list[str]:
        running = [each for each in self.facts.deployments if each.ended_at is None]
        return [Environment(each.environment).label.lower() for each in running]

    @property
    def lacks(self) -> list[str]:
        return lacking(self.facts)

    @property
    def place(self) -> str:
        """As in “v1 runs in production”."""
        runs = f"runs in {listed(self.running_in)}" if self.running_in else ""
        is_asked = "is under review" if self.facts.open_review else ""
        return f"v{self.number} {' and '.join(filter(None, (runs, is_asked)))}"

    @property
    def needs(self) -> str:
        """As in “it lacks business approval”."""
        return f"it lacks {listed(self.lacks)} approval{'' if self._is_in_production else ' for production'}"

    @property
    def _is_in_production(self) -> bool:
        return self.facts.active_in(Environment.PRODUCTION) is not None


def of(model: AIModel) -> list[Reopened]:
    """The versions of the model that lack an approval by its tier, the oldest first. One statement."""
    return _lacking_any(version_facts.load(_concerned(model)))


def under(model: AIModel, tier: RiskTier) -> list[Reopened]:
    """Those that would lack one, were the model put into the tier by other answers than now. A constant number of
    statements: what the reviews were asked under goes on being asked."""
    found, policy = version_facts.load(_concerned(model)), tier.policies.current().first()
    if not found or policy is None:
        return []
    newest, asked_under = policy_fact(policy), _policies_of_newest_reviews(found)
    return _lacking_any(
        replace(
            facts,
            policies=_united(newest, (each for each in facts.policies if each.id == asked_under.get(facts.version.pk))),
            evidence=_answered_otherwise(facts.evidence),
        )
        for facts in found
    )


def _policies_of_newest_reviews(found: list[VersionFacts]) -> dict[int, int]:
    """By version. What comes last in a dict stays."""
    reviews = Review.objects.filter(version__in=[facts.version.pk for facts in found])
    return dict(reviews.order_by("pk").values_list("version", "policy"))


def _united(newest: PolicyFact, earlier: Iterable[PolicyFact]) -> tuple[PolicyFact, ...]:
    policies = {newest.id: newest} | {each.id: each for each in earlier}
    return tuple(sorted(policies.values(), key=lambda each: -each.revision))


def _answered_otherwise(evidence: Mapping[str, EvidenceFact]) -> dict[str, EvidenceFact]:
    """No approval that rests on the assessment was given on this one."""
    return {part: replace(each, digest="") if part == Part.RISK else each for part, each in evidence.items()}


def _concerned(model: AIModel) -> QuerySet[ModelVersion]:
    running = Deployment.objects.filter(version=OuterRef("pk"), ended_at=None)
    under_review = Review.objects.filter(version=OuterRef("pk"), status__in=Review.OPEN)
    return model.versions.filter(Exists(running) | Exists(under_review)).order_by("number")


def _lacking_any(found: Iterable[VersionFacts]) -> list[Reopened]:
    return [each for each in map(Reopened, found) if each.lacks]
