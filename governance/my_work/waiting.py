"""What waits for a person, as rows of one queue: what presses first, then what has time."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from approvals import threads
from approvals.duties import (
    ConditionDuty,
    DecisionDuty,
    Duties,
    HandedBackDuty,
    LoweringDuty,
    MentionDuty,
    PerformanceReviewDuty,
    PolicyDuty,
    UseCaseDuty,
    WaiverDuty,
)
from approvals.models import Condition, Stage
from approvals.presenting import due_words
from governance.looks.times import when_text
from registry import days, rules
from registry.models import Environment, ModelVersion, RiskTier
from registry.models.catalog import next_environment

Consequence = Condition.Consequence
#: States of what is promised for a day.
OPEN, DUE_TODAY, OVERDUE = "open", "today", "overdue"


@dataclass(frozen=True)
class Row:
    """`since` is from when it waits; `due` the day it is promised for, which decides `state`."""

    title: str
    sub: str
    url: str
    button: str
    holds_up: str = ""
    tier: RiskTier | None = None
    since: datetime.datetime | None = None
    due: datetime.date | None = None
    state: str = ""

    @property
    def is_pressing(self) -> bool:
        """Not so for a promise whose day is still to come: what it asks may not even have happened yet."""
        return self.state != OPEN


def rows(duties: Duties) -> list[Row]:
    found = [
        *map(_decision, duties.decisions),
        *map(_handed_back, duties.handed_back),
        *map(_use_case, duties.use_cases),
        *map(_waiver, duties.waivers),
        *map(_policy, duties.policies),
        *map(_mention, duties.mentions),
        *map(_lowering, duties.lowerings),
        *map(_condition, duties.conditions),
        *map(_performance_review, duties.performance_reviews),
    ]
    return sorted(found, key=lambda row: not row.is_pressing)


def lead(duties: Duties, ready: int = 0) -> str:
    """What there is to do in a sentence; `ready` are versions that the person may deploy."""
    today = f"{timezone.localdate():%A %-d %B}."
    kinds = [
        _counted(len(duties.decisions), "decision"),
        _counted(len(duties.handed_back), "request", " for changes"),
        _counted(len(duties.use_cases), "use case"),
        _counted(len(duties.waivers), "waiver"),
        _counted(len(duties.policies), "change of a policy", plural="changes of policies"),
        _counted(len(duties.mentions), "comment"),
        _counted(len(duties.lowerings), "lower tier"),
        _counted(len(duties.conditions), "condition"),
        _counted(len(duties.performance_reviews), "performance review"),
    ]
    found = [words for words in kinds if words]
    deploying = f"{_counted(ready, 'version')} {'is' if ready == 1 else 'are'} ready to deploy" if ready else ""
    if not found:
        return f"{today} {deploying or 'Nothing waits for you'}."
    listed = " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
    waits = f"{listed} {'waits' if duties.count == 1 else 'wait'} for you"
    return f"{today} {waits}, and {deploying}." if deploying else f"{today} {waits}."


def _counted(count: int, noun: str, rest: str = "", plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}{rest}" if count else ""


def _decision(duty: DecisionDuty) -> Row:
    review, version = duty.facts.open_review, duty.facts.version
    due = due_words(duty.facts, duty.stage)
    return Row(
        title=f"{duty.stage.stage.label} review of {version}",
        sub=f"Asked by {review.requested_by.name}{f'; {due}' if due else ''}",
        url=reverse("approvals:review_detail", args=[review.id]),
        button="Review",
        holds_up=_held_up(duty.stage.stage, version),
        tier=version.model.tier,
        since=duty.asked_at,
    )


def _held_up(stage: str, version: ModelVersion) -> str:
    """Staging waits for the technical approval only; production for all."""
    environment = next_environment(version.status)
    if environment is None:
        return "Nothing: it is in production"
    return environment.label if stage == Stage.TECHNICAL else Environment.PRODUCTION.label


def _handed_back(duty: HandedBackDuty) -> Row:
    return Row(
        title=f"Changes requested: {duty.version}",
        sub=f"{duty.by} asked for them in the {Stage(duty.stage).words} review",
        url=reverse("approvals:review_detail", args=[duty.review]),
        button="Answer",
        holds_up="The rest of its review",
        since=duty.at,
    )


def _use_case(duty: UseCaseDuty) -> Row:
    return Row(
        title=f"Use case: {duty.title}",
        sub=f"Proposed by {duty.proposed_by}",
        url=reverse("registry:use_case_detail", args=[duty.slug]),
        button="Decide",
        holds_up="Business review of its models",
        since=duty.proposed_at,
    )


def _waiver(duty: WaiverDuty) -> Row:
    return Row(
        title=f"Waiver for {duty.version}",
        sub=f"{duty.asked_by} asks to let it pass: {duty.check.lower()}",
        url=reverse("approvals:waiver_detail", args=[duty.id]),
        button="Decide",
        holds_up="Its deployment",
        since=duty.asked_at,
    )


def _policy(duty: PolicyDuty) -> Row:
    return Row(
        title=f"Change of the policy for {duty.tier.lower()}",
        sub=f"{duty.proposed_by} proposes to publish it",
        url=reverse("approvals:policy_draft_detail", args=[duty.id]),
        button="Read it",
        since=duty.proposed_at,
    )


def _mention(duty: MentionDuty) -> Row:
    return Row(
        title=f"You are mentioned: {duty.version}",
        sub=f"{duty.by} mentions you in a comment on its review",
        url=threads.address(duty.review, duty.comment),
        button="Answer",
        since=duty.at,
    )


def _lowering(duty: LoweringDuty) -> Row:
    opens = when_text(rules.opens_at(duty.proposed_at))
    return Row(
        title=f"Lower risk tier for {duty.model}",
        sub=f"{duty.proposed_by} proposes {duty.tier.lower()}; the tier can be lowered from {opens} on",
        url=reverse("approvals:assessment_detail", args=[duty.id]),
        button="Decide",
        since=duty.proposed_at,
    )


def _condition(duty: ConditionDuty) -> Row:
    state = _state_of(duty.due_on)
    return Row(
        title=f"Condition: {duty.text}",
        sub=f"Promised with an approval of {duty.version}",
        url=reverse("approvals:condition_fulfil", args=[duty.id]),
        button="Fulfil",
        holds_up="Every deployment of this version" if _holds_up(duty, state) else "",
        due=duty.due_on,
        state=state,
    )


def _holds_up(duty: ConditionDuty, state: str) -> bool:
    return duty.consequence == Consequence.BLOCK or (duty.consequence == Consequence.LATE and state == OVERDUE)


def _state_of(due_on: datetime.date) -> str:
    today = days.today()
    return OVERDUE if due_on < today else DUE_TODAY if due_on == today else OPEN


def _performance_review(duty: PerformanceReviewDuty) -> Row:
    return Row(
        title=f"Performance review of {duty.version}",
        sub="It runs in production",
        url=reverse("approvals:performance_review_close", args=[duty.id]),
        button="Look at it",
        due=duty.period,
        state="due",
    )
