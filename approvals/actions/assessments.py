"""Assessing the risk of a model that is there already. Each verb is a row of `approvals/workflow.py`.

What keeps the tier or raises it counts at once. What lowers it is a proposal, which counts once another person has
confirmed it, a day after it was made at the earliest: whoever wants a weaker policy does not give it to themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from approvals import awaited, notices, policy_lock, reopened
from approvals.actions import reviews
from approvals.models import Review
from approvals.workflow import CONFIRM, assessment_verb
from audit import clock, ledger
from audit.ledger import Entry
from registry import evidence, rules
from registry.assessing import judged_now, put_into_tier
from registry.models import AIModel, Part, Person, Questionnaire, RiskAssessment, RiskTier, UseCase

Status = RiskAssessment.Status


def assess(
    *,
    model: AIModel,
    answers: Mapping[str, str],
    by: Person,
    reason: str = "",
    task: str = "",
    use_case: UseCase | None = None,
    use_case_line: str = "",
    revision: int | None = None,
) -> RiskAssessment:
    """Judges the answers by the questionnaire in force, and ends what was proposed before.

    Below the tier that the model has, they are a proposal, and `reason` is needed. `task` is for a model that nobody
    has assessed yet, use case and line for one that has none that counts. `revision` is the one that was answered,
    where somebody read it. Raises ValidationError.
    """
    verb = assessment_verb("assess")
    with ledger.entry(verb.event, by=by, subject=model, reason=reason) as entry:
        model = _locked(entry, model)
        entry.require(verb.permission, model)
        judged = judged_now(answers, revision)
        is_said_anew = _say_what_it_is_for(entry, model, task, use_case, use_case_line)
        _refuse_by_field(rules.against_use_case(judged.judgement, model.use_case))
        _end_proposal(entry, model)
        before, is_raised = model.tier, rules.raises(model, judged.judgement)
        if rules.lowers(model, judged.judgement):
            _refuse(rules.against_proposing_lower(entry.actor, reason))
            assessment = judged.assessment(model, by=entry.actor, reason=reason, status=Status.PROPOSED)
            if is_said_anew:
                model.save()
            assessment.save()
            entry.facts = {"lowering": "proposed", "wanted": assessment.tier.slug}
            notices.tell_of_lower_tier(entry, assessment, Person.objects.holding(CONFIRM))
        else:
            assessment = judged.assessment(model, by=entry.actor, reason=reason)
            entry.facts = put_into_tier(assessment)
            model.save()
            assessment.save()
        _follow(entry, model)
        if is_raised:
            _tell_of_raised(entry, assessment, before)
        entry.subject = model
    return assessment


def confirm(*, assessment: RiskAssessment, reason: str, by: Person) -> RiskAssessment:
    """Puts the model into the lower tier. The database's clock says whether it is time."""
    verb = assessment_verb("confirm")
    with ledger.entry(verb.event, by=by, subject=assessment.model, reason=reason) as entry:
        assessment = _deciding(entry, assessment, verb.name)
        _refuse(rules.against_confirming_now(assessment, Questionnaire.objects.in_force(), now=clock.now()))
        _decide(entry, assessment, verb.target, reason)
        entry.facts = put_into_tier(assessment)
        assessment.model.save()
        assessment.save()
        _follow(entry, assessment.model)
        notices.tell_of_decided_tier(entry, assessment)
    return assessment


def decline(*, assessment: RiskAssessment, reason: str, by: Person) -> RiskAssessment:
    """The tier stays as it is."""
    verb = assessment_verb("decline")
    with ledger.entry(verb.event, by=by, subject=assessment.model, reason=reason) as entry:
        assessment = _deciding(entry, assessment, verb.name)
        _decide(entry, assessment, verb.target, reason)
        assessment.save()
        entry.facts = {"wanted": assessment.tier.slug}
        notices.tell_of_decided_tier(entry, assessment)
    return assessment


def withdraw(*, assessment: RiskAssessment, by: Person) -> RiskAssessment:
    """Its team takes the proposal back."""
    verb = assessment_verb("withdraw")
    with ledger.entry(verb.event, by=by, subject=assessment.model) as entry:
        assessment = _locked_with_model(entry, assessment)
        entry.require(verb.permission, assessment.model)
        _refuse(rules.against_withdrawing_lower(assessment, may_start=verb.starts_from(assessment.status)))
        _decide(entry, assessment, verb.target, "")
        assessment.save()
        entry.facts = {"wanted": assessment.tier.slug}
    return assessment


def _locked(entry: Entry, model: AIModel) -> AIModel:
    """The model, before its versions. No policy is published meanwhile, whichever tier it comes into."""
    for tier in RiskTier.objects.order_by("pk").values_list("pk", flat=True):
        policy_lock.hold(tier)
    return entry.lock_one(model)


def _locked_with_model(entry: Entry, assessment: RiskAssessment) -> RiskAssessment:
    model = _locked(entry, assessment.model)
    assessment = entry.lock_one(assessment)
    assessment.model = model
    return assessment


def _deciding(entry: Entry, assessment: RiskAssessment, name: str) -> RiskAssessment:
    """The locked proposal, once the actor may decide about it."""
    verb = assessment_verb(name)
    assessment = _locked_with_model(entry, assessment)
    entry.require(verb.permission)
    choosers, may_start = entry.actor.chosen_alone_by(CONFIRM), verb.starts_from(assessment.status)
    _refuse(rules.against_deciding_lower(assessment, by=entry.actor, choosers=choosers, may_start=may_start))
    return assessment


def _decide(entry: Entry, assessment: RiskAssessment, status: str, reason: str) -> None:
    """Says so on the row; whoever calls saves it."""
    assessment.status, assessment.decision_reason = status, reason
    assessment.decided_by, assessment.decided_at = entry.actor, clock.now()


def _say_what_it_is_for(entry: Entry, model: AIModel, task: str, use_case: UseCase | None, line: str) -> bool:
    """Fills in what the model lacks; what it says already is not changed by the way. Returns whether it did."""
    lacked = rules.lacks_use_case(model)
    if model.tier_id is None:
        model.task = task or model.task
    if lacked:
        model.use_case = entry.lock_one(use_case) if use_case else None
        model.use_case_line = line or model.use_case_line
    return lacked


def _end_proposal(entry: Entry, model: AIModel) -> None:
    """What was proposed before is not decided any more, once somebody has answered anew."""
    verb = assessment_verb("withdraw")
    for proposed in entry.lock(RiskAssessment.objects.proposed().filter(model=model)):
        with ledger.entry(verb.event, by=entry.actor, subject=model) as inner:
            _decide(inner, proposed, verb.target, "")
            proposed.save()
            inner.facts = {"wanted": proposed.tier.slug}


def _follow(entry: Entry, model: AIModel) -> None:
    """What rests on the assessment: the evidence of each version, the index of what awaits a decision, and reviews in
    which the tier asks for nothing more."""
    versions = entry.lock(model.versions.all())
    for version in versions:
        evidence.keep(version, Part.RISK, by=entry.actor)
    awaited.keep(model.versions.all())
    reviews.settle_complete(Review.objects.filter(version__model=model))


def _tell_of_raised(entry: Entry, assessment: RiskAssessment, before: RiskTier) -> None:
    """What runs goes on running, without approvals that the tier asks for: nobody would notice by themselves."""
    if found := reopened.of(assessment.model):
        entry.facts |= {"versions": [each.number for each in found]}
        notices.tell_of_raised_tier(entry, assessment, before, found)


def _refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)


def _refuse_by_field(objections: dict[str, Any]) -> None:
    if objections:
        raise ValidationError(objections)
