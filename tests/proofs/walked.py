"""A version's way through reviews as anybody would draw it on paper: no database, and nothing of the portal's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

OPEN = ("in_review", "changes_requested")
OVER = ("approved", "suspended", "revoked")


@dataclass(frozen=True)
class Stage:
    """`rests_on` are the parts of the evidence that it looks at."""

    turn: int
    people: int
    rests_on: frozenset[str]


@dataclass(frozen=True)
class Said:
    """Yes or no, in the review of that number, with each part as it was."""

    review: int
    stage: str
    by: str
    outcome: str
    seen: Mapping[str, int]


@dataclass
class Walked:
    """`deciders` are the names of those who may decide each stage, `asking` those who may ask for review, `stopping`
    those who may stop an approval. `party` has a part in the version."""

    stages: Mapping[str, Stage]
    deciders: Mapping[str, frozenset[str]]
    asking: frozenset[str]
    stopping: frozenset[str]
    party: set[str]
    reviews: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    parts: Counter[str] = field(default_factory=Counter)

    # What may be done

    def may_ask(self, by: str) -> bool:
        return by in self.asking and not self.is_whole() and not {*OPEN, "suspended"} & {*self.reviews}

    def may_submit(self, by: str) -> bool:
        return by in self.asking and self.newest == "changes_requested" and not self.is_whole()

    def may_withdraw(self, by: str) -> bool:
        return by in self.asking and self.newest in OPEN

    def may_decide(self, by: str, stage: str, outcome: str) -> bool:
        if self.newest != "in_review" or by not in self.deciders[stage] - self.party:
            return False
        if not all(self.is_approved(each) for each in self.stages if self.stages[each].turn < self.stages[stage].turn):
            return False
        return outcome != "approved" or not (self.is_approved(stage) or by in self.yes(stage))

    def may_stop(self, number: int, verb: str, by: str) -> bool:
        sources = {"suspend": ("approved",), "reinstate": ("suspended",), "revoke": ("approved", "suspended")}
        own = verb == "reinstate" and by in self.party
        return by in self.stopping and self.reviews[number] in sources[verb] and not own

    # What comes of it

    def ask(self, by: str) -> None:
        self.reviews.append("in_review")
        self.party.add(by)

    def submit(self, by: str) -> None:
        self.reviews[-1] = "in_review"
        self.party.add(by)

    def withdraw(self) -> None:
        self.reviews[-1] = "withdrawn"

    def decide(self, by: str, stage: str, outcome: str) -> None:
        self.said.append(Said(len(self.reviews) - 1, stage, by, outcome, Counter(self.parts)))
        if outcome != "approved":
            self.reviews[-1] = outcome
        elif self.is_whole():
            self.reviews = ["superseded" if each == "approved" else each for each in self.reviews]
            self.reviews[-1] = "approved"

    def stop(self, number: int, verb: str) -> None:
        self.reviews[number] = {"suspend": "suspended", "reinstate": "approved", "revoke": "revoked"}[verb]

    def change(self, part: str, by: str) -> None:
        self.parts[part] += 1
        self.party.add(by)

    # What holds

    @property
    def newest(self) -> str:
        return self.reviews[-1] if self.reviews else ""

    def yes(self, stage: str) -> set[str]:
        """Who approved it, since somebody said no, on what is there now."""
        since: list[Said] = []
        for each in self._counting():
            if each.stage == stage:
                since = [*since, each] if each.outcome == "approved" else []
        newest = {each.by: each for each in since}.values()
        return {each.by for each in newest if all(each.seen[part] == self.parts[part] for part in self._parts(stage))}

    def is_approved(self, stage: str) -> bool:
        return len(self.yes(stage)) >= self.stages[stage].people

    def is_whole(self) -> bool:
        return all(map(self.is_approved, self.stages))

    def refused(self, environment: str) -> set[str]:
        """Why people would not have it there, by the codes of the gate."""
        asked = set(self.stages)
        if environment == "staging":
            asked = {stage for stage in asked if self.stages[stage].turn == 1 or self._was_rejected(stage)}
        found = {f"{stage}-approval" for stage in asked if not self.is_approved(stage)}
        over = [each for each in self.reviews if each in OVER]
        if "suspended" in over:
            found.add("approval-suspended")
        elif over and over[-1] == "revoked":
            found.add("approval-revoked")
        return found

    def _counting(self) -> list[Said]:
        revoked = max((number for number, each in enumerate(self.reviews) if each == "revoked"), default=-1)
        return [each for each in self.said if each.review > revoked and self.reviews[each.review] != "withdrawn"]

    def _parts(self, stage: str) -> frozenset[str]:
        return self.stages[stage].rests_on

    def _was_rejected(self, stage: str) -> bool:
        outcomes = [each.outcome for each in self._counting() if each.stage == stage]
        return outcomes[-1:] == ["rejected"]
