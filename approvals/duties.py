"""What waits for one person: decisions, reviews handed back to them, use cases, waivers, policies and lower tiers to
decide, conditions they owe, comments they are mentioned in, performance reviews that are due.

Two statements at most to count it, which every page does, one for somebody who decides nothing; one more to show what
is to decide. That is so however much there is: every kind is cut after `MOST`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from approvals import rights
from approvals.actions.performance_reviews import CLOSE
from approvals.facts import ApprovalFacts, StageFact
from approvals.facts.loading import JSONRows, identity, moment, nested
from approvals.models import Check, Comment, CommentMention, Condition, Decision, PerformanceReview, PolicyDraft, Waiver
from approvals.rights import Right
from approvals.waiting import asked_again, handed_back_to, longest_waiting, teams_asking
from approvals.workflow import CONFIRM, GRANT, PUBLISH
from registry.lifecycle import use_case_verb
from registry.models import Person, RiskAssessment, Team, UseCase

MOST = 20
MOST_KEPT = 256
DECIDE_USE_CASE = use_case_verb("approve").permission


@dataclass(frozen=True)
class DecisionDuty:
    """One stage of one review."""

    facts: ApprovalFacts
    stage: StageFact

    @property
    def asked_at(self) -> datetime.datetime:
        return self.facts.open_review.submitted_at


@dataclass(frozen=True)
class HandedBackDuty:
    """A review in which changes were requested, by whom and in which stage."""

    review: int
    version: str
    stage: str
    by: str
    at: datetime.datetime


@dataclass(frozen=True)
class UseCaseDuty:
    slug: str
    title: str
    proposed_by: str
    proposed_at: datetime.datetime


@dataclass(frozen=True)
class ConditionDuty:
    id: int
    text: str
    version: str
    due_on: datetime.date
    consequence: str


@dataclass(frozen=True)
class WaiverDuty:
    id: int
    check: str
    version: str
    asked_by: str
    asked_at: datetime.datetime


@dataclass(frozen=True)
class MentionDuty:
    """A comment that calls this person, in a thread that is open and that they have not answered since."""

    review: int
    comment: int
    version: str
    by: str
    at: datetime.datetime


@dataclass(frozen=True)
class PolicyDuty:
    id: int
    tier: str
    proposed_by: str
    proposed_at: datetime.datetime


@dataclass(frozen=True)
class LoweringDuty:
    """A tier that somebody wants to lower."""

    id: int
    model: str
    tier: str
    proposed_by: str
    proposed_at: datetime.datetime


@dataclass(frozen=True)
class PerformanceReviewDuty:
    id: int
    version: str
    period: datetime.date


@dataclass(frozen=True)
class Duties:
    """Longest waiting first in every list. `decided` are the person's tiers by stage, `waiting` the stages to decide as
    the index names them, which is enough to count them."""

    person: Person
    decided: dict[str, dict[int, Right]] = field(default_factory=dict)
    waiting: list[tuple[int, str]] = field(default_factory=list)
    handed_back: list[HandedBackDuty] = field(default_factory=list)
    use_cases: list[UseCaseDuty] = field(default_factory=list)
    waivers: list[WaiverDuty] = field(default_factory=list)
    policies: list[PolicyDuty] = field(default_factory=list)
    lowerings: list[LoweringDuty] = field(default_factory=list)
    conditions: list[ConditionDuty] = field(default_factory=list)
    mentions: list[MentionDuty] = field(default_factory=list)
    performance_reviews: list[PerformanceReviewDuty] = field(default_factory=list)
    are_cut: bool = False

    @cached_property
    def decisions(self) -> list[DecisionDuty]:
        """Read when they are shown, which costs a statement and the facts of each."""
        found = asked_again(self.waiting, self.person, self.decided) if self.waiting else []
        return [DecisionDuty(facts, stage) for facts, stage in found]

    @property
    def count(self) -> int:
        kinds = (
            self.waiting,
            self.handed_back,
            self.use_cases,
            self.waivers,
            self.policies,
            self.lowerings,
            self.conditions,
            self.mentions,
            self.performance_reviews,
        )
        return sum(map(len, kinds))

    @property
    def counted(self) -> str:
        """For a badge: “3”, “20+” when there is more than was counted, nothing for none."""
        return f"{self.count}+" if self.count and self.are_cut else str(self.count or "")


def of(person: Person) -> Duties:
    asked = frozenset(name for name, (permission, _) in OF_A_RIGHT.items() if person.has_perm(permission))
    lists_of = _lists(asked, teams_asking(person), _teams_served(person))
    rows = lists_of.get(pk=person.pk)
    decided, me = rights.by_name(rows["held"]), str(person.identity)
    lists = {
        "waiting": longest_waiting(person, decided, MOST + 1) if decided else [],
        "handed_back": [_handed_back(row) for row in rows["handed_back"]],
        "use_cases": [_use_case(row) for row in rows.get("use_cases_asked", ())],
        "waivers": [_waiver(row) for row in rows.get("waivers_asked", ())],
        "policies": [_policy(row) for row in rows.get("policies_asked", ()) if me not in nested(row["authors"])],
        "lowerings": [_lowering(row) for row in rows.get("lowerings_asked", ())],
        "conditions": [_condition(row) for row in rows["owed"]],
        "mentions": [_mention(row) for row in rows["mentioned"]],
        "performance_reviews": [_performance_review(row) for row in rows["due"]],
    }
    return Duties(
        person,
        decided=decided,
        are_cut=any(len(each) > MOST for each in lists.values()),
        **{kind: each[:MOST] for kind, each in lists.items()},
    )


def _teams_served(person: Person) -> frozenset[int]:
    """The teams whose performance reviews this person closes."""
    return frozenset(team for team in person.standing.teams if person.has_perm(CLOSE, Team(pk=team)))


@lru_cache(maxsize=MOST_KEPT)
def _lists(asked: frozenset[str], asking: frozenset[int] | None, teams: frozenset[int]) -> QuerySet[Person]:
    """Every list beside each person, of those in `OF_A_RIGHT` the `asked`. The same for the same, so that the query is
    put together once."""
    lists = {
        "held": rights.rows(),
        "handed_back": _handed_back_rows(asking),
        "owed": _condition_rows(),
        "mentioned": _mention_rows(),
        "due": _performance_review_rows(teams),
    }
    return Person.objects.values(**lists | {f"{name}_asked": OF_A_RIGHT[name][1]() for name in sorted(asked)})


def _handed_back_rows(asking: frozenset[int] | None) -> JSONRows:
    requests = Decision.objects.filter(review=OuterRef("pk"), outcome=Decision.Outcome.CHANGES_REQUESTED)
    newest = requests.order_by("-pk")
    found = handed_back_to(OuterRef("pk"), asking).annotate(
        stage=Subquery(newest.values("stage")[:1]),
        by=Subquery(newest.values("decided_by__name")[:1]),
        at=Subquery(newest.values("decided_at")[:1]),
    )
    return JSONRows(
        found.order_by("at", "pk")[: MOST + 1],
        review=F("pk"),
        model=F("version__model__name"),
        number=F("version__number"),
        stage=F("stage"),
        by=F("by"),
        at=F("at"),
    )


def waiting_use_cases() -> QuerySet[UseCase]:
    return UseCase.objects.filter(status=UseCase.Status.PROPOSED)


def _use_case_rows() -> JSONRows:
    proposed = waiting_use_cases().annotate(proposer=identity("proposed_by"))
    waiting = proposed.exclude(proposer=Coalesce(OuterRef("same_as"), OuterRef("pk")))
    return JSONRows(
        waiting.order_by("proposed_at", "pk")[: MOST + 1],
        slug=F("slug"),
        title=F("title"),
        proposed_by=F("proposed_by__name"),
        proposed_at=F("proposed_at"),
    )


def _waiver_rows() -> JSONRows:
    """Those that this person may decide about, but for what they have to do with the version."""
    asked = Waiver.objects.filter(status=Waiver.Status.ASKED).annotate(asker=identity("asked_by"))
    waiting = asked.exclude(asker=Coalesce(OuterRef("same_as"), OuterRef("pk"))).filter(version__retirement=None)
    return JSONRows(
        waiting.order_by("asked_at", "pk")[: MOST + 1],
        id=F("pk"),
        check=F("check_name"),
        model=F("version__model__name"),
        number=F("version__number"),
        asked_by=F("asked_by__name"),
        asked_at=F("asked_at"),
    )


def _policy_rows() -> JSONRows:
    """Proposed drafts, but for those that this person wrote in."""
    proposed = PolicyDraft.objects.filter(status=PolicyDraft.Status.PROPOSED)
    return JSONRows(
        proposed.order_by("proposed_at", "pk")[: MOST + 1],
        id=F("pk"),
        tier=F("tier__name"),
        authors=F("authors"),
        proposed_by=F("proposed_by__name"),
        proposed_at=F("proposed_at"),
    )


def _lowering_rows() -> JSONRows:
    """Proposals to lower a tier, but for the person's own and those of their models."""
    me = Coalesce(OuterRef("same_as"), OuterRef("pk"))
    proposed = RiskAssessment.objects.proposed().annotate(
        proposer=identity("assessed_by"), owner=identity("model__owner")
    )
    return JSONRows(
        proposed.exclude(proposer=me).exclude(owner=me).order_by("assessed_at", "pk")[: MOST + 1],
        id=F("pk"),
        model_name=F("model__name"),
        tier=F("tier__name"),
        proposed_by=F("assessed_by__name"),
        proposed_at=F("assessed_at"),
    )


def _condition_rows() -> JSONRows:
    """Promises about a version that still counts: not retired, and not made in a review that was taken back."""
    owed = Condition.objects.open().counting()
    owed = owed.filter(owner=OuterRef("pk"), decision__review__version__retirement=None)
    return JSONRows(
        owed.order_by("due_on", "pk")[: MOST + 1],
        id=F("pk"),
        text=F("text"),
        model=F("decision__review__version__model__name"),
        number=F("decision__review__version__number"),
        due_on=F("due_on"),
        consequence=F("consequence"),
    )


def _mention_rows() -> JSONRows:
    """One a thread, that of the newest comment which calls them."""
    thread = Coalesce("comment__answers", "comment")
    said = Comment.objects.filter(written_by=OuterRef("person"), pk__gt=OuterRef("comment"))
    newer = CommentMention.objects.annotate(thread=thread).filter(
        person=OuterRef("person"), thread=OuterRef("thread"), pk__gt=OuterRef("pk")
    )
    waiting = (
        CommentMention.objects.filter(person=OuterRef("pk"))
        .annotate(thread=thread, resolved_at=Coalesce("comment__answers__resolved_at", "comment__resolved_at"))
        .filter(~Exists(said.filter(answers=OuterRef("thread"))), ~Exists(newer), resolved_at=None)
    )
    return JSONRows(
        waiting.order_by("pk")[: MOST + 1],
        review=F("comment__review"),
        comment=F("comment"),
        model=F("comment__review__version__model__name"),
        number=F("comment__review__version__number"),
        by=F("comment__written_by__name"),
        at=F("comment__written_at"),
    )


def _performance_review_rows(teams: frozenset[int]) -> JSONRows:
    due = PerformanceReview.objects.open().of_teams(teams)
    return JSONRows(
        due.order_by("period", "pk")[: MOST + 1],
        id=F("pk"),
        model_name=F("model__name"),
        number=F("version__number"),
        period=F("period"),
    )


def _handed_back(row: dict[str, Any]) -> HandedBackDuty:
    version = f"{row['model']} v{row['number']}"
    return HandedBackDuty(row["review"], version, row["stage"], row["by"], moment(row["at"]))


def _use_case(row: dict[str, Any]) -> UseCaseDuty:
    return UseCaseDuty(**row | {"proposed_at": moment(row["proposed_at"])})


def _waiver(row: dict[str, Any]) -> WaiverDuty:
    version, label = f"{row['model']} v{row['number']}", Check(row["check"]).label
    return WaiverDuty(row["id"], label, version, row["asked_by"], moment(row["asked_at"]))


def _policy(row: dict[str, Any]) -> PolicyDuty:
    return PolicyDuty(row["id"], row["tier"], row["proposed_by"], moment(row["proposed_at"]))


def _lowering(row: dict[str, Any]) -> LoweringDuty:
    return LoweringDuty(row["id"], row["model_name"], row["tier"], row["proposed_by"], moment(row["proposed_at"]))


def _condition(row: dict[str, Any]) -> ConditionDuty:
    due_on = datetime.date.fromisoformat(row["due_on"])
    return ConditionDuty(row["id"], row["text"], f"{row['model']} v{row['number']}", due_on, row["consequence"])


def _mention(row: dict[str, Any]) -> MentionDuty:
    version = f"{row['model']} v{row['number']}"
    return MentionDuty(row["review"], row["comment"], version, row["by"], moment(row["at"]))


def _performance_review(row: dict[str, Any]) -> PerformanceReviewDuty:
    period = datetime.date.fromisoformat(row["period"])
    return PerformanceReviewDuty(row["id"], f"{row['model_name']} v{row['number']}", period)


#: What waits for whoever holds a right everywhere: the right, and the rows.
OF_A_RIGHT = {
    "use_cases": (DECIDE_USE_CASE, _use_case_rows),
    "waivers": (GRANT, _waiver_rows),
    "policies": (PUBLISH, _policy_rows),
    "lowerings": (CONFIRM, _lowering_rows),
}
