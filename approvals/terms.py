"""The terms of a policy: as the plain data that a draft keeps, and what differs between two of them.

Pure. `plain` and `of_plain` are each other's inverse; what a form or an older draft got wrong is said by
`approvals.rules.against_terms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from approvals.facts import PolicyTerms, StageFact, ThresholdFact
from approvals.facts.loading import OWN_TERMS, own_terms, stage_fact, stage_row
from approvals.models import Check, Stage, Threshold
from registry import cards
from registry.metrics import metric
from registry.models import AIModel, Part, Purpose

NOT_ASKED = "not asked"


def plain(terms: PolicyTerms) -> dict[str, Any]:
    own = {name: getattr(terms, name) for name in OWN_TERMS}
    return own | {
        "card_sections": list(terms.card_sections),
        "stages": [stage_row(each) for each in terms.stages],
        "thresholds": [
            {
                "task": str(each.task),
                "purpose": str(each.purpose),
                "metric": each.metric,
                "group": each.group,
                "bound": str(each.bound),
                "limit": f"{each.limit.normalize():f}",
            }
            for each in terms.thresholds
        ],
    }


def of_plain(given: Mapping[str, Any]) -> PolicyTerms:
    """A draft from before there was a term says nothing of it, and asks nothing by it."""
    return PolicyTerms(
        **own_terms(given),
        stages=tuple(stage_fact(each) for each in given["stages"]),
        thresholds=tuple(ThresholdFact(**(each | {"limit": Decimal(each["limit"])})) for each in given["thresholds"]),
    )


@dataclass(frozen=True)
class Difference:
    """One term of two policies in words for whoever publishes."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class _Term:
    """What it is about, and what it says in words; `silent` where it says nothing. Part of a stage, it comes and goes
    with the stage."""

    what: str
    said: str
    silent: str = ""
    is_part: bool = False

    @property
    def words(self) -> str:
        return self.said or self.silent


def differences(
    before: PolicyTerms, after: PolicyTerms, names: Mapping[str, str] = MappingProxyType({})
) -> list[Difference]:
    """In the order in which a policy is read: stages, thresholds, times. `names` are those of whom and what the
    terms name, by the ids of people, by `team_named` and by `model_key`."""
    old, new = _named(before, names), _named(after, names)
    found = (_difference(old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()))
    return [each for each in found if each and each.before != each.after]


def _difference(old: _Term | None, new: _Term | None) -> Difference | None:
    """None for what a stage says nothing of that was not asked before, and for each part of one that is not any more:
    that it is not says it all."""
    if new is None:
        return None if old.is_part else Difference(old.what, old.words, NOT_ASKED)
    if old is None:
        return Difference(new.what, NOT_ASKED, new.words) if new.said else None
    return Difference(new.what, old.words, new.words)


def _named(terms: PolicyTerms, names: Mapping[str, str]) -> dict[tuple, _Term]:
    """Each term by a key that sorts them for reading."""
    found: dict[tuple, _Term] = {}
    for stage in terms.stages:
        for number, term in enumerate(_stage_terms(terms, stage, names)):
            found[0, stage.stage.place, number] = term
    for each in terms.thresholds:
        key = (1, each.task, each.purpose, each.metric, each.group, each.bound)
        found[key] = _Term(threshold_words(each), bound_words(each))
    for place, check in enumerate(Check):
        found[2, 0, place] = _Term(f"Check: {check.label.lower()}", terms.mode(check).label.lower())
    found[2, 1, 0] = _Term("Sections of the model card", sections_words(terms))
    if terms.least_test_coverage:
        found[2, 1, 1] = _Term("Tests run", f"at least {terms.least_test_coverage} % of the code")
    found[3, "approval"] = _Term("An approval counts", validity_words(terms))
    each_stage = "one stage of a version" if terms.is_one_stage_each else "any stage"
    found[3, "each"] = _Term("One person may approve", each_stage)
    found[3, "cadence"] = _Term("Performance is looked at", f"every {terms.review_cadence_days} days")
    found[3, "rollback"] = _Term("A rollback test counts for", f"{terms.rollback_test_valid_days} days")
    return found


def _stage_terms(terms: PolicyTerms, stage: StageFact, names: Mapping[str, str]) -> list[_Term]:
    by = f", by {quorum_words(stage)}" if stage.quorum > 1 else ""
    label = stage.stage.label
    parts = [
        ("reviewers judge", f"“{stage.question}”" if stage.question else "", "what is usual"),
        ("approval is given by", right_words(stage), f"those who decide {stage.stage.words} reviews"),
        ("approval is given only by", "; ".join(decider_words(stage, names)), "everybody with the right"),
        ("approval rests on", parts_words(stage), ""),
        ("checklist", " ".join(f"“{point}”" for point in stage.checklist), "nothing"),
        ("decisions", "are signed" if stage.is_signed else "", "are not signed"),
        ("approval is due", service_words(stage), "on no day"),
        ("approval, once overdue, is brought to", person_words(stage.fallback, names), "nobody else"),
    ]
    return [
        _Term(f"{label} approval", order_words(terms, stage) + by),
        *(_Term(f"{label} {what}", said, silent, is_part=True) for what, said, silent in parts),
    ]


def sections_words(terms: PolicyTerms) -> str:
    asked = [section.title.lower() for section in cards.SECTIONS if section.slug in terms.card_sections]
    return "all" if len(asked) == len(cards.SECTIONS) else ", ".join(asked) or "none"


def service_words(stage: StageFact) -> str:
    days = stage.service_level_days
    return f"{days} business day{'' if days == 1 else 's'} after it opens" if days else ""


def person_words(person: str, names: Mapping[str, str]) -> str:
    """As the ledger calls somebody whose name is not known."""
    return names.get(person, f"person {person[:8]}") if person else ""


def right_words(stage: StageFact) -> str:
    """Whose right decides it; "" where it is the stage's own."""
    return "" if stage.decided_with == stage.stage else f"those who decide {Stage(stage.decided_with).words} reviews"


def decider_words(stage: StageFact, names: Mapping[str, str]) -> list[str]:
    """Who of those with the right decides it: of every model first, then of each that is named."""
    found: dict[str, list[str]] = {}
    for model, who in sorted(stage.deciders):
        found.setdefault(model, []).append(_who_words(who, names))
    return [
        f"{f'for {names.get(model_key(model), model_key(model))}: ' if model else ''}{', '.join(people)}"
        for model, people in found.items()
    ]


def _who_words(who: str, names: Mapping[str, str]) -> str:
    kind, _, key = who.partition(":")
    if kind == "team":
        return f"team {names.get(who, key)}"
    return person_words(key, names)


def model_key(model: str) -> str:
    """How `names` know a model by its id."""
    return f"model:{model}"


def order_words(terms: PolicyTerms, stage: StageFact) -> str:
    """When its turn comes: first, or after which stages."""
    *most, last = [each.stage.words for each in terms.stages if each.position < stage.position] or [""]
    if not last:
        return "first"
    return f"after {', '.join(most)} and {last}" if most else f"after {last}"


def parts_words(stage: StageFact) -> str:
    return ", ".join(Part(part).label.lower() for part in Part if part in stage.rests_on) or "nothing"


def quorum_words(stage: StageFact) -> str:
    return "one person" if stage.quorum == 1 else f"{stage.quorum} people"


def validity_words(terms: PolicyTerms) -> str:
    return f"for {terms.approval_valid_days} days" if terms.approval_valid_days else "until what it rests on changes"


def threshold_words(threshold: ThresholdFact) -> str:
    """What is bounded: which figure, of which models, on which data."""
    task, purpose = AIModel.Task(threshold.task).label.lower(), Purpose(threshold.purpose).label.lower()
    return f"{figure_words(threshold)} of {task} on {purpose} data"


def figure_words(threshold: ThresholdFact) -> str:
    gap = {"": "", "*": " gap between groups"}.get(threshold.group, f" gap by {threshold.group}")
    return f"{metric(threshold.metric).name}{gap}"


def bound_words(threshold: ThresholdFact) -> str:
    return f"{Threshold.Bound(threshold.bound).label} {threshold.limit.normalize():f}"
