"""Who may decide a stage and why the others may not, in words."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from django.utils import timezone

from approvals import terms
from approvals.deciders import Barred, StageDeciders
from approvals.facts import OWNED, REGISTERED, DecisionFact, VersionFacts, person_named
from approvals.models import Decision, Review
from approvals.presenting.stages import counted_names, lapse_words, stages_before
from approvals.presenting.words import OUTCOME_LOOKS, STATUS_LOOKS, listed, question
from registry.models import Part, Person

#: What comes with registering a version is not said again, part by part.
COMES_WITH_VERSION = (Part.ARTIFACT, Part.LINEAGE, Part.CONFIGURATION, Part.RISK)


@dataclass(frozen=True)
class StageAnswer:
    """A stage as the page shows it: `look`, `icon` and `state` say where it stands, `sentence` what it waits for."""

    found: StageDeciders
    look: str
    icon: str
    state: str
    sentence: str
    is_done: bool = False

    @property
    def label(self) -> str:
        return self.found.stage.stage.label

    @property
    def question(self) -> str:
        return question(self.found.stage)

    @property
    def who_decides(self) -> list[str]:
        """What the policy says of it; nothing where everybody decides who holds the stage's own right."""
        stage, found = self.found.stage, []
        if stage.decided_with != stage.stage:
            found.append(f"The policy has it decided by {terms.right_words(stage)}.")
        if self.found.named:
            found.append("The policy names who decides it; others with the right do not.")
        return found

    @property
    def waits_for_use_case(self) -> bool:
        return any(error.code == "use-case-not-approved" for error in self.found.against_approving)


def stage_answer(facts: VersionFacts, found: StageDeciders) -> StageAnswer:
    stage = found.stage
    if facts.is_approved(stage.stage):
        return _approved(found, facts.approvals[stage.stage])
    codes = {error.code for error in found.against_now}
    if facts.is_retired:
        return StageAnswer(found, "quiet", "retired", "Retired", "Nothing is decided about a retired version.")
    if not facts.is_open(stage):
        return StageAnswer(found, "quiet", "clock", "Not open yet", f"Opens after {stages_before(facts, stage)}.")
    if "not-asked" in codes:
        return _not_asked(facts, found)
    if "wrong-state" in codes:
        return _with_its_author(facts, found)
    return StageAnswer(found, "info", "clock", "Open now", _open(found))


def _approved(found: StageDeciders, approvals: Sequence[DecisionFact]) -> StageAnswer:
    conditional = any(each.is_conditional for each in approvals)
    outcome = Decision.Outcome.APPROVED_WITH_CONDITIONS if conditional else Decision.Outcome.APPROVED
    how = " with conditions" if conditional else ""
    names = listed(each.by.name for each in approvals)
    given = f"{names} approved it{how} on {timezone.localtime(approvals[-1].at):%-d %b %Y}."
    again = "It is asked again only when what it rests on changes."
    return StageAnswer(found, *OUTCOME_LOOKS[outcome], outcome.label, f"{given} {again}", is_done=True)


def _not_asked(facts: VersionFacts, found: StageDeciders) -> StageAnswer:
    if lapsed := facts.lapsed(found.stage.stage):
        sentence = f"{lapse_words(facts, lapsed[-1])}. It opens when review is asked for again."
        return StageAnswer(found, "stale", "", "Stale", sentence)
    asker = f"somebody of {facts.version.model.team.name}"
    return StageAnswer(found, "quiet", "clock", "Not asked", f"Opens when {asker} asks for review.")


def _with_its_author(facts: VersionFacts, found: StageDeciders) -> StageAnswer:
    asked, status = facts.open_review, Review.Status(facts.open_review.status)
    author = asked.requested_by.name
    if status == Review.Status.DRAFT:
        sentence = f"R-{asked.id} is a draft. Opens when {author} submits it."
        return StageAnswer(found, *STATUS_LOOKS[status], status.label, sentence)
    request, opens = facts.requested_changes, f"Opens again when {author} submits R-{asked.id} again."
    if request.stage == found.stage.stage:
        sentence = f"{request.by.name} requested changes. {opens}"
        return StageAnswer(found, *STATUS_LOOKS[status], status.label, sentence)
    return StageAnswer(found, "quiet", "clock", "Waits", f"The {request.stage.words} stage requested changes. {opens}")


def _open(found: StageDeciders) -> str:
    if not found.able:
        return "It waits for somebody who may decide it."
    return f"{counted_names(found.able)} decides." if len(found.able) == 1 else "One of those who may decides."


def summary(answers: Sequence[StageAnswer]) -> str:
    """The page's answer in one sentence."""
    open_now = [answer for answer in answers if answer.found.is_open and not answer.is_done]
    if open_now:
        return " ".join(
            f"The {answer.found.stage.stage.words} stage is open: {_who(answer.found.able)}." for answer in open_now
        )
    if answers and all(answer.is_done for answer in answers):
        return "Every stage that this version needs is approved."
    return "Nothing is to be decided now. Below stands who decides once it is."


def _who(able: Sequence[Person]) -> str:
    if not able:
        return "nobody may decide it yet"
    return f"{counted_names(able)} decide{'s' if len(able) == 1 else ''}"


def named_words(person: Person, named: Set[str]) -> str:
    """How the policy names somebody who is among `named` by their name or by a team of theirs; "" where it names
    nobody."""
    if not named:
        return ""
    return "named by the policy" if person_named(person.pk) in named else "in a team that the policy names"


def barred_because(facts: VersionFacts, barred: Barred) -> str:
    """Everything that keeps this person from deciding here, as the end of a sentence about them."""
    reasons = []
    if "no-right" in barred.codes:
        reasons.append("the account is deactivated")
    if "person-required" in barred.codes:
        reasons.append("only people decide")
    if "not-named" in barred.codes:
        reasons.append("is not among those whom the policy names for it")
    if "one-stage-each" in barred.codes:
        reasons.append("approved another stage of this version")
    if "right-from-party" in barred.codes:
        reasons.append("was given the right by somebody who has a part in this version")
    if "right-too-new" in barred.codes:
        reasons.append("was given the right after this review was submitted")
    if "chose-decider" in barred.codes:
        reasons.append("alone gave the right to somebody who approved this version")
    if {"own-request", "own-work"} & set(barred.codes):
        reasons += _part_in_it(facts, barred.person)
    return listed(reasons)


def _part_in_it(facts: VersionFacts, person: Person) -> list[str]:
    work = facts.work.get(person.identity, [])
    words = ["asked for its review"] if person.identity in facts.requesters else []
    words += ["registered this version"] if REGISTERED in work else []
    words += ["owns the model"] if OWNED in work else []
    own = [part for part in Part if part in work]
    parts = [part.label.lower() for part in own if not (REGISTERED in work and part in COMES_WITH_VERSION)]
    return words + ([f"last changed {listed(f'the {part}' for part in parts)}"] if parts else [])
