"""What answers about the risk of a model come to, and what a questionnaire has to be. Pure questions."""

from __future__ import annotations

import datetime
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from registry.lifecycle import questionnaire_verb
from registry.rules.people import against_chosen, against_token

if TYPE_CHECKING:
    from registry.models import AIModel, Person, Questionnaire, RiskAssessment

#: What an answer asks for in place of a tier where it names a practice that no tier makes lawful.
PROHIBITED = "prohibited"
#: As many as fit into one form that Django takes (DATA_UPLOAD_MAX_NUMBER_FIELDS).
MOST_QUESTIONS, MOST_ANSWERS = 20, 14
LEAST_ANSWERS = 2
#: A tier is lowered no sooner than this after somebody proposed it.
COOLING = datetime.timedelta(days=1)
ID = re.compile(r"^[a-z][a-z0-9_-]{0,39}\Z")


@dataclass(frozen=True)
class Choice:
    """One answer. `least` is the slug of the lowest tier that it lets a model be in, "" for any, or `PROHIBITED`."""

    id: str
    label: str
    least: str = ""


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    help: str
    answers: tuple[Choice, ...]

    def answer(self, given: str) -> Choice | None:
        return next((each for each in self.answers if each.id == given), None)


@dataclass(frozen=True)
class Judgement:
    """The tier that answers come to. What is prohibited stands in the highest, where everything is asked of it."""

    tier: str
    rank: int
    is_prohibited: bool
    explanation: str

    @property
    def weight(self) -> tuple[bool, int]:
        """Compared with another: which of the two is the higher."""
        return self.is_prohibited, self.rank


@dataclass(frozen=True)
class Given:
    """One question with the answer that was given to it, and what that asked for."""

    question: Question
    choice: Choice

    @property
    def weighs(self) -> bool:
        return bool(self.choice.least)

    @property
    def is_prohibited(self) -> bool:
        return self.choice.least == PROHIBITED


@dataclass(frozen=True)
class Carried:
    """Answers of before that still fit, by question, and of each other question why it is open."""

    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def read(questions: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Of the plain data of `Questionnaire.questions`."""
    return tuple(
        Question(each["id"], each["text"], each["help"], tuple(Choice(**answer) for answer in each["answers"]))
        for each in questions
    )


def plain(questions: Iterable[Question]) -> list[dict[str, Any]]:
    return [asdict(each) | {"answers": [asdict(answer) for answer in each.answers]} for each in questions]


def judge(questions: Sequence[Question], answers: Mapping[str, str], ranks: Mapping[str, int]) -> Judgement:
    """`answers` fit the questions (`against_answers`); `ranks` are those of the tiers, by their slugs.

    A tier that is gone by now counts as the highest.
    """
    highest = max(ranks, key=lambda slug: ranks[slug])
    given = [_choice(question, answers) for question in questions]
    prohibited = [each for each in given if each.is_prohibited]
    if prohibited:
        said = " ".join(_said(each, "is a practice that may not be approved at all") for each in prohibited)
        return Judgement(highest, ranks[highest], True, said)
    demands = {each: ranks.get(each.choice.least, ranks[highest]) for each in given if each.weighs}
    lowest = min(ranks, key=lambda slug: ranks[slug])
    rank = max([ranks[lowest], *demands.values()])
    tier = next(slug for slug in ranks if ranks[slug] == rank)
    if rank == ranks[lowest]:
        return Judgement(tier, rank, False, f"No answer asks for more than {_words(tier)} risk.")
    said = [_said(each, f"takes at least {_words(tier)} risk") for each, least in demands.items() if least == rank]
    return Judgement(tier, rank, False, " ".join(said))


def lowers(model: AIModel, found: Judgement) -> bool:
    """Whether the answers ask for less than the tier that the model has."""
    return model.tier is not None and found.weight < (model.is_prohibited, model.tier.rank)


def raises(model: AIModel, found: Judgement) -> bool:
    """Whether they ask for more than the tier that it has. Not so of a model that nobody has assessed."""
    return model.tier is not None and found.weight > (model.is_prohibited, model.tier.rank)


def opens_at(proposed_at: datetime.datetime) -> datetime.datetime:
    """From when on what was proposed then can be lowered."""
    return proposed_at + COOLING


def in_utc(moment: datetime.datetime) -> str:
    """For readers of several time zones."""
    return f"{moment.astimezone(datetime.UTC):%-d %b %Y %H:%M} UTC"


def lacks_use_case(model: AIModel) -> bool:
    """It names none that counts, so that assessing it asks for one."""
    return model.use_case is None or model.use_case.status == model.use_case.Status.REJECTED


def fits(questions: Sequence[Question], answers: Mapping[str, str]) -> bool:
    """Whether the answers can be judged by these questions: each is answered, with an answer that it has."""
    return not against_answers(questions, answers)


def answers_given(questions: Sequence[Question], answers: Mapping[str, str]) -> list[Given]:
    """Each question with its answer, those that weigh first."""
    given = [Given(question, question.answer(answers[question.id])) for question in questions if question.id in answers]
    return sorted((each for each in given if each.choice), key=lambda each: not each.weighs)


def carried(questions: Sequence[Question], before: Iterable[Given]) -> Carried:
    """What was answered `before` to these or to other questions. An answer is carried on while question and answer read
    as they did: nobody has said it of other words."""
    known, answers, notes = {each.question.id: each for each in before}, {}, {}
    for question in questions:
        was = known.get(question.id)
        if was is None:
            notes[question.id] = "New since it was last answered."
        elif question.text != was.question.text:
            notes[question.id] = f"Before: “{was.question.text}” was answered “{was.choice.label}”."
        elif not any((each.id, each.label) == (was.choice.id, was.choice.label) for each in question.answers):
            notes[question.id] = f"Before: “{was.choice.label}”, which is not offered any more."
        else:
            answers[question.id] = was.choice.id
    return Carried(answers, notes)


def against_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> list[ValidationError]:
    known = {question.id: question for question in questions}
    missing = [each for each in known if each not in answers]
    wrong = [each for each, given in answers.items() if each in known and known[each].answer(given) is None]
    objections = [_no(f"There is no question “{each}”.", "unknown-question") for each in answers if each not in known]
    if missing:
        objections.append(_no(f"Answer every question. Not answered: {', '.join(missing)}.", "answer-missing"))
    return objections + [_no(f"“{answers[each]}” is no answer to “{each}”.", "unknown-answer") for each in wrong]


def against_questionnaire_read(seen: int | None, revision: int) -> list[ValidationError]:
    """`seen` is the revision that was answered, None where nobody says."""
    if seen is None or seen == revision:
        return []
    return [
        _no(
            f"Revision {revision} of the questionnaire was published since you opened it. Answer that one.",
            "questionnaire-changed",
        )
    ]


def against_questions(questions: Sequence[Question], tiers: Iterable[str]) -> list[ValidationError]:
    """What keeps these questions from being a questionnaire. `tiers` are the slugs of those there are."""
    if not questions:
        return [_no("Ask at least one question.", "question-missing")]
    objections = []
    if len(questions) > MOST_QUESTIONS:
        objections.append(_no(f"Ask at most {MOST_QUESTIONS} questions.", "too-many-questions"))
    for name, times in Counter(each.id for each in questions).items():
        if times > 1:
            objections.append(_no(f"Two questions are called “{name}”. Name each once.", "question-twice"))
    for question in questions:
        objections += _against_question(question, {"", PROHIBITED, *tiers})
    if not any(answer.least for question in questions for answer in question.answers):
        objections.append(_no("No answer asks for a tier, so every model would be in the lowest.", "no-demand"))
    return objections


def _against_question(question: Question, demands: set[str]) -> list[ValidationError]:
    name, objections = question.id, []
    if not ID.fullmatch(name):
        objections.append(_no(f"“{name}” names no question: use small letters, digits and “_”.", "question-name"))
    if not question.text.strip():
        objections.append(_no(f"Say what “{name}” asks.", "question-text"))
    if not LEAST_ANSWERS <= len(question.answers) <= MOST_ANSWERS:
        objections.append(
            _no(f"“{name}” needs {LEAST_ANSWERS} to {MOST_ANSWERS} answers to choose from.", "answers-count")
        )
    for answer in question.answers:
        if not ID.fullmatch(answer.id):
            objections.append(_no(f"“{answer.id}” names no answer: use small letters, digits and “_”.", "answer-name"))
        if not answer.label.strip():
            objections.append(_no(f"Say what the answer “{answer.id}” to “{name}” means.", "answer-label"))
        if answer.least not in demands:
            objections.append(_no(f"There is no tier “{answer.least}”.", "answer-tier"))
    ids = [answer.id for answer in question.answers]
    labels = [answer.label.casefold() for answer in question.answers]
    if len(set(ids)) < len(ids) or len(set(labels)) < len(labels):
        objections.append(_no(f"Two answers to “{name}” are the same. Keep one.", "answer-twice"))
    return objections


def against_drafting_questionnaire(open_draft: Questionnaire | None) -> list[ValidationError]:
    if open_draft is None:
        return []
    return [_no("The questionnaire is being changed already. Go on in the draft that there is.", "draft-open")]


def against_moving_questionnaire(draft: Questionnaire, verb_name: str) -> list[ValidationError]:
    if questionnaire_verb(verb_name).starts_from(draft.status):
        return []
    return [_no(f"The draft is {draft.get_status_display().lower()}, so this is not possible now.", "wrong-state")]


def against_overwriting_questionnaire(draft: Questionnaire, seen: str) -> list[ValidationError]:
    """`seen` is `changed_at` of what was read, in ISO format."""
    if seen == draft.changed_at.isoformat():
        return []
    return [
        _no(f"{draft.changed_by.name} has saved this draft since you opened it. Read it again first.", "stale-form")
    ]


def against_publishing_questionnaire(
    draft: Questionnaire, newest: Questionnaire, *, by: Person, choosers: set[uuid.UUID]
) -> list[ValidationError]:
    """Holds for superusers as for everybody: whoever wrote in it does not publish it, nor whom they alone chose for it.
    `choosers` are `Person.chosen_alone_by` since the draft was begun."""
    objections = against_token(by)
    if newest.pk != draft.based_on_id:
        objections.append(
            _no(
                f"Revision {newest.revision} was published since this draft was begun. Discard it and begin anew.",
                "questionnaire-moved-on",
            )
        )
    if draft.questions == newest.questions:
        objections.append(_no("The draft asks what is asked now. Change something first.", "no-change"))
    if not draft.reason.strip():
        objections.append(_no("Say in the draft why other questions should be asked.", "reason-missing"))
    if str(by.identity) in draft.authors:
        return [*objections, _no("You wrote in this draft, so another administrator publishes it.", "own-draft")]
    return objections + against_chosen(choosers, {uuid.UUID(author) for author in draft.authors})


def against_proposing_lower(by: Person, reason: str) -> list[ValidationError]:
    """A tier is lowered by people who say why."""
    objections = against_token(by)
    if not reason.strip():
        objections.append(
            _no(
                "These answers lower the tier. Say what has changed; whoever decides about it reads it.",
                "reason-missing",
            )
        )
    return objections


def against_deciding_lower(
    proposal: RiskAssessment, *, by: Person, choosers: set[uuid.UUID], may_start: bool
) -> list[ValidationError]:
    """Whose word counts on a proposal to lower a tier, besides the right: not of whoever proposed it, nor of who
    answers for the model, whichever of their accounts they use. Holds for superusers as for everybody."""
    objections = against_token(by)
    if not may_start:
        state = proposal.get_status_display().lower()
        objections.append(_no(f"The proposal is {state}, so this is not possible now.", "wrong-state"))
    parties = {proposal.assessed_by.identity, proposal.model.owner.identity}
    if by.identity == proposal.assessed_by.identity:
        return [*objections, _no("You proposed it, so somebody else decides.", "own-proposal")]
    if by.identity in parties:
        return [*objections, _no("You answer for this model, so somebody else decides.", "own-model")]
    return objections + against_chosen(choosers, parties)


def against_confirming_now(
    proposal: RiskAssessment, newest: Questionnaire, *, now: datetime.datetime
) -> list[ValidationError]:
    """What only lowering waits for. Declining waits for nothing."""
    objections, opens = [], opens_at(proposal.assessed_at)
    if now < opens:
        objections.append(_no(f"A tier is lowered a day after it was proposed: from {in_utc(opens)} on.", "too-early"))
    if proposal.questionnaire_id != newest.pk:
        objections.append(
            _no(
                f"Revision {newest.revision} of the questionnaire was published since. Assess the model by that one.",
                "questionnaire-moved-on",
            )
        )
    return objections


def against_withdrawing_lower(proposal: RiskAssessment, *, may_start: bool) -> list[ValidationError]:
    if may_start:
        return []
    state = proposal.get_status_display().lower()
    return [_no(f"The proposal is {state}, so this is not possible now.", "wrong-state")]


def _choice(question: Question, answers: Mapping[str, str]) -> Given:
    choice = question.answer(answers[question.id])
    if choice is None:
        raise ValueError(f"“{question.id}” has no such answer.")
    return Given(question, choice)


def _said(given: Given, what: str) -> str:
    return f"“{given.question.text}” was answered “{given.choice.label}”, which {what}."


def _words(tier: str) -> str:
    return tier.replace("-", " ")


def _no(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code)
