"""The rules of review, deployment and retirement of a version."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from approvals.facts import ApprovalFacts, StageFact, VersionFacts, names_of
from approvals.gates import Answer
from approvals.models import Check, Decision, Review, Stage
from approvals.workflow import review_verb
from registry import cards
from registry.rules import against_chosen, against_scope, against_token

if TYPE_CHECKING:
    from approvals.models import Clearance, Condition, PerformanceReview
    from approvals.rights import Right
    from registry.models import Deployment, ModelVersion, Person


def against_submitting(facts: VersionFacts) -> list[ValidationError]:
    """All that is missing before reviewers are asked."""
    objections = _against_unassessed(facts)
    missing = cards.missing_sections(facts.card, facts.card_sections)
    if missing and facts.requires(Check.CARD):
        names = ", ".join(section.title for section in missing)
        objections.append(_no(f"The model card is not complete. Write these sections: {names}.", "card-incomplete"))
    if not facts.evaluations and facts.requires(Check.THRESHOLDS):
        objections.append(_no("No evaluation is attached. Attach at least one.", "evaluation-missing"))
    if any(stage.stage == Stage.BUSINESS for stage in facts.stages) and facts.use_case is None:
        objections.append(
            _no("This tier asks for a use case, and the model names none. Propose one first.", "use-case-missing")
        )
    if facts.stages and all(facts.is_approved(stage.stage) for stage in facts.stages):
        objections.append(
            _no("Every approval of this version is given and still current. There is nothing to ask.", "nothing-to-ask")
        )
    if facts.is_retired:
        objections.append(_no("This version is retired. Register a new one.", "retired"))
    return objections


def against_opening(facts: VersionFacts) -> list[ValidationError]:
    objections = _against_unassessed(facts)
    if facts.open_review:
        objections.append(
            _no(f"A review of this version is open already: R-{facts.open_review.id}. Go on there.", "review-open")
        )
    if facts.stopped and facts.stopped.status == Review.Status.SUSPENDED:
        objections.append(
            _no("The approval of this version is suspended. Have it reinstated or revoked first.", "approval-suspended")
        )
    if facts.is_retired:
        objections.append(_no("This version is retired. Register a new one.", "retired"))
    return objections


def against_stopping(facts: VersionFacts) -> list[ValidationError]:
    if facts.is_retired:
        return [_no("This version is retired, so nothing rests on its approval.", "retired")]
    return []


def against_reinstating(facts: VersionFacts, *, by: Person, choosers: set[uuid.UUID]) -> list[ValidationError]:
    """Stopping is for everybody who may; letting go on is not for those whose work it is, nor for whom they alone
    chose. `choosers` are `Person.chosen_alone_by`."""
    own = against_own_work(facts, by)
    return against_token(by) + against_stopping(facts) + (own or against_chosen(choosers, facts.barred))


def against_submitting_again(facts: VersionFacts, *, unchanged: bool) -> list[ValidationError]:
    """A request for changes is not answered by chance: with evidence as it was, the author says that it is meant so."""
    request = facts.requested_changes
    if request is None or unchanged or facts.changed_since(request):
        return []
    return [
        _no(
            f"Nothing has changed since {request.by.name} requested changes. Make the changes, or tick that you submit "
            "it unchanged.",
            "nothing-changed",
        )
    ]


def against_saying_nothing(facts: VersionFacts, message: str) -> list[ValidationError]:
    """Whoever asks the same once more after an earlier review said no appeals, and says on what grounds."""
    no = facts.earlier_no
    if no is None or facts.requested_changes or message.strip() or facts.changed_since(no):
        return []
    did = "rejected this version" if no.outcome == Decision.Outcome.REJECTED else "requested changes"
    return [
        _no(
            f"{no.by.name} {did} in R-{no.review_id}, and nothing has changed since. Make the changes, or say in the "
            "message why it should be decided anew as it is.",
            "no-not-answered",
        )
    ]


def _against_unassessed(facts: VersionFacts) -> list[ValidationError]:
    if facts.is_assessed:
        return _against_prohibited(facts)
    return [
        _no(
            "The risk of this model is not assessed, so nobody can say who reviews it. Assess it first.",
            "risk-not-assessed",
        )
    ]


def _against_prohibited(facts: ApprovalFacts) -> list[ValidationError]:
    if not facts.is_prohibited:
        return []
    return [
        _no(
            "The risk assessment of this model names a practice that may not be approved at all.",
            "prohibited-practice",
        )
    ]


def against_moving(review: Review, verb_name: str) -> list[ValidationError]:
    """Whether the workflow's table lets this verb start from the review's state."""
    if review_verb(verb_name).starts_from(review.status):
        return []
    return [
        _no(
            f"{review} is {review.get_status_display().lower()}, so this is not possible now. Reload it.", "wrong-state"
        )
    ]


def against_deciding(
    facts: VersionFacts, review: Review, stage: str, *, by: Person, right: Right | None, approving: bool
) -> list[ValidationError]:
    """Who may not decide, and when. Holds for superusers as for everybody. `right` is theirs to decide this stage."""
    asked = facts.stage(stage)
    if asked is None:
        return [_no("The policy of this tier does not ask for this stage.", "stage-not-asked")]
    return [
        *against_decider(facts, stage, by=by, right=right),
        *against_deciding_now(facts, review, asked, approving=approving),
        *(_against_approving_twice(facts, stage, by) if approving else ()),
    ]


def against_unsigned(stage: StageFact, *, is_shown: bool) -> list[ValidationError]:
    """`is_shown`: whoever decides has shown a moment ago who they are (21 CFR 11.200 asks it of each signing)."""
    if is_shown or not stage.is_signed:
        return []
    return [_no("This decision is signed. Show once more that it is you, then decide.", "sign-again")]


def against_unchecked(stage: StageFact, confirmed: Collection[str]) -> list[ValidationError]:
    left = [point for point in stage.checklist if point not in confirmed]
    if not left:
        return []
    return [_no(f"Confirm each point of the checklist, or say no. Not confirmed: {'; '.join(left)}", "not-confirmed")]


def against_decider(facts: ApprovalFacts, stage: str, *, by: Person, right: Right | None) -> list[ValidationError]:
    """Why this person does not decide this stage, whenever they are asked."""
    objections = against_token(by) + against_own_work(facts, by) + _against_second_stage(facts, stage, by)
    if right is None:
        label = Stage(facts.decided_with(stage)).words
        objections.append(
            _no(f"You do not hold the right to decide {label} reviews here. An administrator can give it.", "no-right")
        )
    # Nobody is asked to confirm the right of somebody who would not decide with it either.
    return objections or [
        *_against_not_named(facts, stage, by, right),
        *_against_chosen(facts, right),
        *_against_choosing(facts, by),
    ]


def _against_not_named(facts: ApprovalFacts, stage: str, by: Person, right: Right) -> list[ValidationError]:
    """Where the policy names who decides, a right alone is not enough."""
    asked = facts.stage(stage)
    named = asked.named(facts.version.model_id) if asked else frozenset()
    if not named or named & names_of(by.pk, right.teams):
        return []
    return [_no("The policy names others to decide this stage here. Ask one of them.", "not-named")]


def _against_chosen(facts: ApprovalFacts, right: Right) -> list[ValidationError]:
    """A right that nobody but its giver stands behind: where the giver has a part in it, and once a review is under
    way, it takes a second administrator."""
    if right.chooser is None:
        return []
    asked = facts.open_review
    if right.chooser in facts.barred | facts.approvers:
        return [
            _no(
                "Whoever gave you the right to decide has a part in this version. Another administrator can confirm "
                "your right.",
                "right-from-party",
            )
        ]
    if asked and asked.submitted_at and right.given_at > asked.submitted_at:
        return [
            _no(
                "Your right to decide was given after this review was submitted. A second administrator can confirm "
                "it; for later reviews it counts as it is.",
                "right-too-new",
            )
        ]
    return []


def _against_choosing(facts: ApprovalFacts, by: Person) -> list[ValidationError]:
    if by.identity not in facts.choosers:
        return []
    return [
        _no("Somebody approved this version by a right that you alone gave, so somebody else decides.", "chose-decider")
    ]


def against_deciding_now(
    facts: ApprovalFacts, review: Review, asked: StageFact, *, approving: bool
) -> list[ValidationError]:
    """Why nobody decides this stage now, whoever they are."""
    objections = against_moving(review, "approve")
    if not facts.is_open(asked):
        objections.append(_no("The stages before this one are not approved yet. Wait for them.", "stage-not-open"))
    if approving and facts.is_approved(asked.stage):
        objections.append(_no("This stage is approved already, and nothing it rests on has changed.", "stage-approved"))
    if approving and asked.stage == Stage.BUSINESS:
        objections += _against_unapproved_use_case(facts)
    return objections + (_against_prohibited(facts) if approving else [])


def against_own_work(facts: ApprovalFacts, by: Person) -> list[ValidationError]:
    """Over every review of the version and all of its evidence, so that handing it to a colleague changes nothing."""
    if by.identity in facts.requesters:
        return [_no("You asked for a review of this version, so somebody else decides.", "own-request")]
    if by.identity in facts.authors:
        return [_no("You own this model or made part of its evidence, so somebody else decides.", "own-work")]
    return []


def _against_second_stage(facts: ApprovalFacts, stage: str, by: Person) -> list[ValidationError]:
    """Four eyes per stage are worth little when two of them are the same pair."""
    if not facts.is_one_stage_each:
        return []
    others = (
        each for each, given in facts.approvals.items() if each != stage and by.identity in {a.by.id for a in given}
    )
    return [
        _no(
            f"You approved the {Stage(other).words} stage of this version, and this tier asks for another "
            "person at each stage.",
            "one-stage-each",
        )
        for other in list(others)[:1]
    ]


def _against_approving_twice(facts: ApprovalFacts, stage: str, by: Person) -> list[ValidationError]:
    if facts.is_approved(stage) or by.identity not in {each.by.id for each in facts.approvals.get(stage, ())}:
        return []
    return [_no("You have approved this stage. It also asks for somebody else’s approval.", "approved-by-you")]


def _against_unapproved_use_case(facts: ApprovalFacts) -> list[ValidationError]:
    use_case = facts.use_case
    if use_case is not None and use_case.status == use_case.Status.APPROVED:
        return []
    return [_no("Its use case is not approved. Decide about the use case first.", "use-case-not-approved")]


def against_conditions(
    conditions: Sequence[Mapping[str, Any]], today: datetime.date, *, keepers: Collection[uuid.UUID]
) -> list[ValidationError]:
    """An approval with conditions names at least one, each with an owner who can keep it and a day still to come."""
    if not conditions:
        return [_no("Name at least one condition, or approve without.", "condition-missing")]
    numbered = enumerate(conditions, start=1)
    return [error for number, each in numbered for error in _against_condition(number, each, today, keepers)]


def _against_condition(
    number: int, condition: Mapping[str, Any], today: datetime.date, keepers: Collection[uuid.UUID]
) -> list[ValidationError]:
    objections = []
    if condition["owner"].pk not in keepers:
        objections.append(
            _no(
                f"Condition {number} is owned by somebody who cannot keep it. Choose somebody of the team that owns "
                "the model, or of those who decide.",
                "condition-owner",
            )
        )
    if condition["due_on"] < today:
        objections.append(
            _no(f"Condition {number} is due on a day that has passed. Choose a later one.", "condition-past")
        )
    return objections


def against_fulfilling(condition: Condition, *, by: Person) -> list[ValidationError]:
    objections = against_token(by)
    if condition.fulfilled_at:
        objections.append(_no("This condition is fulfilled already.", "condition-fulfilled"))
    if by.pk != condition.owner_id:
        objections.append(_no(f"{condition.owner.name} owns this condition and fulfils it.", "not-the-owner"))
    return objections


def against_deploying(answer: Answer, facts: VersionFacts, *, by: Person) -> list[ValidationError]:
    """The gate's findings, each with its own code, and what would make the deployment pointless."""
    objections = against_scope(by.token, "deploy")
    objections += [
        ValidationError(_literal(finding.message), code=finding.code, params={"remedy": finding.remedy})
        for finding in answer.findings
    ]
    if facts.active_in(answer.environment):
        objections.append(_no(f"This version is in {answer.environment} already.", "already-deployed"))
    return objections


def against_retiring(facts: VersionFacts, dependents: list[dict[str, str]]) -> list[ValidationError]:
    """Nothing is retired while something depends on it; each dependent is an objection of its own."""
    objections = [
        _no(f"{dependent['name']} {dependent['how']}. {dependent['remedy']}", f"depends-{dependent['kind']}")
        for dependent in dependents
    ]
    if facts.is_retired:
        objections.append(_no("This version is retired already.", "retired"))
    return objections


def against_ending(deployment: Deployment, *, by: Person) -> list[ValidationError]:
    objections = against_scope(by.token, "deploy")
    if deployment.ended_at:
        objections.append(_no("This deployment has ended already.", "deployment-ended"))
    return objections


def against_replacement(
    version: ModelVersion, replacement: ModelVersion | None, *, is_retired: bool
) -> list[ValidationError]:
    if replacement is None:
        return []
    if replacement.pk == version.pk:
        return [_no("A version cannot replace itself. Choose another one, or none.", "replaces-itself")]
    if is_retired:
        return [_no(f"{replacement} is retired itself, so it replaces nothing.", "replacement-retired")]
    return []


def against_clearance(clearance: Clearance) -> list[ValidationError]:
    if clearance.computed_at is None:
        return [
            _no("What depends on this version is still being computed. Wait a moment, then reload.", "not-computed")
        ]
    return []


def against_closing(performance_review: PerformanceReview) -> list[ValidationError]:
    if performance_review.closed_at:
        return [_no("This performance review is closed already.", "performance-review-closed")]
    return []


def _literal(message: str) -> str:
    """An error with params is filled in like a format string, and people write percent signs."""
    return message.replace("%", "%%")


def _no(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code)
