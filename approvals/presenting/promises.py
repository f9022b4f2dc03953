"""What was promised with approvals, so that one with conditions is never taken for one without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from approvals.models import Condition, Decision, Review
from approvals.presenting.words import OUTCOME_LOOKS, STATUS_LOOKS, counted

KEPT = OUTCOME_LOOKS[Decision.Outcome.APPROVED]


@dataclass(frozen=True)
class Look:
    """How a state is drawn and said."""

    state: str
    icon: str
    words: str


@dataclass(frozen=True)
class Promises:
    """The conditions of some decisions; `open` are those not kept yet, the first due first."""

    made: int
    open: tuple[Condition, ...]

    @property
    def sentence(self) -> str:
        if not self.made:
            return ""
        if not self.open:
            return "Its condition is kept." if self.made == 1 else f"Its {self.made} conditions are kept."
        due = f"{self.open[0].due_on:%-d %b %Y}"
        if self.made == 1:
            return f"Its condition is open, due {due}."
        is_first = "" if len(self.open) == 1 else "the first "
        of_all = "" if len(self.open) == self.made else f" of {self.made}"
        return f"{len(self.open)}{of_all} conditions {_are(len(self.open))} open, {is_first}due {due}."


def promises(decided: Iterable[Decision]) -> Promises:
    made = [condition for decision in decided for condition in decision.conditions.all()]
    left = sorted((each for each in made if not each.fulfilled_at), key=lambda each: (each.due_on, each.pk))
    return Promises(len(made), tuple(left))


def review_look(review: Review, *, on_conditions: bool, are_kept: bool) -> Look:
    """The review's state; an approval with conditions says so, and looks like one without once all are kept."""
    state, icon = STATUS_LOOKS[review.status]
    if review.status != Review.Status.APPROVED or not on_conditions:
        return Look(state, icon, review.get_status_display())
    outcome = Decision.Outcome.APPROVED_WITH_CONDITIONS
    return Look(*(KEPT if are_kept else OUTCOME_LOOKS[outcome]), outcome.label)


def decision_look(decision: Decision) -> Look:
    made = promises([decision])
    look = KEPT if made.made and not made.open else OUTCOME_LOOKS[decision.outcome]
    return Look(*look, decision.get_outcome_display())


def said_on_approving(stage: str, given: int) -> str:
    """What the reviewer hears who has just approved, with so many conditions."""
    conditions = f" with {counted(given, 'condition')}" if given else ""
    return f"{stage} approval given{conditions}."


def said_when_complete(still_open: int) -> str:
    left = f"; {counted(still_open, 'condition')} {_are(still_open)} open" if still_open else ""
    return f"Every approval that this version needs is given{left}."


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
