"""What another tier opens again: versions that run or are under review, and the approvals that they lack then.

Nothing that runs is stopped by it. So that is said: before the tier is raised, to whoever answers, and afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from approvals import facts as version_facts
from approvals.facts import VersionFacts
from approvals.models import Review
from approvals.presenting.standing import lacking
from approvals.presenting.words import listed
from registry.models import AIModel, Deployment, Environment, ModelVersion


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


def _concerned(model: AIModel) -> QuerySet[ModelVersion]:
    running = Deployment.objects.filter(version=OuterRef("pk"), ended_at=None)
    under_review = Review.objects.filter(version=OuterRef("pk"), status__in=Review.OPEN)
    return model.versions.filter(Exists(running) | Exists(under_review)).order_by("number")


def _lacking_any(found: list[VersionFacts]) -> list[Reopened]:
    return [each for each in map(Reopened, found) if each.lacks]
