"""What the pages of a review show, made from facts: plain words, misses first. Nothing here reads the database."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from approvals import gates, rules, steps
from approvals.facts import DecisionFact, EvaluationFact, StageFact, ThresholdFact, VersionFacts
from approvals.gates import PRODUCTION, STAGING, Judgement
from approvals.models import Condition, Decision, Review, Stage
from registry import cards
from registry.metrics import metric
from registry.models import ModelCard, Part, Person, Purpose

#: stage -> what its reviewers judge
QUESTIONS = {
    Stage.TECHNICAL: "Is it sound: figures, code and data?",
    Stage.BUSINESS: "Does it serve its use case?",
    Stage.COMPLIANCE: "Are card, fairness and use of data in order?",
    Stage.DEPLOYMENT: "Can it go live safely, and be taken back?",
}

STATUS_LOOKS = {
    Review.Status.DRAFT: ("quiet", "file"),
    Review.Status.IN_REVIEW: ("info", "clock"),
    Review.Status.CHANGES_REQUESTED: ("warn", "comment"),
    Review.Status.APPROVED: ("ok", "check"),
    Review.Status.REJECTED: ("bad", "x"),
    Review.Status.WITHDRAWN: ("quiet", "undo"),
    Review.Status.DISCARDED: ("quiet", "x"),
}
OUTCOME_LOOKS = {
    Decision.Outcome.APPROVED: "ok",
    Decision.Outcome.APPROVED_WITH_CONDITIONS: "ok",
    Decision.Outcome.CHANGES_REQUESTED: "warn",
    Decision.Outcome.REJECTED: "bad",
}
OUTCOME_WORDS = {
    Decision.Outcome.APPROVED: "approved",
    Decision.Outcome.APPROVED_WITH_CONDITIONS: "approved with conditions",
    Decision.Outcome.CHANGES_REQUESTED: "requested changes",
    Decision.Outcome.REJECTED: "rejected it",
}

#: code of an objection -> URL name of the page of the version where it is mended
MENDED_ON = {
    "card-incomplete": "registry:card_revise",
    "evaluation-missing": "registry:evaluation_attach",
}

THE_WAY_ITSELF = {f"{stage}-approval" for stage in Stage.values} | {"staging-passed"}
CONDITIONS = {"condition-open", "condition-overdue"}
SHOWN_NAMES = 2


# What stands out


def concerns(facts: VersionFacts) -> list[dict[str, Any]]:
    """What Gatehouse finds missing or missed, apart from the approvals themselves, and the promises still open."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for environment in (STAGING, PRODUCTION):
        for item in steps.road(gates.ask(facts, environment), facts):
            if item.code in CONDITIONS or not (item.is_met or item.code in THE_WAY_ITSELF):
                found.setdefault((item.code, item.detail), reason(item) | {"is_met": item.is_met})
    return list(found.values())


def reason(item: steps.RoadItem) -> dict[str, str]:
    finding = item.finding
    return {"message": finding.message, "remedy": finding.remedy, "url": item.step_url, "code": finding.code}


def threshold_tally(evidence: Iterable[Evidence]) -> tuple[int, int]:
    """How many thresholds are kept, of how many."""
    states = [row.state for each in evidence for row in each.rows if row.state]
    return states.count(gates.MET), len(states)


def with_links(objections: Iterable[ValidationError], facts: VersionFacts) -> list[dict[str, str]]:
    """Objections as reasons, each once, with the address where it is mended."""
    found = {error.code: {"message": error.message, "code": error.code or ""} for error in objections}
    return [each | {"url": _mended_at(code, facts)} for code, each in found.items()]


def _mended_at(code: str | None, facts: VersionFacts) -> str:
    name = facts.version.model.name
    if code in MENDED_ON:
        return reverse(MENDED_ON[code], args=[name, facts.version.number])
    if code == "use-case-missing":
        return reverse("registry:use_case_propose")
    if code == "retired":
        return reverse("registry:version_register", args=[name])
    if code == "review-open" and facts.open_review:
        return reverse("approvals:review_detail", args=[facts.open_review.id])
    return ""


# Evidence


@dataclass(frozen=True)
class FigureRow:
    """One figure beside its bound; `state` is "" where the policy sets none."""

    name: str
    meaning: str
    value: Decimal | None
    bound: str = ""
    state: str = ""


@dataclass(frozen=True)
class Evidence:
    """The newest evaluation of one purpose, held against what the policy asks there."""

    purpose: str
    label: str
    evaluation: EvaluationFact | None
    rows: tuple[FigureRow, ...]


def evidence(facts: VersionFacts) -> list[Evidence]:
    found = (_evidence(facts, purpose) for purpose in (Purpose.PRODUCTION, Purpose.STAGING))
    return [each for each in found if each.rows or each.evaluation]


def _evidence(facts: VersionFacts, purpose: Purpose) -> Evidence:
    evaluation = facts.evaluations.get(purpose)
    asked = gates.thresholds(facts, purpose)
    judged = [gates.judge(each, evaluation) if evaluation else Judgement(each, None) for each in asked]
    rows = [_judged(judgement) for judgement in sorted(judged, key=lambda judgement: judgement.is_met)]
    return Evidence(purpose, purpose.label, evaluation, (*rows, *_unbounded(evaluation, asked)))


def _judged(judgement: Judgement) -> FigureRow:
    threshold = judgement.threshold
    known = metric(threshold.metric)
    name, meaning = known.name, known.meaning
    if threshold.group:
        among = "any group" if threshold.group == "*" else threshold.group
        name, meaning = f"{name}: gap between groups", f"Largest minus smallest value within {among}"
    return FigureRow(name, meaning, judgement.value, judgement.bound, gates.MET if judgement.is_met else gates.UNMET)


def _unbounded(evaluation: EvaluationFact | None, asked: Sequence[ThresholdFact]) -> list[FigureRow]:
    bounded = {threshold.metric for threshold in asked if not threshold.group}
    figures = evaluation.measurements if evaluation else ()
    return [
        FigureRow(metric(figure.metric).name, metric(figure.metric).meaning, figure.value)
        for figure in figures
        if not figure.group and figure.metric not in bounded
    ]


@dataclass(frozen=True)
class SliceRow:
    name: str
    sample_size: int | None
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Gap:
    """Largest minus smallest value within a group; `bound` and `state` are "" where the policy sets none."""

    value: Decimal | None
    bound: str = ""
    state: str = ""


@dataclass(frozen=True)
class GroupTable:
    """How one group's slices compare."""

    name: str
    slices: tuple[SliceRow, ...]
    gaps: tuple[Gap, ...]

    @property
    def is_missed(self) -> bool:
        return any(gap.state == gates.UNMET for gap in self.gaps)


@dataclass(frozen=True)
class Fairness:
    evaluation: EvaluationFact
    metrics: tuple[str, ...]
    groups: tuple[GroupTable, ...]


def fairness(facts: VersionFacts) -> Fairness | None:
    """From the newest evaluation nearest to production that has figures by group, or None."""
    for purpose in (Purpose.PRODUCTION, Purpose.STAGING, Purpose.DEVELOPMENT):
        evaluation = facts.evaluations.get(purpose)
        if evaluation and any(figure.group for figure in evaluation.measurements):
            return _fairness(evaluation, gates.thresholds(facts, purpose))
    return None


def _fairness(evaluation: EvaluationFact, asked: Sequence[ThresholdFact]) -> Fairness:
    figures = [figure for figure in evaluation.measurements if figure.group]
    metrics = sorted({figure.metric for figure in figures})
    tables = []
    for group in sorted({figure.group for figure in figures}):
        rows = _slices([figure for figure in figures if figure.group == group], metrics)
        columns = zip(*(row.values for row in rows), strict=True)
        gaps = [_gap(values, measured, group, asked) for measured, values in zip(metrics, columns, strict=True)]
        tables.append(GroupTable(group.replace("_", " "), rows, tuple(gaps)))
    tables.sort(key=lambda table: not table.is_missed)
    return Fairness(evaluation, tuple(metric(each).name for each in metrics), tuple(tables))


def _slices(figures: list, metrics: Sequence[str]) -> tuple[SliceRow, ...]:
    by_slice: dict[str, dict[str, Any]] = {}
    for figure in figures:
        by_slice.setdefault(figure.slice, {})[figure.metric] = figure
    return tuple(
        SliceRow(
            name,
            next((figure.sample_size for figure in found.values() if figure.sample_size is not None), None),
            tuple(found[each].value if each in found else None for each in metrics),
        )
        for name, found in sorted(by_slice.items())
    )


def _gap(values: Iterable[Decimal | None], measured_as: str, group: str, asked: Sequence[ThresholdFact]) -> Gap:
    measured = [value for value in values if value is not None]
    value = max(measured) - min(measured) if len(measured) > 1 else None
    bounds = [each for each in asked if each.metric == measured_as and each.group in ("*", group)]
    judged = sorted((Judgement(each, value) for each in bounds), key=lambda judgement: judgement.is_met)
    if value is None or not judged:
        return Gap(value)
    return Gap(value, judged[0].bound, gates.MET if judged[0].is_met else gates.UNMET)


# The card


@dataclass(frozen=True)
class CardSection:
    number: int
    title: str
    is_complete: bool
    texts: tuple[tuple[str, str], ...]


def card_sections(card: ModelCard | None) -> list[CardSection]:
    return [
        CardSection(
            number,
            section.title,
            cards.is_complete(section, card),
            tuple((field.label, getattr(card, field.name).strip() if card else "") for field in section.fields),
        )
        for number, section in enumerate(cards.SECTIONS, start=1)
    ]


# Stages


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
    return review.status in Review.OPEN or (review.status == Review.Status.APPROVED and is_newest(facts, review))


def stages(
    facts: VersionFacts,
    review: Review,
    decided: Sequence[Decision],
    deciders: Mapping[str, Sequence[Person]],
    reader: Person,
) -> list[StageItem]:
    """Each stage with its state and who has to do with it; of a review that is over, what was decided in it."""
    if is_live(facts, review):
        return [_live_stage(facts, review, stage, deciders.get(stage.stage, ()), reader) for stage in facts.stages]
    return [_past_stage(stage, [each for each in decided if each.review_id == review.pk]) for stage in facts.stages]


def _live_stage(
    facts: VersionFacts, review: Review, stage: StageFact, deciders: Sequence[Person], reader: Person
) -> StageItem:
    decision = facts.latest_decision(stage.stage)
    state, detail = _live_state(facts, review, stage, decision)
    if not detail:
        detail = _who_decides(deciders, facts.barred, reader)
    return StageItem(Stage(stage.stage).label, state, detail, stage.position)


def _live_state(
    facts: VersionFacts, review: Review, stage: StageFact, decision: DecisionFact | None
) -> tuple[str, str]:
    """State and detail; an empty detail leaves room for who decides."""
    if decision and decision.approves:
        changed = facts.changed_parts(decision)
        return ("stale", _changed(changed[0])) if changed else ("done", _said(decision.by.name, decision))
    if decision and decision.review_id == review.pk and decision.round == review.round:
        return "refused", _said(decision.by.name, decision)
    if review.status == Review.Status.IN_REVIEW and facts.is_open(stage):
        return "now", ""
    if review.status == Review.Status.IN_REVIEW:
        return "later", f"Opens after {_before(facts, stage)}"
    return "later", "Opens once it is submitted"


def _past_stage(stage: StageFact, decided: Sequence[Decision]) -> StageItem:
    decision = next((each for each in reversed(decided) if each.stage == stage.stage), None)
    label = Stage(stage.stage).label
    if decision is None:
        return StageItem(label, "later", "Not decided in this review", stage.position)
    state = "done" if decision.outcome in Decision.APPROVING else "refused"
    return StageItem(label, state, _said(decision.decided_by.name, decision), stage.position)


def _said(name: str, decision: Any) -> str:
    at = getattr(decision, "at", None) or decision.decided_at
    return f"{name} {OUTCOME_WORDS[decision.outcome]}, {_day(at)}"


def _changed(part: Any) -> str:
    return f"{Part(part.part).label} changed on {_day(part.changed_at)}; to be decided again"


def _before(facts: VersionFacts, stage: StageFact) -> str:
    open_ones = [
        Stage(each.stage).label.lower()
        for each in facts.stages
        if each.position < stage.position and not facts.is_approved(each.stage)
    ]
    *most, last = open_ones
    return f"{', '.join(most)} and {last}" if most else last


def _who_decides(deciders: Sequence[Person], barred: set, reader: Person) -> str:
    able = [person for person in deciders if person.pk not in barred]
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
        decision = facts.latest_decision(stage.stage)
        changed = facts.changed_parts(decision) if decision and decision.approves else []
        if decision and changed:
            parts = tuple((Part(part.part).label, part.changed_by.name, part.changed_at) for part in changed)
            found.append(Stale(Stage(stage.stage).label, decision, parts))
    return found


def waiting_stages(facts: VersionFacts) -> list[str]:
    """Labels of the stages that can be decided now."""
    return [
        Stage(stage.stage).label
        for stage in facts.stages
        if facts.is_open(stage) and not facts.is_approved(stage.stage)
    ]


@dataclass(frozen=True)
class ConditionItem:
    """A condition as the component shows it."""

    id: int
    text: str
    owner: str
    due: datetime.date
    state: str
    fulfilment: str
    is_mine: bool


def condition_items(decision: Decision, reader: Person) -> list[ConditionItem]:
    return [_condition_item(condition, reader) for condition in decision.conditions.all()]


def _condition_item(condition: Condition, reader: Person) -> ConditionItem:
    overdue = condition.due_on < timezone.localdate()
    return ConditionItem(
        id=condition.pk,
        text=condition.text,
        owner=condition.owner.name,
        due=condition.due_on,
        state="met" if condition.fulfilled_at else ("overdue" if overdue else "open"),
        fulfilment=condition.fulfilment,
        is_mine=condition.owner_id == reader.pk and not condition.fulfilled_at,
    )


# The reader's desk


@dataclass(frozen=True)
class Desk:
    """What the reader may decide now. `objections` say why not, about the stage that concerns them most."""

    stages: tuple[Stage, ...]
    stage: Stage | None
    objections: tuple[ValidationError, ...] = ()
    against_approving: tuple[ValidationError, ...] = ()

    @property
    def is_open(self) -> bool:
        return bool(self.stages)


def desk(facts: VersionFacts, review: Review, *, by: Person, may_decide: set[str], wanted: str = "") -> Desk:
    """`wanted` is the stage in the address, when the reader may decide more than one."""

    def against(stage: str, *, approving: bool) -> list[ValidationError]:
        return rules.against_deciding(facts, review, stage, by=by, may_decide=may_decide, approving=approving)

    asked = [Stage(stage.stage) for stage in facts.stages]
    mine = tuple(stage for stage in asked if not against(stage, approving=False))
    if mine:
        stage = next((each for each in mine if each == wanted), mine[0])
        return Desk(mine, stage, against_approving=tuple(against(stage, approving=True)))
    stage = _nearest(facts, asked, may_decide)
    return Desk((), stage, tuple(against(stage, approving=False)) if stage else ())


def _nearest(facts: VersionFacts, asked: Sequence[Stage], may_decide: set[str]) -> Stage | None:
    """The reader's own stage first, and of those the first that is still to be decided."""
    ranked = sorted(asked, key=lambda stage: (stage not in may_decide, facts.is_approved(stage)))
    return ranked[0] if ranked else None
