"""What one questionnaire asks otherwise than another, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from registry.rules import PROHIBITED, Choice, Question


@dataclass(frozen=True)
class Difference:
    """Of a question, or of all of them, one `part`; "" is what the one or the other does not have."""

    what: str
    part: str
    before: str
    after: str


ALL = "All questions"


def differences(before: Sequence[Question], after: Sequence[Question]) -> list[Difference]:
    """Questions and answers are the same while their ids are."""
    old, new = {each.id: each for each in before}, {each.id: each for each in after}
    found: list[Difference] = []
    for question in after:
        was = old.get(question.id)
        found += _changed(was, question) if was else [Difference(question.text, "New question", "", _asked(question))]
    found += [Difference(each.text, "Left out", _asked(each), "") for each in before if each.id not in new]
    return found + _order(ALL, "Order", before, after, [each.text for each in before], [each.text for each in after])


def _changed(was: Question, now: Question) -> Iterator[Difference]:
    for part, before, after in (("Question", was.text, now.text), ("Explanation", was.help, now.help)):
        if before != after:
            yield Difference(now.text, part, before, after)
    for choice in now.answers:
        earlier = was.answer(choice.id)
        if earlier != choice:
            yield Difference(now.text, "Answer" if earlier else "New answer", _said(earlier), _said(choice))
    for choice in was.answers:
        if now.answer(choice.id) is None:
            yield Difference(now.text, "Answer left out", _said(choice), "")
    labels = ([each.label for each in was.answers], [each.label for each in now.answers])
    yield from _order(now.text, "Order of answers", was.answers, now.answers, *labels)


def _order(
    what: str,
    part: str,
    before: Iterable[Question | Choice],
    after: Iterable[Question | Choice],
    said_before: list[str],
    said_after: list[str],
) -> list[Difference]:
    """Whether what both have stands in another order."""
    old, new = [each.id for each in before], [each.id for each in after]
    if [each for each in old if each in new] == [each for each in new if each in old]:
        return []
    return [Difference(what, part, "; ".join(said_before), "; ".join(said_after))]


def _asked(question: Question) -> str:
    return "; ".join(map(_said, question.answers))


def _said(choice: Choice | None) -> str:
    if choice is None:
        return ""
    if choice.least == PROHIBITED:
        return f"{choice.label} (prohibited)"
    return f"{choice.label} (at least {choice.least.replace('-', ' ')} risk)" if choice.least else choice.label
