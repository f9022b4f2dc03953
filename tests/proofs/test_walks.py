"""Walks through the workflow that hypothesis chooses: what the portal lets through, what it refuses and what it says
afterwards is at each step what a picture of it on paper says (tests/proofs/walked.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from approvals.actions import reviews, stops
from approvals.models import Review
from registry.actions import people
from registry.models import ModelVersion, Part, Person
from tests import builders, policies
from tests.builders import Cast
from tests.proofs.test_whole_logs import restore
from tests.proofs.test_workflow import approvals_are_not_asked, own_work_is_fine, refused_by_people, turns_are_nobodys
from tests.proofs.walked import Stage, Walked
from tests.snapshots import Baseline

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]

WALKS, STEPS = 12, 40
DECIDERS = {
    "technical": frozenset({"technical", "second-technical", "colleague"}),
    "business": frozenset({"business"}),
    "compliance": frozenset({"compliance"}),
    "deployment": frozenset({"release"}),
}
ASKING = st.sampled_from(["author", "author", "colleague", "technical"])
STOPPERS = st.sampled_from(["compliance", "release", "author"])
DECIDING = st.sampled_from(sorted({"author", *(name for names in DECIDERS.values() for name in names)}))
OUTCOMES = st.sampled_from(["approved"] * 8 + ["changes_requested", "rejected"])
SAYING = {"approved": reviews.approve, "changes_requested": reviews.request_changes, "rejected": reviews.reject}
STOPPING = {"suspend": stops.suspend, "reinstate": stops.reinstate, "revoke": stops.revoke}


class Walk(RuleBasedStateMachine):
    """`ground` is what stood in the database before the walk, and `version` the key of what it is about."""

    ground: Baseline
    version: int
    cast: Cast

    @initialize()
    def begin(self) -> None:
        restore(self.ground)
        policy = policies.terms_of("high")
        stages = {
            str(each.stage): Stage(each.position, each.quorum, frozenset(map(str, each.rests_on)))
            for each in policy.stages
        }
        asking, stopping = frozenset({"author", "colleague"}), frozenset({"compliance", "release"})
        self.paper = Walked(stages, DECIDERS, asking, stopping, party={"author"})
        self.ask("author")

    @rule(by=ASKING)
    def ask(self, by: str) -> None:
        if self.agree(self.paper.may_ask(by), reviews.ask, version=self.now(), message="So.", by=person(by)):
            self.paper.ask(by)

    @precondition(lambda self: self.paper.reviews)
    @rule(by=ASKING)
    def submit(self, by: str) -> None:
        if self.agree(self.paper.may_submit(by), reviews.submit, review=self.review(), unchanged=True, by=person(by)):
            self.paper.submit(by)

    @precondition(lambda self: self.paper.reviews)
    @rule(by=ASKING, is_meant=st.sampled_from([False] * 5 + [True]))
    def withdraw(self, by: str, is_meant: bool) -> None:
        if is_meant and self.agree(self.paper.may_withdraw(by), reviews.withdraw, review=self.review(), by=person(by)):
            self.paper.withdraw()

    @precondition(lambda self: self.paper.reviews)
    @rule(by=DECIDING, stage=st.sampled_from(sorted(DECIDERS)), outcome=OUTCOMES)
    def decide(self, by: str, stage: str, outcome: str) -> None:
        given = {"review": self.review(), "stage": stage, "rationale": "Seen.", "by": person(by)}
        if self.agree(self.paper.may_decide(by, stage, outcome), SAYING[outcome], **given):
            self.paper.decide(by, stage, outcome)

    @precondition(lambda self: self.paper.newest == "in_review")
    @rule(outcome=OUTCOMES, data=st.data())
    def decide_what_is_next(self, outcome: str, data: st.DataObject) -> None:
        """So that walks come far."""
        open_to = [
            (by, stage)
            for stage, names in DECIDERS.items()
            for by in sorted(names)
            if self.paper.may_decide(by, stage, outcome)
        ]
        if open_to:
            by, stage = data.draw(st.sampled_from(open_to))
            self.decide(by, stage, outcome)

    @precondition(lambda self: {"approved", "suspended"} & {*self.paper.reviews})
    @rule(
        verb=st.sampled_from(sorted(STOPPING)), by=st.sampled_from(["compliance", "release", "author"]), data=st.data()
    )
    def stop(self, verb: str, by: str, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.paper.reviews) - 1))
        given = {"review": self.review(number), "reason": "A complaint.", "by": person(by)}
        if self.agree(self.paper.may_stop(number, verb, by), STOPPING[verb], **given):
            self.paper.stop(number, verb)

    @precondition(lambda self: self.paper.said)
    @rule(part=st.sampled_from([Part.CARD, Part.RELEASE_PLAN, Part.EVALUATIONS]))
    def change(self, part: str) -> None:
        version, text = self.now(), f"Written {self.paper.parts.total()} times."
        if part == Part.CARD:
            builders.write_card(self.cast, version, version.card.revision, overview=text)
        elif part == Part.RELEASE_PLAN:
            builders.write_release_plan(self.cast, version, version.release_plan.revision, steps=text)
        else:
            builders.attach_evaluation(self.cast, version, by=self.cast.colleague)
        self.paper.change(str(part), "colleague" if part == Part.EVALUATIONS else "author")

    @invariant()
    def the_portal_says_what_the_paper_says(self) -> None:
        kept = Review.objects.filter(version=self.version).order_by("pk").values_list("status", flat=True)
        assert list(kept) == self.paper.reviews
        for environment in ("staging", "production"):
            assert refused_by_people(self.version, environment) == self.paper.refused(environment), environment

    def agree(self, may: bool, act: Callable[..., Any], **given: Any) -> bool:
        """Does it, and holds the answer against that of the paper."""
        try:
            act(**given)
        except (ValidationError, PermissionDenied) as refusal:
            assert not may, refusal
        else:
            assert may, f"{act.__name__} was let through"
        return may

    def now(self) -> ModelVersion:
        return ModelVersion.objects.select_related("model").get(pk=self.version)

    def review(self, number: int = -1) -> Review:
        found = Review.objects.filter(version=self.version).select_related("version__model__tier").order_by("pk")
        return list(found)[number]


def person(name: str) -> Person:
    return Person.objects.get(username=name)


@pytest.fixture
def ground() -> None:
    """A version of high risk, whose technical stage takes two people."""
    cast = builders.build_cast()
    builders.build_person("second-technical", "technical-reviewer")
    people.grant_role(person=cast.colleague, role="technical-reviewer", decides="technical", by=cast.admin)
    first, *others = policies.terms_of("high").stages
    policies.published(cast, "high", stages=(replace(first, quorum=2), *others))
    Walk.cast, Walk.version = cast, builders.ready_version(cast, "high").pk
    Walk.ground = Baseline.now()


def walk(number: int, **options: Any) -> None:
    given = {"max_examples": WALKS, "stateful_step_count": STEPS, "deadline": None, "database": None} | options
    run_state_machine_as_test(seed(number)(Walk), settings=settings(suppress_health_check=list(HealthCheck), **given))


def test_every_step_is_as_on_paper(ground: None, seeds: Iterator[int]) -> None:
    for number in seeds:
        walk(number)


@pytest.mark.parametrize("broken", [own_work_is_fine, turns_are_nobodys, approvals_are_not_asked])
def test_a_rule_that_is_missing_is_walked_into(
    ground: None, broken: Callable[..., None], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    broken(monkeypatch, settings)
    Walk.ground = Baseline.now()
    with pytest.raises(AssertionError):
        walk(0, max_examples=10, phases=[Phase.generate])
