"""The dry run of a policy: what the gates say of each version now, and what they would say once a draft counts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from approvals import facts as version_facts
from approvals import gates, terms
from approvals.facts import PolicyFact, PolicyTerms, VersionFacts
from approvals.models import Forecast, ForecastChange, PolicyDraft, Review
from audit import wakeups
from registry.models import Deployment, Environment, ModelVersion, RiskTier

Effect = ForecastChange.Effect
SEVEREST_FIRST = list(Effect)
AT_ONCE = 200
#: A dry run that has said nothing for so long was killed.
PATIENCE = datetime.timedelta(minutes=2)
COMPUTE = "approvals.tasks.compute_waiting_forecasts"
ASKED_ABOUT = (Environment.STAGING, Environment.PRODUCTION)


@dataclass(frozen=True)
class Change:
    """What would be different for a version, by its key, in one environment; `why` are the reasons that come or go."""

    version: int
    named: str
    environment: Environment
    effect: Effect
    why: tuple[str, ...]


def under(facts: VersionFacts, wanted: PolicyTerms) -> VersionFacts:
    """The facts as they would be with `wanted` published: it is the newest policy of the tier, and the one that the
    last review was asked under still counts beside it."""
    newest = facts.policies[0].revision if facts.policies else 0
    asked = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    published = PolicyFact(id=0, revision=newest + 1, **asked)
    return replace(facts, policies=(published, *(facts.policies[-1:] if facts.reviews else ())))


def changes_of(facts: VersionFacts, wanted: PolicyTerms) -> list[Change]:
    then = under(facts, wanted)
    found = (_change(facts, then, environment) for environment in ASKED_ABOUT)
    return [change for change in found if change]


def _change(now: VersionFacts, then: VersionFacts, environment: Environment) -> Change | None:
    before, after = gates.ask(now, environment), gates.ask(then, environment)
    old, new = ({finding.message for finding in answer.findings} for answer in (before, after))
    come = tuple(finding.message for finding in after.findings if finding.message not in old)
    go = tuple(finding.message for finding in before.findings if finding.message not in new)
    if come:
        effect = _effect_of_more(now, environment, was_allowed=before.allowed)
    elif go:
        effect = Effect.OPENED if after.allowed else Effect.LESS
    else:
        return None
    return Change(now.version.pk, str(now.version), environment, effect, come or go)


def _effect_of_more(now: VersionFacts, environment: Environment, *, was_allowed: bool) -> Effect:
    if now.active_in(environment):
        return Effect.RUNNING
    if was_allowed:
        return Effect.CLOSED
    return Effect.REVIEW if now.open_review else Effect.MORE


def looked_at(tier: RiskTier) -> QuerySet[ModelVersion]:
    """The versions of which a policy decides something: those that run, or were ever asked about."""
    asked = Review.objects.filter(version=OuterRef("pk"))
    runs = Deployment.objects.filter(version=OuterRef("pk"), ended_at=None)
    concerned = ModelVersion.objects.filter(Q(Exists(asked)) | Q(Exists(runs)))
    return concerned.filter(model__tier=tier, retirement=None)


def ask(draft: PolicyDraft) -> Forecast:
    """Has the worker look at what the draft would change as it stands. The same is not asked for twice at once."""
    forecast = Forecast.objects.waiting().filter(draft=draft, of=draft.changed_at).first()
    if forecast is None:
        forecast = _in_place_of_older(draft)
    wakeups.wake(COMPUTE)
    return forecast


def _in_place_of_older(draft: PolicyDraft) -> Forecast:
    with transaction.atomic():
        older = Forecast.objects.filter(draft=draft)
        ForecastChange.objects.filter(forecast__in=older).delete()
        older.delete()
        return Forecast.objects.create(draft=draft, of=draft.changed_at, asked_at=timezone.now())


def compute(forecast: Forecast) -> bool:
    """Looks at every version and writes down what would change; says how far it is meanwhile. False where another
    worker is at it or was."""
    with _turn(forecast) as claimed:
        if claimed is None:
            return False
        _write(forecast, claimed, _found(forecast.draft, claimed))
    return True


@contextmanager
def _turn(forecast: Forecast) -> Iterator[QuerySet[Forecast] | None]:
    """The forecast, as long as nobody has given this worker up. One that fails leaves it to whoever comes next."""
    now = timezone.now()
    free = Forecast.objects.waiting().filter(Q(began_at=None) | Q(seen_at__lte=now - PATIENCE), pk=forecast.pk)
    if not free.update(began_at=now, seen_at=now):
        yield None
        return
    claimed = Forecast.objects.waiting().filter(pk=forecast.pk, began_at=now)
    try:
        yield claimed
    finally:
        claimed.update(began_at=None)


def _found(draft: PolicyDraft, claimed: QuerySet[Forecast]) -> list[Change]:
    wanted, versions = terms.of_plain(draft.terms), looked_at(draft.tier)
    claimed.update(total=versions.count(), done=0)
    found: list[Change] = []
    for done, facts in enumerate(_facts_of(versions), start=1):
        found += changes_of(facts, wanted)
        if done % AT_ONCE == 0:
            claimed.update(done=done, seen_at=timezone.now())
    return sorted(found, key=lambda change: (SEVEREST_FIRST.index(change.effect), change.named))


def _facts_of(versions: QuerySet[ModelVersion]) -> Iterator[VersionFacts]:
    keys = [*versions.order_by("pk").values_list("pk", flat=True)]
    for start in range(0, len(keys), AT_ONCE):
        yield from version_facts.load(ModelVersion.objects.filter(pk__in=keys[start : start + AT_ONCE]).order_by())


def _write(forecast: Forecast, claimed: QuerySet[Forecast], found: list[Change]) -> None:
    with transaction.atomic():
        if not claimed.update(finished_at=timezone.now(), done=F("total")):
            return
        ForecastChange.objects.bulk_create(
            ForecastChange(
                forecast=forecast,
                place=place,
                version_id=change.version,
                environment=change.environment,
                effect=change.effect,
                why=list(change.why),
            )
            for place, change in enumerate(found)
        )
