"""What ran of a model at an instant, approved by whom and on what evidence, told again from what the ledger says.

Only events are asked, in the ledger's order: rows may have changed since, and events do not. An event at the very
instant has happened. `told` is pure; `of` reads one model's events, of the kinds that matter, in one statement, and
`standings` those of many.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db.models import Model, Q

from approvals.models import Decision, Policy, Stage
from audit.models import Event, EventQuerySet, reference
from registry.models import AIModel, Environment, ModelVersion

PLACES = (Environment.PRODUCTION, Environment.STAGING)
PUBLISHED = "approvals.policy.published"
REVOKED = "approvals.review.revoked"


@dataclass(frozen=True, eq=False)
class Happened:
    """What is read of an event. The same event is the same object."""

    pk: int
    uid: uuid.UUID
    kind: str
    actor: uuid.UUID
    at: datetime.datetime
    facts: Mapping[str, Any]

    @property
    def version(self) -> int:
        return self.facts["version"]

    def has_happened(self, at: datetime.datetime) -> bool:
        """By its clock; a policy matters by its place alone, to the reviews that are opened after it."""
        return self.at <= at or self.kind == PUBLISHED


@dataclass(frozen=True)
class Promise:
    """A condition of an approval, and the event that says how it was kept."""

    text: str
    kept: Happened | None


@dataclass(frozen=True)
class Judgement:
    """The decision of a stage that counted. `policy` is the publishing of the one that its review was asked under."""

    event: Happened
    promises: tuple[Promise, ...]
    policy: Happened | None

    @property
    def stage(self) -> Stage:
        return Stage(self.event.facts["stage"])

    @property
    def outcome(self) -> str:
        return self.event.facts["outcome"]

    @property
    def evidence(self) -> Mapping[str, str]:
        """The digest of each part, as it was when the decision was made."""
        return self.event.facts["evidence"]

    @property
    def approves(self) -> bool:
        return self.outcome in Decision.APPROVING

    def events(self) -> Iterator[Happened]:
        yield from (event for event in (self.event, self.policy) if event)
        yield from (promise.kept for promise in self.promises if promise.kept)


@dataclass(frozen=True)
class Place:
    """An environment: the deployment that ran in it, with what had been decided about that version, and how its
    approval was `stopped` when it was; or what last ended there."""

    environment: Environment
    running: Happened | None
    ended: Happened | None
    judgements: tuple[Judgement, ...]
    stopped: Happened | None = None

    def events(self) -> Iterator[Happened]:
        yield from (event for event in (self.running, self.ended, self.stopped) if event)
        for judgement in self.judgements:
            yield from judgement.events()


@dataclass(frozen=True)
class Standing:
    """`tier` is the slug that the model had. `retired` are retirements of its versions, the oldest first."""

    registered: Happened | None = None
    assessed: Happened | None = None
    places: tuple[Place, ...] = ()
    retired: tuple[Happened, ...] = ()

    @property
    def tier(self) -> str:
        return self.assessed.facts["tier"] if self.assessed else ""

    @property
    def running(self) -> list[Place]:
        return [place for place in self.places if place.running]

    def place(self, environment: str) -> Place | None:
        """None before the model was there."""
        return next((place for place in self.places if place.environment == environment), None)

    def events(self) -> Iterator[Happened]:
        """Everything that it is told from."""
        for event in (self.registered, self.assessed, *self.retired):
            if event:
                yield event
        for place in self.places:
            yield from place.events()


@dataclass(frozen=True)
class Past(Standing):
    """How things stood at `at`, and the nearest instants before and after it that the answer begins or ends at."""

    at: datetime.datetime = datetime.datetime.min
    earlier: datetime.datetime | None = None
    later: datetime.datetime | None = None


def of(model: AIModel, at: datetime.datetime) -> Past:
    """Read with one statement."""
    events = Event.objects.filter(Q(stream=reference(model), kind__in=KINDS) | Q(kind=PUBLISHED))
    return told((event for _, event in _read(events)), at)


def standings(models: Iterable[AIModel], at: datetime.datetime) -> dict[int, Standing]:
    """How things stood with each of the models, by its key. Read with one statement."""
    stories = {reference(model): (model.pk, _Story()) for model in models}
    events = Event.objects.filter(Q(stream__in=stories, kind__in=KINDS, at__lte=at) | Q(kind=PUBLISHED))
    for stream, event in _read(events):
        for _, story in [stories[stream]] if stream in stories else stories.values():
            story.tell(event)
    return {key: story.standing() for key, story in stories.values()}


def _read(events: EventQuerySet) -> Iterator[tuple[str, Happened]]:
    """Each with its stream, in the ledger's order; without what is about something else than its kind always is."""
    rows = events.order_by("pk").values_list("subject", "stream", "pk", "uid", "kind", "actor", "at", "facts")
    read = ((subject, stream, Happened(*row)) for subject, stream, *row in rows)
    return ((stream, event) for subject, stream, event in read if _is_about(subject, stream, event.kind))


def _is_about(subject: str, stream: str, kind: str) -> bool:
    expected = _TELLING[kind].about
    return subject.startswith(f"{expected._meta.label_lower}:") and (expected is ModelVersion or subject == stream)


def told(events: Iterable[Happened], at: datetime.datetime) -> Past:
    """`events` of one model, of `KINDS`, in the ledger's order. What is before `at` is for their clock to say."""
    known = list(events)
    story, standing, earlier = _Story(), Standing(), None
    for event in known:
        if event.has_happened(at) and (then := story.after(event)) != standing:
            standing = then
            earlier = event.at if event.at < at else earlier
    after = (event for event in known if not event.has_happened(at))
    later = next((event.at for event in after if story.after(event) != standing), None)
    return Past(**vars(standing), at=at, earlier=earlier, later=later)


@dataclass
class _Story:
    """A model's life as far as it has been told."""

    registered: Happened | None = None
    assessed: Happened | None = None
    running: dict[str, Happened] = field(default_factory=dict)
    ended: dict[str, Happened] = field(default_factory=dict)
    #: version -> stage -> its decisions, the last of each person since somebody said no counting
    decided: dict[int, dict[str, list[Happened]]] = field(default_factory=dict)
    #: decision -> which of its conditions were kept, by which event
    kept: dict[uuid.UUID, dict[int, Happened]] = field(default_factory=dict)
    #: version -> how its approval was suspended or revoked, until something is decided anew
    stopped: dict[int, Happened] = field(default_factory=dict)
    retired: tuple[Happened, ...] = ()
    #: tier -> the policy that was published last
    policies: dict[str, Happened] = field(default_factory=dict)
    #: review -> the policy that it was asked under
    asked_under: dict[str, Happened | None] = field(default_factory=dict)

    def after(self, event: Happened) -> Standing:
        self.tell(event)
        return self.standing()

    def tell(self, event: Happened) -> None:
        _TELLING[event.kind].tell(self, event)

    def standing(self) -> Standing:
        places = tuple(map(self._place, PLACES)) if self.registered else ()
        return Standing(self.registered, self.assessed, places, self.retired)

    def _place(self, environment: Environment) -> Place:
        running = self.running.get(environment)
        judgements = self._judgements(running.version) if running else ()
        stopped = self.stopped.get(running.version) if running else None
        return Place(environment, running, None if running else self.ended.get(environment), judgements, stopped)

    def _judgements(self, version: int) -> tuple[Judgement, ...]:
        decided = self.decided.get(version, {})
        stages = sorted(map(Stage, decided), key=attrgetter("place"))
        return tuple(self._judgement(each) for stage in stages for each in _counting(decided[stage]))

    def _judgement(self, decision: Happened) -> Judgement:
        kept = self.kept.get(decision.uid, {})
        texts = decision.facts.get("conditions", [])
        promises = tuple(Promise(text, kept.get(place)) for place, text in enumerate(texts))
        return Judgement(decision, promises, self.asked_under.get(decision.facts["review"]))

    def publish(self, event: Happened) -> None:
        self.policies[event.facts["tier"]] = event

    def open(self, event: Happened) -> None:
        """A review is asked under the newest policy of the tier that the model has by then."""
        tier = self.assessed.facts["tier"] if self.assessed else ""
        self.asked_under[event.facts["review"]] = self.policies.get(tier)

    def register(self, event: Happened) -> None:
        """Some models have no tier yet, as after an import."""
        self.registered = event
        if "tier" in event.facts:
            self.assessed = event

    def assess(self, event: Happened) -> None:
        """What was only proposed left the tier as it was."""
        if "tier" in event.facts:
            self.assessed = event

    def decide(self, event: Happened) -> None:
        """As gates judge it: the newest decision of a stage counts, whatever review it was made in."""
        self.decided.setdefault(event.version, {}).setdefault(event.facts["stage"], []).append(event)
        if event.version in self.stopped and self.stopped[event.version].kind == REVOKED:
            del self.stopped[event.version]

    def withdraw(self, event: Happened) -> None:
        """What was decided in a review that is withdrawn counts no more, and what it had replaced counts again."""
        decided = self.decided.get(event.version, {})
        for stage, decisions in decided.items():
            decided[stage] = [each for each in decisions if each.facts["review"] != event.facts["review"]]

    def stop(self, event: Happened) -> None:
        self.stopped[event.version] = event

    def revoke(self, event: Happened) -> None:
        """Whatever was decided about the version until then counts no more."""
        self.decided.pop(event.version, None)
        self.stop(event)

    def reinstate(self, event: Happened) -> None:
        self.stopped.pop(event.version, None)

    def keep(self, event: Happened) -> None:
        """Events of before decisions were named in them mean the newest decision that has such a condition open."""
        for decision in self._decisions_meant(event):
            kept = self.kept.setdefault(decision.uid, {})
            for place, text in enumerate(decision.facts.get("conditions", [])):
                if text == event.facts["condition"] and place not in kept:
                    kept[place] = event
                    return

    def _decisions_meant(self, event: Happened) -> list[Happened]:
        named = event.facts.get("decision")
        decided = [each for stage in self.decided.get(event.version, {}).values() for each in stage]
        decided.sort(key=lambda decision: decision.pk, reverse=True)
        return [each for each in decided if named is None or each.facts.get("decision") == named]

    def deploy(self, event: Happened) -> None:
        """What ran there before is replaced by it."""
        self.running[event.facts["environment"]] = event

    def end(self, event: Happened) -> None:
        self._end(event, event.facts["environment"])

    def retire(self, event: Happened) -> None:
        self.retired += (event,)
        for environment in list(self.running):
            self._end(event, environment)

    def _end(self, event: Happened, environment: str) -> None:
        running = self.running.get(environment)
        if running and running.version == event.version:
            self.ended[environment] = event
            del self.running[environment]


def _counting(decisions: list[Happened]) -> list[Happened]:
    """Of one stage: the last of each person who approved since somebody said no, in the order in which they did; or,
    where nobody has, that no."""
    found: dict[uuid.UUID, Happened] = {}
    for decision in reversed(decisions):
        if decision.facts["outcome"] not in Decision.APPROVING:
            return [*found.values()][::-1] or [decision]
        found.setdefault(decision.actor, decision)
    return [*found.values()][::-1]


@dataclass(frozen=True)
class _Telling:
    """What events of a kind are about, and what a story makes of one."""

    about: type[Model]
    tell: Callable[[_Story, Happened], None]


_TELLING = {
    PUBLISHED: _Telling(Policy, _Story.publish),
    "registry.model.registered": _Telling(AIModel, _Story.register),
    "registry.model.imported": _Telling(AIModel, _Story.register),
    "registry.model.assessed": _Telling(AIModel, _Story.assess),
    "approvals.assessment.confirmed": _Telling(AIModel, _Story.assess),
    "approvals.review.opened": _Telling(ModelVersion, _Story.open),
    "approvals.review.approved": _Telling(ModelVersion, _Story.decide),
    "approvals.review.changes_requested": _Telling(ModelVersion, _Story.decide),
    "approvals.review.rejected": _Telling(ModelVersion, _Story.decide),
    "approvals.review.withdrawn": _Telling(ModelVersion, _Story.withdraw),
    "approvals.review.suspended": _Telling(ModelVersion, _Story.stop),
    "approvals.review.reinstated": _Telling(ModelVersion, _Story.reinstate),
    REVOKED: _Telling(ModelVersion, _Story.revoke),
    "approvals.condition.fulfilled": _Telling(ModelVersion, _Story.keep),
    "approvals.deployment.recorded": _Telling(ModelVersion, _Story.deploy),
    "approvals.deployment.ended": _Telling(ModelVersion, _Story.end),
    "approvals.version.retired": _Telling(ModelVersion, _Story.retire),
}
KINDS = tuple(_TELLING)
