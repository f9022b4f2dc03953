"""Gates about what people decided: approvals of stages, the use case, conditions."""

from __future__ import annotations

import datetime

from approvals.facts import ConditionFact, DecisionFact, Lapse, ReviewFact, StageFact, VersionFacts
from approvals.gates.asking import BLOCKED, MET, OPEN, PRODUCTION, STALE, UNMET, WAITING, Gate, Requirement
from approvals.models import Condition, Decision, Review, Stage
from registry.models import Part, UseCase

NO_APPROVAL_ASKED = Requirement(
    "approval-not-asked",
    "Approval",
    UNMET,
    "The policy of this tier asks nobody to approve this",
    "An administrator adds a technical stage to the policy.",
)

WAITS_FOR_TIER = Requirement(
    "approval-not-asked",
    "Approval",
    BLOCKED,
    "Who approves follows from the risk assessment",
    "Do the risk assessment first.",
)


class Approved(Gate):
    """Staging asks for the technical approval, production for every stage of the policy."""

    def describe(self) -> str:
        return "Staging needs the technical approval; production needs every stage of the tier, each of them current."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        asked = [stage for stage in facts.stages if environment == PRODUCTION or self._concerns_staging(facts, stage)]
        if not asked:
            return [NO_APPROVAL_ASKED if facts.is_assessed else WAITS_FOR_TIER]
        found = _stopped(facts) + [_stage_requirement(facts, stage) for stage in asked]
        if any(stage.stage == Stage.BUSINESS for stage in asked):
            found.append(_use_case_requirement(facts))
        return found

    def _concerns_staging(self, facts: VersionFacts, stage: StageFact) -> bool:
        """The technical stage, and whichever stage somebody has rejected: a no holds everywhere."""
        decision = facts.latest_decision(stage.stage)
        rejected = decision is not None and decision.outcome == Decision.Outcome.REJECTED
        return stage.stage == Stage.TECHNICAL or rejected


class ConditionsKept(Gate):
    """What a promise holds up before it is kept was said when it was made."""

    def describe(self) -> str:
        return "Conditions of an approval are fulfilled: before anything is deployed, or by their day, as each says."

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        return [self._of(condition, facts.today) for condition in facts.open_conditions]

    def _of(self, condition: ConditionFact, today: datetime.date) -> Requirement:
        is_overdue = condition.due_on < today
        due = f"{'was ' if is_overdue else ''}due {condition.due_on:%-d %b %Y}"
        code, state = "condition-overdue" if is_overdue else "condition-open", OPEN
        detail = f"{condition.text} ({due})" if is_overdue else f"Open, {due}: {condition.text}"
        match condition.consequence:
            case Condition.Consequence.BLOCK:
                state, detail = UNMET, f"{detail}. Nothing is deployed before it is kept"
            case Condition.Consequence.LATE if is_overdue:
                state = UNMET
            case Condition.Consequence.WARN:
                detail = f"{detail}. It holds nothing up"
        return Requirement(
            code,
            "Condition of an approval",
            state,
            detail,
            f"{condition.owner.name} fulfils it.",
            step="condition",
            by=condition.owner.name,
            condition=condition,
        )


def stage_code(stage: str) -> str:
    """The code of the requirement that a stage approves."""
    return f"{stage}-approval"


def _stopped(facts: VersionFacts) -> list[Requirement]:
    """An approval that was suspended or revoked closes every environment."""
    stopped = facts.stopped
    if stopped is None or stopped.stop is None:
        return []
    is_revoked = stopped.status == Review.Status.REVOKED
    remedy = "Ask for review: all is decided anew." if is_revoked else "Have the approval reinstated, or revoked."
    return [
        Requirement(
            f"approval-{stopped.status}",
            f"Approval {stopped.status}",
            UNMET,
            f"{stopped.stop.by.name} {stopped.status} it on {stopped.stop.at:%-d %b %Y}: {stopped.stop.reason}",
            remedy,
            step="submit_review" if is_revoked and facts.open_review is None else "review",
            by=stopped.stop.by.name,
            at=stopped.stop.at,
        )
    ]


def _stage_requirement(facts: VersionFacts, stage: StageFact) -> Requirement:
    decision = facts.latest_decision(stage.stage)
    state, detail, remedy = _stage_state(facts, stage, decision)
    signed = [each.by.name for each in facts.approvals[stage.stage]] or ([decision.by.name] if decision else [])
    return Requirement(
        stage_code(stage.stage),
        f"{stage.stage.label} approval",
        state,
        detail,
        remedy,
        step="review" if facts.open_review or decision else "submit_review",
        by=" and ".join(signed),
        at=decision.at if decision else None,
    )


def _stage_state(facts: VersionFacts, stage: StageFact, decision: DecisionFact | None) -> tuple[str, str, str]:
    """State, detail and remedy of one stage."""
    if facts.is_approved(stage.stage):
        return MET, _said_yes(facts, stage), ""
    if lapsed := facts.lapsed(stage.stage):
        return _lapsed(facts, stage, lapsed[-1])
    if facts.open_review is None:
        return UNMET, _so_far(facts, stage) or _said_no(facts, stage) or "Not asked for yet", "Ask for review."
    state, detail, remedy = _under_review(facts, stage, facts.open_review)
    return state, _so_far(facts, stage) or detail, remedy


def _lapsed(facts: VersionFacts, stage: StageFact, approval: DecisionFact) -> tuple[str, str, str]:
    """Why it counts no more; an open review asks for it again already."""
    detail = _why_lapsed(facts, approval)
    if facts.open_review is None:
        return STALE, detail, "Ask for this approval again."
    state, _, remedy = _under_review(facts, stage, facts.open_review)
    return STALE if state == UNMET else state, detail, remedy


def _why_lapsed(facts: VersionFacts, approval: DecisionFact) -> str:
    name = approval.by.name
    match facts.lapse(approval):
        case Lapse.OTHERWISE:
            return f"{name} approved on {approval.at:%-d %b %Y}, and the policy asks something else by this name since"
        case Lapse.CHANGED:
            part = facts.changed_parts(approval)[0]
            return f"{Part(part.part).label} changed on {part.changed_at:%-d %b}, after {name} approved"
        case Lapse.EXPIRED:
            return (
                f"{name} approved on {approval.at:%-d %b %Y}, and approvals count for {facts.approval_valid_days} days"
            )
        case Lapse.SECOND_STAGE:
            return f"{name} approved another stage as well, and each stage asks for somebody else"


def _so_far(facts: VersionFacts, stage: StageFact) -> str:
    given = [each.by.name for each in facts.approvals[stage.stage]]
    return f"{len(given)} of {stage.quorum} approvals given: {', '.join(given)}" if given else ""


def _under_review(facts: VersionFacts, stage: StageFact, review: ReviewFact) -> tuple[str, str, str]:
    if review.status == Review.Status.DRAFT:
        return UNMET, _said_no(facts, stage) or "The review is a draft", "Submit the draft for review."
    if review.status == Review.Status.CHANGES_REQUESTED:
        return _handed_back(facts, stage)
    if facts.is_open(stage):
        return WAITING, "Waiting for a decision", f"A {stage.decided_with} reviewer decides."
    return BLOCKED, "Opens when the stages before it are approved", "Wait for the stages before it."


def _handed_back(facts: VersionFacts, stage: StageFact) -> tuple[str, str, str]:
    """It stands still at the stage that asked for changes; the others wait with it."""
    remedy = "Make the changes that were requested, then submit again."
    if facts.requested_changes.stage == stage.stage:
        return UNMET, "Changes were requested", remedy
    return BLOCKED, "Waits until the version is submitted again", remedy


def _said_yes(facts: VersionFacts, stage: StageFact) -> str:
    until = facts.counts_until(stage)
    how = "With conditions, and current" if any(e.is_conditional for e in facts.approvals[stage.stage]) else "Current"
    return f"{how}{f' until {until:%-d %b %Y}' if until else ''}: what it rests on is unchanged"


def _said_no(facts: VersionFacts, stage: StageFact) -> str:
    """With what an earlier review did, for as long as nobody has answered it."""
    no = facts.earlier_noes.get(stage.stage)
    if no is None:
        return ""
    asked = f"requested changes in R-{no.review_id}, an earlier review,"
    did = "rejected it" if no.outcome == Decision.Outcome.REJECTED else asked
    unchanged = "" if facts.changed_since(no) else ". Nothing has changed since"
    return f"{no.by.name} {did} on {no.at:%-d %b %Y}{unchanged}"


def _use_case_requirement(facts: VersionFacts) -> Requirement:
    use_case = facts.use_case
    if use_case is None:
        return Requirement(
            "use-case-approved",
            "Use case approved",
            UNMET,
            "The model names no use case",
            "Propose a use case and register the model for it.",
            step="use_cases",
        )
    approved = use_case.status == UseCase.Status.APPROVED
    return Requirement(
        "use-case-approved",
        "Use case approved",
        MET if approved else UNMET,
        f"“{use_case.title}” is {use_case.get_status_display().lower()}",
        "" if approved else "A business reviewer decides about the use case.",
        step="use_case",
        at=use_case.decided_at,
    )
