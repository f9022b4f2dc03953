"""Each stage of a review: where it stands, who has to do with it, and what its approval no longer rests on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.utils import timezone

from approvals import deciders
from approvals.facts import ApprovalFacts, DecisionFact, Lapse, StageFact, VersionFacts
from approvals.models import Decision, Review
from approvals.presenting.words import OUTCOME_WORDS, listed
from approvals.rights import Right
from registry import days
from registry.models import Part, Person

SHOWN_NAMES = 2
ONE_MOMENT = datetime.timedelta(seconds=1)


@dataclass(frozen=True)
class StageItem:
    """A stage as the component shows it; stages of one `step` are decided side by side."""

    name: str
    state: str
    detail: str
    step: int


@dataclass(frozen=True)
class Stale:
    """An approval whose evidence changed after it was given."""

    stage: str
    decision: DecisionFact
    parts: tuple[tuple[str, str, datetime.datetime], ...]


def is_newest(facts: VersionFacts, review: Review) -> bool:
    """Whether no later review took its place; drafts thrown away and questions taken back do not count."""
    taken_back = (Review.Status.WITHDRAWN, Review.Status.DISCARDED)
    return not any(each.id > review.pk and each.status not in taken_back for each in facts.reviews)


def is_live(facts: VersionFacts, review: Review) -> bool:
    """Whether what is true of the version now is what this review is about."""
    over = (Review.Status.APPROVED, *Review.STOPPED)
    return review.status in Review.OPEN or (review.status in over and is_newest(facts, review))


def stages(
    facts: VersionFacts,
    review: Review,
    decided: Sequence[Decision],
    holders: Mapping[str, Mapping[Person, Right]],
    reader: Person,
) -> list[StageItem]:
    """Each stage with its state and who has to do with it; of a review that is over, what was decided in it. `holders`
    are `rights.active_holders`."""
    if is_live(facts, review):
        return [_live_stage(facts, review, stage, holders, reader) for stage in facts.stages]
    return [_past_stage(stage, [each for each in decided if each.review_id == review.pk]) for stage in facts.stages]


def _live_stage(
    facts: VersionFacts,
    review: Review,
    stage: StageFact,
    holders: Mapping[str, Mapping[Person, Right]],
    reader: Person,
) -> StageItem:
    decision = facts.latest_decision(stage.stage)
    state, detail = _live_state(facts, review, stage, decision)
    if not detail:
        who = _who_decides(deciders.able(facts, stage, holders), reader)
        due = due_words(facts, stage)
        detail = f"{_so_far(facts, stage)}{who}{f'; {due}' if due else ''}"
    return StageItem(stage.stage.label, state, detail, stage.position)


def _live_state(
    facts: VersionFacts, review: Review, stage: StageFact, decision: DecisionFact | None
) -> tuple[str, str]:
    """State and detail; an empty detail leaves room for who decides."""
    if facts.is_approved(stage.stage):
        return _approved(facts.approvals[stage.stage])
    if lapsed := facts.lapsed(stage.stage):
        return "stale", lapse_words(facts, lapsed[-1])
    if decision and not decision.approves and (decision.review_id, decision.round) == (review.pk, review.round):
        return "refused", _said(decision.by.name, decision)
    if not facts.is_open(stage):
        return "later", f"Opens after {stages_before(facts, stage)}"
    if review.status == Review.Status.IN_REVIEW:
        return "now", ""
    return "later", f"Opens once it is submitted{' again' if review.round else ''}"


def _past_stage(stage: StageFact, decided: Sequence[Decision]) -> StageItem:
    decision = next((each for each in reversed(decided) if each.stage == stage.stage), None)
    label = stage.stage.label
    if decision is None:
        return StageItem(label, "later", "Not decided in this review", stage.position)
    state = _given(decision) if decision.outcome in Decision.APPROVING else "refused"
    return StageItem(label, state, _said(decision.decided_by.name, decision), stage.position)


def _given(decision: Decision | DecisionFact) -> str:
    return "conditions" if decision.outcome == Decision.Outcome.APPROVED_WITH_CONDITIONS else "done"


def _said(name: str, decision: Any) -> str:
    at = getattr(decision, "at", None) or decision.decided_at
    return f"{name} {OUTCOME_WORDS[decision.outcome]}, {_day(at)}"


def _approved(approvals: Sequence[DecisionFact]) -> tuple[str, str]:
    state = next((_given(each) for each in approvals if each.is_conditional), "done")
    return state, "; ".join(_said(each.by.name, each) for each in approvals)


def _so_far(facts: ApprovalFacts, stage: StageFact) -> str:
    """Who has approved a stage that asks for more than one."""
    given = facts.approvals[stage.stage]
    names = listed(each.by.name for each in given)
    return f"{len(given)} of {stage.quorum} approvals: {names}. " if given else ""


def due_words(facts: ApprovalFacts, stage: StageFact) -> str:
    """By when an open stage is decided, as the day at whose end it is due; "" where nothing says so."""
    due = facts.due_at(stage)
    if due is None:
        return ""
    last = days.of(due - ONE_MOMENT)
    return f"was due {last:%a %-d %b}" if due <= facts.now else f"due {last:%a %-d %b}"


def lapse_words(facts: ApprovalFacts, approval: DecisionFact) -> str:
    """What became of an approval that counts no more."""
    match facts.lapse(approval):
        case Lapse.OTHERWISE:
            what = "The policy asks something else by this name since"
        case Lapse.CHANGED:
            part = facts.changed_parts(approval)[0]
            what = f"{Part(part.part).label} changed on {_day(part.changed_at)}"
        case Lapse.EXPIRED:
            what = f"Expired on {_day(facts.expires_at(approval))}"
        case Lapse.SECOND_STAGE:
            what = f"{approval.by.name} approved another stage"
    return f"{what}; to be decided again"


def stages_before(facts: VersionFacts, stage: StageFact) -> str:
    """The stages that have to be approved before this one opens."""
    return listed(
        each.stage.words
        for each in facts.stages
        if each.position < stage.position and not facts.is_approved(each.stage)
    )


def _who_decides(able: Sequence[Person], reader: Person) -> str:
    if any(person.pk == reader.pk for person in able):
        return "You decide" if len(able) == 1 else f"You or {counted_names([p for p in able if p.pk != reader.pk])}"
    return f"Waits for {counted_names(able)}" if able else "Nobody may decide it yet"


def counted_names(people: Sequence[Person]) -> str:
    """Two names, then how many more."""
    names = [person.name for person in people]
    if len(names) > SHOWN_NAMES:
        names = [*names[: SHOWN_NAMES - 1], f"{len(names) - SHOWN_NAMES + 1} others"]
    return " or ".join(names)


def _day(moment: datetime.datetime) -> str:
    return f"{timezone.localtime(moment):%-d %b}"


def stale_approvals(facts: VersionFacts, review: Review) -> list[Stale]:
    if not is_live(facts, review):
        return []
    found = []
    for stage in facts.stages:
        for approval in facts.lapsed(stage.stage):
            if changed := facts.changed_parts(approval):
                parts = tuple((Part(part.part).label, part.changed_by.name, part.changed_at) for part in changed)
                found.append(Stale(stage.stage.label, approval, parts))
    return found


def waiting_stages(facts: ApprovalFacts) -> list[str]:
    """Labels of the stages that can be decided now."""
    return [stage.stage.label for stage in _open(facts)]


def first_due(facts: ApprovalFacts) -> str:
    """`due_words` of the one that is due first."""
    due = [(moment, stage) for stage in _open(facts) if (moment := facts.due_at(stage))]
    return due_words(facts, min(due, key=itemgetter(0))[1]) if due else ""


def _open(facts: ApprovalFacts) -> list[StageFact]:
    return [stage for stage in facts.stages if facts.is_open(stage) and not facts.is_approved(stage.stage)]
