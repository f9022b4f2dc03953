"""The threads of a review, as its page shows them: open ones first, longest waiting on top."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, Value, When
from django.http import QueryDict

from approvals import places
from approvals.facts import VersionFacts
from approvals.facts.loading import JSONRows, moment, nested
from approvals.models import Comment, CommentMention, Review
from approvals.places import Place
from audit import paging

ROWS = 50
PAGE, ASKED = "comments", "comment"
LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Answer:
    id: int
    by: str
    at: datetime.datetime
    text: str
    calls: Sequence[str]


@dataclass(frozen=True)
class Thread:
    """`calls` are the people called in its first comment; `has_changed` says that something else stands there now."""

    first: Comment
    place: Place
    calls: Sequence[str]
    answers: Sequence[Answer]
    has_changed: bool

    @property
    def id(self) -> int:
        return self.first.pk


@dataclass(frozen=True)
class Threads:
    """Those of one page. `is_asked_resolved`: the address asks for one that is resolved."""

    open: list[Thread]
    resolved: list[Thread]
    previous_url: str = ""
    next_url: str = ""
    is_asked_resolved: bool = False


def open_places() -> JSONRows:
    """Beside a review: where each open thread of it stands, of so many as anybody counts."""
    found = Comment.objects.filter(review=OuterRef("pk")).open().order_by("pk")
    return JSONRows(found[: paging.MOST_COUNTED + 1], place=F("place"), about=F("about"))


def counted(review: Review) -> Counter[str]:
    """How many threads are open at each place of a review with its `open_places`, by the key of the place."""
    return Counter(Place(row["place"], row["about"]).key for row in review.open_places)


def of(review: Review, facts: VersionFacts, query: QueryDict, asked: int | None = None) -> Threads:
    """The page that the address asks for, from one statement. The thread of the comment that it names, or that is
    `asked` for, comes first."""
    asked, number = asked or _number(query.get(ASKED)), max(1, _number(query.get(PAGE)))
    found = list(_threads(review, asked)[(number - 1) * ROWS : number * ROWS + 1])
    shown = [_thread(row, facts) for row in found[:ROWS]]
    return Threads(
        open=[each for each in shown if each.first.resolved_at is None],
        resolved=[each for each in shown if each.first.resolved_at],
        previous_url=_page(query, number - 1) if number > 1 else "",
        next_url=_page(query, number + 1) if len(found) > ROWS else "",
        is_asked_resolved=any(row.is_asked and row.resolved_at for row in found[:ROWS]),
    )


def _number(text: str | None) -> int:
    """0 for what is none."""
    return int(text) if text and len(text) <= LONGEST_NUMBER and text.isascii() and text.isdecimal() else 0


def _page(query: QueryDict, number: int) -> str:
    return f"{paging.address(query, leave_out=(PAGE,), **({PAGE: number} if number > 1 else {}))}#comments"


def _threads(review: Review, asked: int) -> Any:
    is_asked = Q(pk=asked) | Exists(Comment.objects.filter(pk=asked, answers=OuterRef("pk")))
    answers = Comment.objects.filter(answers=OuterRef("pk")).order_by("pk")
    said = {"id": F("pk"), "by": F("written_by__name"), "at": F("written_at"), "text": F("text"), "calls": _calls()}
    return (
        Comment.objects.filter(review=review)
        .threads()
        .select_related("written_by", "resolved_by")
        .annotate(
            calls=_calls(),
            said=JSONRows(answers, **said),
            is_asked=Case(When(is_asked, then=Value(True)), default=Value(False), output_field=BooleanField()),
            is_resolved=Case(
                When(resolved_at=None, then=Value(False)), default=Value(True), output_field=BooleanField()
            ),
        )
        .order_by("-is_asked", "is_resolved", "pk")
    )


def _calls() -> JSONRows:
    return JSONRows(CommentMention.objects.filter(comment=OuterRef("pk")).order_by("pk"), name=F("person__name"))


def _thread(row: Any, facts: VersionFacts) -> Thread:
    place = Place(row.place, row.about)
    return Thread(
        first=row,
        place=place,
        calls=_names(row.calls),
        answers=[_answer(each) for each in row.said],
        has_changed=places.digest(facts, place) != row.digest,
    )


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(row["id"], row["by"], moment(row["at"]), row["text"], _names(nested(row["calls"])))


def _names(rows: Sequence[Mapping[str, str]]) -> list[str]:
    return [each["name"] for each in rows]
