"""The rules of changing a policy: what makes one, and who publishes it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from approvals import terms
from approvals.facts import PolicyFact, PolicyTerms, StageFact, ThresholdFact, names_of, person_named
from approvals.models import Check, CheckMode, Policy, PolicyDraft, Stage, Threshold, every_card_section
from approvals.models.stages import validate_stage
from approvals.workflow import policy_verb
from registry.metrics import metric
from registry.rules import against_chosen, against_token

if TYPE_CHECKING:
    from approvals.rights import Right
    from registry.models import Person

MOST_DAYS = 3650
MOST_PERCENT = 100


def against_drafting(open_draft: PolicyDraft | None) -> list[ValidationError]:
    if open_draft is None:
        return []
    return [_no("This policy is being changed already. Go on in the draft that there is.", "draft-open")]


def against_moving_draft(draft: PolicyDraft, verb_name: str) -> list[ValidationError]:
    """Whether the workflow's table lets this verb start from the draft's state."""
    if policy_verb(verb_name).starts_from(draft.status):
        return []
    return [_no(f"The draft is {draft.get_status_display().lower()}, so this is not possible now.", "wrong-state")]


def against_overwriting(draft: PolicyDraft, seen: str) -> list[ValidationError]:
    """`seen` is `changed_at` of what the author began from, in ISO format."""
    if seen == draft.changed_at.isoformat():
        return []
    return [
        _no(
            f"{draft.changed_by.name} has saved this draft since you opened it. Read it again first.",
            "stale-form",
        )
    ]


def against_proposing(
    draft: PolicyDraft, newest: Policy | PolicyFact, differences: Sequence[terms.Difference]
) -> list[ValidationError]:
    objections = _against_outdated(draft, newest)
    if not differences:
        objections.append(_no("The draft asks exactly what the policy asks now. Change something first.", "no-change"))
    if not draft.reason.strip():
        objections.append(_no("Say why the policy should change; whoever publishes it reads that.", "reason-missing"))
    return objections


def against_asking_in_vain(wanted: PolicyTerms, holders: Mapping[str, Mapping[Person, Right]]) -> list[ValidationError]:
    """A stage that asks for more people than can decide it would wait for ever. Naming somebody gives no right, and the
    accounts of one human are one. `holders` are those who hold each right in the tier now, as `rights.active_holders`
    says them."""
    objections = []
    for stage in wanted.stages:
        holding = holders.get(stage.decided_with, {})
        for model in sorted({"", *(model for model, _ in stage.deciders)}):
            named = {who for whose, who in stage.deciders if whose == model}
            able = humans_named(holding, named) if named else {person.identity for person in holding}
            if len(able) < stage.quorum:
                too_few = _named_in_vain(stage, for_model=bool(model)) if named else _too_few_hold(stage, len(able))
                objections.append(too_few)
    return objections


def humans_named(holding: Mapping[Person, Right], named: Set[str]) -> set[uuid.UUID]:
    """Of those who hold a right, who is among `named` by themselves or with a team."""
    return {person.identity for person, right in holding.items() if named & names_of(person.pk, right.teams)}


def _named_in_vain(stage: StageFact, *, for_model: bool) -> ValidationError:
    where = "for one model " if for_model else ""
    right = Stage(stage.decided_with).words
    return _no(
        f"Of those who are named {where}to decide the {stage.stage.words} approval, too few hold the right to decide "
        f"{right} reviews here. Name others, or give them the right first.",
        "named-in-vain",
    )


def _too_few_hold(stage: StageFact, number: int) -> ValidationError:
    hold = {0: "nobody holds", 1: "only one person holds"}.get(number, f"only {number} people hold")
    right = Stage(stage.decided_with).words
    return _no(
        f"The {stage.stage.words} approval asks for {terms.quorum_words(stage)}, and {hold} the right to decide "
        f"{right} reviews here. Ask for fewer, or have an administrator give the right to more people first.",
        "too-few-hold",
    )


def against_publishing(
    draft: PolicyDraft, newest: Policy | PolicyFact, *, by: Person, choosers: set[uuid.UUID], named: Set[str]
) -> list[ValidationError]:
    """Holds for superusers as for everybody: two people stand behind what a tier asks. `choosers` are
    `Person.chosen_alone_by` since the draft was begun: nobody makes somebody publisher for it. `named` are those whom
    it names to decide and the policy did not: nobody publishes that they judge."""
    objections = against_token(by) + _against_outdated(draft, newest)
    if str(by.identity) in draft.authors:
        return [*objections, _no("You wrote in this draft, so another person publishes it.", "own-draft")]
    if is_named(by, named):
        return [*objections, _no("This draft names you to decide, so another person publishes it.", "own-naming")]
    return objections + against_chosen(choosers, {uuid.UUID(author) for author in draft.authors})


def is_named(person: Person, named: Set[str]) -> bool:
    """By either of their accounts."""
    return bool(named & {person_named(person.pk), person_named(person.identity)})


def _against_outdated(draft: PolicyDraft, newest: Policy | PolicyFact) -> list[ValidationError]:
    if newest.id == draft.based_on_id:
        return []
    return [
        _no(
            f"Revision {newest.revision} was published since this draft was begun, so it would undo what that changed. "
            "Discard it and begin anew.",
            "policy-moved-on",
        )
    ]


def against_terms(wanted: PolicyTerms) -> list[ValidationError]:
    """What keeps these terms from being a policy that can be met."""
    objections = []
    if not wanted.stages:
        objections.append(_no("Ask for at least one approval; without any, nobody would look.", "stage-missing"))
    for days, what in (
        (wanted.review_cadence_days, "Performance is looked at"),
        (wanted.rollback_test_valid_days, "A rollback test counts"),
        (wanted.approval_valid_days, "An approval counts"),
    ):
        if days is not None and not 1 <= days <= MOST_DAYS:
            objections.append(_no(f"{what}: choose from 1 to {MOST_DAYS} days.", "days"))
    if set(wanted.checks) - set(Check) or set(wanted.checks.values()) - set(CheckMode):
        objections.append(_no("Choose for each check one of the ways there are.", "check"))
    if set(wanted.card_sections) - set(every_card_section()):
        objections.append(_no("Choose among the sections that a model card has.", "card-section"))
    if not 0 <= (wanted.least_test_coverage or 0) <= MOST_PERCENT:
        objections.append(_no(f"Tests run 0 to {MOST_PERCENT} percent of the code.", "coverage"))
    return [*objections, *_against_stages(wanted.stages), *_against_thresholds(wanted.thresholds)]


def _against_stages(stages: Sequence[StageFact]) -> list[ValidationError]:
    objections = []
    for name, times in Counter(stage.stage.casefold() for stage in stages).items():
        if times > 1:
            objections.append(_no(f"There are two approvals called {Stage(name).words}. Keep one.", "stage-twice"))
    for stage in stages:
        objections += _against_stage(stage)
    return objections


def _against_stage(stage: StageFact) -> list[ValidationError]:
    return [
        *_against_resting_on_nothing(stage),
        *_against_own_stage(stage),
        *_against_deciders(stage),
    ]


def _against_resting_on_nothing(stage: StageFact) -> list[ValidationError]:
    if stage.rests_on:
        return []
    return [
        _no(
            f"Say what the {stage.stage.words} approval rests on; one that rests on nothing would never become stale.",
            "rests-on-nothing",
        )
    ]


def _against_own_stage(stage: StageFact) -> list[ValidationError]:
    """What Gatehouse knows of the stages it comes with, a policy says of those that it defines."""
    objections = []
    try:
        validate_stage(stage.stage)
    except ValidationError as refusal:
        objections.append(refusal)
    if stage.stage.lower() in Stage.KNOWN and not stage.stage.is_known:
        objections.append(_no(f"There is an approval called {stage.stage.lower()} already.", "stage-name"))
    if stage.decided_with not in Stage.KNOWN:
        objections.append(_no(f"Choose whose right the {stage.stage.words} approval takes.", "stage-right"))
    if not (stage.stage.is_known or stage.question):
        objections.append(
            _no(f"Say what whoever decides judges in the {stage.stage.words} approval.", "stage-question")
        )
    return objections


def _against_deciders(stage: StageFact) -> list[ValidationError]:
    """A list of people that is shorter than the approvals which the stage takes. How many a team has may change."""
    objections = []
    for model in {model for model, _ in stage.deciders}:
        named = {who for whose, who in stage.deciders if whose == model}
        if len(named) < stage.quorum and not any(who.startswith("team:") for who in named):
            objections.append(
                _no(
                    f"The {stage.stage.words} approval takes {stage.quorum} people, and fewer are named for it.",
                    "too-few-named",
                )
            )
    return objections


def _against_thresholds(thresholds: Sequence[ThresholdFact]) -> list[ValidationError]:
    objections = []
    for each, times in Counter(_bounded(threshold) for threshold in thresholds).items():
        if times > 1:
            objections.append(_no(f"{each[0]} is bounded twice on the same side. Keep one of them.", "threshold-twice"))
    # One bound on data of several purposes is one row of the form, and wrong once.
    for threshold in {(each.metric, each.group, each.limit): each for each in thresholds}.values():
        known = metric(threshold.metric)
        if threshold.group and threshold.limit < 0:
            objections.append(_no("A gap between groups is never below 0, and neither is its limit.", "limit-range"))
        elif not threshold.group and not known.can_be(threshold.limit):
            objections.append(
                _no(f"{known.name} {known.range_words}, so no limit lies outside of that.", "limit-range")
            )
    return objections + _against_gaps(thresholds)


def _bounded(threshold: ThresholdFact) -> tuple[str, str]:
    return terms.threshold_words(threshold), threshold.bound


def _against_gaps(thresholds: Sequence[ThresholdFact]) -> list[ValidationError]:
    """Bounds of both sides that leave no figure between them."""
    least = {terms.threshold_words(each): each for each in thresholds if each.bound == Threshold.Bound.AT_LEAST}
    return [
        _no(
            f"{words} has to be {terms.bound_words(least[words])} and {terms.bound_words(each)}: no figure is both.",
            "thresholds-contradict",
        )
        for each in thresholds
        if each.bound == Threshold.Bound.AT_MOST
        and (words := terms.threshold_words(each)) in least
        and least[words].limit > each.limit
    ]


def _no(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code)
