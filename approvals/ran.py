"""Which models ran in an environment at an instant: found by the deployments, and told by the ledger.

The rows of deployments only say which models to ask about, so that a portal of any size answers; what ran, and who had
approved it, is told from events as `approvals.past` tells it of one model.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from approvals import past
from approvals.past import Place, Standing
from registry.models import AIModel, Deployment, RiskAssessment
from registry.models.catalog import AIModelQuerySet

#: A row says when its portal's clock showed it, its event what the database's clock showed a while after.
CLOCKS_DIFFER = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Ran:
    """`place` has nothing running where the deployments say that the model ran and the ledger does not."""

    model: AIModel
    standing: Standing
    place: Place | None

    @property
    def is_told(self) -> bool:
        return bool(self.place and self.place.running)


def models(seen: AIModelQuerySet, environment: str, at: datetime.datetime) -> AIModelQuerySet:
    """Those of `seen` that may have run there then. `has_surely_run` says that no clock puts it in doubt."""
    deployments = Deployment.objects.filter(model=OuterRef("pk"), environment=environment)
    surely = _under_way(deployments, begun=at - CLOCKS_DIFFER, not_ended=at + CLOCKS_DIFFER)
    perhaps = _under_way(deployments, begun=at + CLOCKS_DIFFER, not_ended=at - CLOCKS_DIFFER)
    return seen.filter(Exists(perhaps)).annotate(has_surely_run=Exists(surely))


def _under_way(
    deployments: QuerySet[Deployment], *, begun: datetime.datetime, not_ended: datetime.datetime
) -> QuerySet[Deployment]:
    return deployments.filter(Q(ended_at=None) | Q(ended_at__gt=not_ended), deployed_at__lte=begun)


def narrowed(found: AIModelQuerySet, team: str, tier: str, at: datetime.datetime) -> AIModelQuerySet:
    """By slugs, where they are not empty: the team that the model has today, and the tier that it had then."""
    if team:
        found = found.filter(team__slug=team)
    return found.filter(pk__in=_in_tier_then(found, tier, at)) if tier else found


def _in_tier_then(found: AIModelQuerySet, tier: str, at: datetime.datetime) -> QuerySet:
    """By the assessment that counted then, from when it was made or confirmed."""
    counted = RiskAssessment.objects.in_force().annotate(since=Coalesce("decided_at", "assessed_at"))
    then = counted.filter(model=OuterRef("pk"), since__lte=at).values("tier__slug")[:1]
    return found.order_by().annotate(tier_then=Subquery(then)).filter(tier_then=tier).values("pk")


def told(found: Iterable[AIModel], environment: str, at: datetime.datetime) -> Iterator[Ran]:
    """What the ledger says of each of the `models`, read with one statement. One that had ended within the difference
    of the clocks is left out."""
    listed = list(found)
    standings = past.standings(listed, at)
    for model in listed:
        standing = standings[model.pk]
        ran = Ran(model, standing, standing.place(environment))
        if ran.is_told or model.has_surely_run:
            yield ran
