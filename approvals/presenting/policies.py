"""A policy, a draft and its dry run as pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from approvals import terms
from approvals.facts import PolicyTerms, StageFact, ThresholdFact
from approvals.models import Check, CheckMode, Forecast, ForecastChange, PolicyDraft
from approvals.presenting.words import question
from registry.models import AIModel, Purpose

DRAFT_LOOKS = {
    PolicyDraft.Status.DRAFT: ("info", "file"),
    PolicyDraft.Status.PROPOSED: ("warn", "clock"),
    PolicyDraft.Status.PUBLISHED: ("ok", "check"),
    PolicyDraft.Status.DISCARDED: ("quiet", "undo"),
}
EFFECT_LOOKS = {
    ForecastChange.Effect.RUNNING: ("bad", "alert"),
    ForecastChange.Effect.CLOSED: ("bad", "lock"),
    ForecastChange.Effect.REVIEW: ("warn", "review"),
    ForecastChange.Effect.MORE: ("warn", "flag"),
    ForecastChange.Effect.LESS: ("info", "flag"),
    ForecastChange.Effect.OPENED: ("ok", "check"),
}


@dataclass(frozen=True)
class StageLine:
    label: str
    question: str
    turn: str
    given_by: str
    further: list[str]
    rests_on: str


@dataclass(frozen=True)
class ThresholdLine:
    figure: str
    bound: str
    purpose: str


def stage_lines(wanted: PolicyTerms, names: Mapping[str, str]) -> list[StageLine]:
    """`names` as for `terms.differences`."""
    return [
        StageLine(
            each.stage.label,
            question(each),
            turn=terms.order_words(wanted, each),
            given_by=terms.quorum_words(each),
            further=_further(each, names),
            rests_on=terms.parts_words(each),
        )
        for each in wanted.stages
    ]


def _further(stage: StageFact, names: Mapping[str, str]) -> list[str]:
    """Who decides, what else is asked of them, and by when."""
    found = [words] if (words := terms.right_words(stage)) else []
    found += [f"only {words}" for words in terms.decider_words(stage, names)]
    found += [f"confirms: {point}" for point in stage.checklist]
    found += ["signs with password or second factor"] if stage.is_signed else []
    if stage.service_level_days:
        told = f", then {terms.person_words(stage.fallback, names)} is told" if stage.fallback else ""
        found.append(f"within {terms.service_words(stage)}{told}")
    return found


@dataclass(frozen=True)
class CheckLine:
    """`refusals` says how many deployments a check that is shown would have refused."""

    label: str
    mode: CheckMode
    asked: str
    refusals: str


def check_lines(wanted: PolicyTerms, refused: Mapping[str, int]) -> list[CheckLine]:
    """`refused` are how many deployments of the tier each check was shown at and would have refused."""
    asked = {Check.CARD: f"sections: {terms.sections_words(wanted)}"}
    if wanted.least_test_coverage:
        asked[Check.CODE] = f"tests run at least {wanted.least_test_coverage} % of the code"
    return [
        CheckLine(check.label, wanted.mode(check), asked.get(check, ""), _refusals(check, wanted, refused))
        for check in Check
    ]


def _refusals(check: Check, wanted: PolicyTerms, refused: Mapping[str, int]) -> str:
    count = refused.get(check, 0)
    if wanted.mode(check) != CheckMode.SHOWN and not count:
        return ""
    return f"{count} deployment{'' if count == 1 else 's'}"


def thresholds_by_task(wanted: PolicyTerms) -> dict[str, list[ThresholdLine]]:
    """For each kind of model its bounds; one that holds on data of several purposes is one line."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for each in sorted(wanted.thresholds, key=_reading_order):
        of_task = found.setdefault(AIModel.Task(each.task).label, {})
        key = terms.figure_words(each), terms.bound_words(each)
        of_task.setdefault(key, []).append(Purpose(each.purpose).label.lower())
    return {
        task: [ThresholdLine(figure, bound, " and ".join(purposes)) for (figure, bound), purposes in lines.items()]
        for task, lines in found.items()
    }


def _reading_order(threshold: ThresholdFact) -> tuple:
    tasks, purposes = list(AIModel.Task), list(Purpose)
    return tasks.index(threshold.task), threshold.metric, threshold.group, purposes.index(threshold.purpose)


@dataclass(frozen=True)
class Tally:
    effect: str
    state: str
    icon: str
    count: int


def tallies(counts: Iterable[tuple[str, int]]) -> list[Tally]:
    """How many versions and environments each effect has, the most severe first."""
    counted = dict(counts)
    return [
        Tally(effect.label, *EFFECT_LOOKS[effect], counted[effect])
        for effect in ForecastChange.Effect
        if effect in counted
    ]


def is_of_now(forecast: Forecast, draft: PolicyDraft) -> bool:
    """Whether the dry run was made of the draft as it stands."""
    return forecast.of == draft.changed_at
