"""Eight people at work at once, at random, on the same few models: afterwards the ledger is done again event by event,
and nothing may have been let through that a plain statement of the rules refuses (tests/proofs/replay.py)."""

from __future__ import annotations

import datetime
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import connection

from approvals import facts as version_facts
from approvals import gates
from approvals.actions import deployments, policies, reviews, stops, waivers
from approvals.facts import StageFact, person_named
from approvals.facts.loading import policy_fact
from approvals.models import PolicyDraft, Review, Stage, Waiver
from approvals.rules import versions as rules
from audit import tree, verify
from governance.roles import BY_SLUG
from registry import days
from registry.actions import people
from registry.models import Deployment, Environment, ModelVersion, Part, Person, RiskTier
from tests import builders
from tests.approvals.test_awaited import by_the_rules, index
from tests.builders import Cast
from tests.policies import seen, wanted
from tests.proofs.replay import Replay
from tests.proofs.test_whole_logs import restore
from tests.snapshots import Baseline

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]

WRITERS = 8
OPERATIONS = int(os.environ.get("GATEHOUSE_OPERATIONS", "240"))
TIERS = ("low", "medium", "high")
DECIDERS = ("technical", "business", "compliance", "release", "second-technical", "second-business", "author")
#: How often somebody does what is asked next, and is who decides it.
LEANING = 0.8
NAMING_NOBODY = 0.8
#: Chance may need several: what is broken is met in about one of three.
MOST_TRIES = 20
#: What people are told no with; whatever else is raised is a fault.
REFUSALS = (ValidationError, PermissionDenied, ObjectDoesNotExist)
Act = Callable[["Writer"], Any]


class Writer:
    """One of those at work, who does what chance says."""

    def __init__(self, cast: Cast, versions: list[int], random: Random) -> None:
        self.cast, self.random = cast, random
        self._versions = versions
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []

    def work(self, operations: int) -> None:
        for _ in range(operations):
            name = self.random.choices(list(ACTS), [weight for weight, _ in ACTS.values()])[0]
            try:
                ACTS[name][1](self)
                self.done[name] += 1
            except REFUSALS:
                self.done[f"{name}, refused"] += 1
            except Exception as fault:
                self.faults.append(f"{name}: {fault!r}")

    def version(self) -> ModelVersion:
        return ModelVersion.objects.select_related("model").get(pk=self.random.choice(self._versions))

    def person(self, *names: str) -> Person:
        return Person.objects.get(username=self.random.choice(names))

    def review(self, **wanted: Any) -> Review:
        found = Review.objects.filter(version__in=self._versions, **wanted).select_related("version__model__tier")
        return self._one_of(list(found.order_by("-pk")[:12]))

    def waiver(self) -> Waiver:
        return self._one_of(list(Waiver.objects.open().select_related("version__model")))

    def deployment(self) -> Deployment:
        return self._one_of(list(Deployment.objects.filter(ended_at=None).select_related("version__model")))

    def _one_of(self, rows: list[Any]) -> Any:
        if not rows:
            raise ObjectDoesNotExist
        return self.random.choice(rows)


def ask(writer: Writer) -> None:
    reviews.ask(version=writer.version(), message="So.", by=writer.person("author", "colleague"))


def submit(writer: Writer) -> None:
    review = writer.review(status=Review.Status.CHANGES_REQUESTED)
    reviews.submit(review=review, unchanged=True, by=writer.person("author", "colleague"))


def decide(writer: Writer) -> None:
    """Whoever it is, in whatever stage, with a leaning towards yes and towards what is asked next."""
    act = writer.random.choices([reviews.approve, reviews.request_changes, reviews.reject], [8, 1, 1])[0]
    review, stage = writer.review(status=Review.Status.IN_REVIEW), writer.random.choice(Stage.KNOWN)
    waiting = [awaited.stage for awaited in review.awaited.all()]
    if waiting and writer.random.random() < LEANING:
        stage = writer.random.choice(waiting)
    right = [name for name in DECIDERS if builders.ROLE_OF_STAGE[stage] in name or name == "author"]
    names = right if writer.random.random() < LEANING else DECIDERS
    act(review=review, stage=stage, rationale="Seen.", by=writer.person(*names))


def withdraw(writer: Writer) -> None:
    reviews.withdraw(review=writer.review(status=Review.Status.IN_REVIEW), by=writer.person("author", "colleague"))


def stop(writer: Writer) -> None:
    act = writer.random.choices([stops.suspend, stops.reinstate, stops.revoke], [2, 3, 1])[0]
    wanted = {"status__in": ["approved", "suspended"]} if writer.random.random() < LEANING else {}
    act(review=writer.review(**wanted), reason="A complaint.", by=writer.person("compliance", "release"))


def write_card(writer: Writer) -> None:
    version = writer.version()
    builders.write_card(writer.cast, version, version.card.revision, overview=f"What it does, {writer.random.random()}")


def write_plan(writer: Writer) -> None:
    """With or without what there is to waive."""
    version = writer.version()
    address = writer.random.choice(["", "https://monitoring.example.org/d/1"])
    builders.write_release_plan(writer.cast, version, version.release_plan.revision, monitoring_url=address)


def evaluate(writer: Writer) -> None:
    by = writer.person("author", "colleague", "pipeline")
    builders.attach_evaluation(writer.cast, writer.version(), writer.random.choice(["staging", "production"]), by=by)


def deploy(writer: Writer) -> None:
    environment = writer.random.choice(Environment.values)
    deployments.record(version=writer.version(), environment=environment, by=writer.person("release", "pipeline"))


def take_out(writer: Writer) -> None:
    deployments.end(deployment=writer.deployment(), reason="Another one.", by=writer.cast.release)


def change_rights(writer: Writer) -> None:
    """Of the second reviewers, and of the author, who shall never decide their own."""
    name = writer.random.choice(["second-technical", "second-business", "author"])
    role = writer.random.choice(["technical-reviewer", "business-reviewer"])
    given = {"person": writer.person(name), "role": role, "decides": BY_SLUG[role].decides}
    act = writer.random.choice([people.grant_role, people.revoke_role, people.confirm_role])
    act(**given, by=writer.person("admin", "second-admin"))


def publish(writer: Writer) -> None:
    """Another quorum, a stage that rests on something else, or that certain people decide."""
    tier = RiskTier.objects.get(slug=writer.random.choice(TIERS))
    draft = policies.draft(tier=tier, by=writer.cast.admin)
    try:
        given = seen(draft)
        changed = wanted(draft, stages=tuple(_shaken(writer.random, draft)))
        draft = policies.revise(draft=draft, wanted=changed, reason="Anew.", seen=given, by=writer.cast.admin)
        draft = policies.propose(draft=draft, seen=seen(draft), by=writer.cast.admin)
        policies.publish(draft=draft, reason="Fine.", seen=seen(draft), by=writer.cast.compliance)
    except ValidationError:
        policies.discard(draft=PolicyDraft.objects.get(pk=draft.pk), by=writer.cast.admin)
        raise


def _shaken(random: Random, draft: PolicyDraft) -> Iterator[StageFact]:
    for stage in policy_fact(draft.based_on).stages:
        further = random.choice([Part.CARD, Part.EVALUATIONS, Part.RELEASE_PLAN])
        quorum = random.choices([1, 2], [5, 1])[0] if stage.stage in ("technical", "business") else 1
        rests_on = tuple(dict.fromkeys((*stage.rests_on[:3], further)))
        yield replace(
            stage, quorum=quorum, rests_on=rests_on, deciders=_named(random, stage.stage) if quorum == 1 else ()
        )


def _named(random: Random, stage: str) -> tuple[tuple[str, str], ...]:
    """Nobody, or one of the two who can decide it."""
    if stage not in ("technical", "business") or random.random() < NAMING_NOBODY:
        return ()
    return (("", person_named(Person.objects.get(username=random.choice([stage, f"second-{stage}"])).pk)),)


def waive(writer: Writer) -> None:
    if writer.random.random() < 0.5:
        asked = {"check": "monitoring", "environment": "production", "reason": "Late.", "ends_on": in_days(3)}
        waivers.ask(version=writer.version(), by=writer.cast.author, **asked)
    else:
        act = writer.random.choice([waivers.grant, waivers.decline, waivers.end])
        act(waiver=writer.waiver(), reason="As said.", by=writer.person("compliance", "release", "author"))


def in_days(number: int) -> datetime.date:
    return days.today() + datetime.timedelta(days=number)


#: How often each is done, beside the others.
ACTS: dict[str, tuple[int, Act]] = {
    "ask": (12, ask),
    "submit": (5, submit),
    "decide": (45, decide),
    "withdraw": (2, withdraw),
    "stop": (3, stop),
    "write card": (4, write_card),
    "write plan": (4, write_plan),
    "evaluate": (4, evaluate),
    "deploy": (16, deploy),
    "take out": (3, take_out),
    "change rights": (4, change_rights),
    "publish": (2, publish),
    "waive": (4, waive),
}


def stage_is_set() -> tuple[Cast, list[int]]:
    cast = builders.build_cast()
    for name, role in (
        ("second-technical", "technical-reviewer"),
        ("second-business", "business-reviewer"),
        ("second-admin", "admin"),
    ):
        builders.build_person(name, role)
    return cast, [builders.ready_version(cast, tier).pk for tier in TIERS for _ in range(2)]


def at_work(cast: Cast, versions: list[int], seed: int, operations: int) -> list[Writer]:
    writers = [Writer(cast, versions, Random(f"{seed} {number}")) for number in range(WRITERS)]

    def run(writer: Writer) -> None:
        try:
            writer.work(operations // WRITERS)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[writer]) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return writers


def faults_of(writers: list[Writer]) -> list[str]:
    return [fault for writer in writers for fault in writer.faults]


def test_nothing_gets_through_that_done_again_would_be_refused(seeds: Iterator[int]) -> None:
    cast, versions = stage_is_set()
    before, total = Baseline.now(), Counter()
    for seed in seeds:
        restore(before)
        writers = at_work(cast, versions, seed, OPERATIONS)
        total += sum((writer.done for writer in writers), Counter())
        assert faults_of(writers) == [], seed
        tree.integrate()
        replay = Replay()
        assert list(replay.anomalies()) == [], seed
        assert index() == by_the_rules(), seed
        for version in versions:
            for environment in Environment.values:
                assert refused_by_people(version, environment) == replay.reasons(version, environment), (seed, version)
        assert verify.events_whole().fault is None, seed
        assert verify.rows_as_recorded().fault is None, seed
    print(dict(sorted(total.items())))
    assert total["decide"] and total["deploy"] and total["publish"] and total["stop"]


def own_work_is_fine(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    author = Person.objects.get(username="author")
    people.grant_role(person=author, role="technical-reviewer", decides="technical", by=Person.objects.system())
    monkeypatch.setattr(rules, "against_own_work", lambda *_: [])


def turns_are_nobodys(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(rules, "against_deciding_now", lambda *_, **__: [])


def names_are_nobodys(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(rules, "_against_not_named", lambda *_: [])


def approvals_are_not_asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    gates_left = [each for each in settings.DEPLOYMENT_GATES if not each["GATE"].endswith("Approved")]
    settings.DEPLOYMENT_GATES = gates_left


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        (own_work_is_fine, "decided by somebody with a part in it"),
        (turns_are_nobodys, "was approved"),
        (names_are_nobodys, "in place of those who are named"),
        (approvals_are_not_asked, "technical-approval"),
    ],
)
def test_a_rule_that_is_missing_is_found(
    broken: Callable[..., None], found: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    cast, versions = stage_is_set()
    broken(monkeypatch, settings)
    for seed in range(MOST_TRIES):
        at_work(cast, versions, seed, OPERATIONS)
        tree.integrate()
        if any(found in anomaly for anomaly in Replay().anomalies()):
            return
    pytest.fail(f"Nothing was found of what {broken.__name__} lets through.")


def refused_by_people(version: int, environment: str) -> set[str]:
    facts = version_facts.of(ModelVersion.objects.get(pk=version))
    codes = {finding.code for finding in gates.ask(facts, environment).findings}
    stages = {f"{stage}-approval" for stage in Stage.KNOWN}
    return codes & (stages | {"approval-suspended", "approval-revoked", "retired"})
