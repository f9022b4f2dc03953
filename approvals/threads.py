"""The threads of a review, as its page shows them: open ones first, longest waiting on top. They are read beside the
review, in its own statement."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, Value, When
from django.http import QueryDict
from django.urls import reverse

from approvals import places
from approvals.facts import VersionFacts
from approvals.facts.loading import JSONRows, moment, nested
from approvals.models import Comment, CommentMention, Review
from approvals.places import Place
from audit import paging

ROWS = 20
PAGE, ASKED = "comments", "comment"
LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Said:
    """`calls` are the names of the people called in it."""

    id: int
    by: str
    at: datetime.datetime
    text: str
    calls: Sequence[str]


@dataclass(frozen=True)
class Thread:
    """`has_changed`: something else stands there now. `is_asked`: the address names it, or one of its answers."""

    first: Said
    place: Place
    answers: Sequence[Said]
    has_changed: bool
    is_asked: bool
    resolved_by: str
    resolved_at: datetime.datetime | None

    @property
    def id(self) -> int:
        return self.first.id


@dataclass(frozen=True)
class Threads:
    """Those of one page."""

    open: list[Thread]
    resolved: list[Thread]
    previous_url: str = ""
    next_url: str = ""

    @property
    def is_asked_resolved(self) -> bool:
        return any(each.is_asked for each in self.resolved)


def address(review: int, comment: int) -> str:
    """Of a comment: the page of its review, with its thread on top of a long list."""
    return f"{reverse('approvals:review_detail', args=[review])}?{ASKED}={comment}#comment-{comment}"


def beside(query: QueryDict, asked: int | None = None) -> dict[str, JSONRows]:
    """What a queryset of reviews is annotated with for `of` and `counted`. The thread of the comment that the address
    names, or that is `asked` for, comes first."""
    about, begin = Comment.objects.filter(review=OuterRef("pk")), (_page(query) - 1) * ROWS
    threads = _in_order(about.threads(), asked or _number(query.get(ASKED)))[begin : begin + ROWS + 1]
    told = {name: F(name) for name in ("place", "about", "digest", "resolved_at", "is_asked")}
    answers = Comment.objects.filter(answers=OuterRef("pk")).order_by("pk")
    open_ones = about.open().order_by("pk")[: paging.MOST_COUNTED + 1]
    return {
        "threads": JSONRows(
            threads, **told, **_said(), resolved_by=F("resolved_by__name"), answers=JSONRows(answers, **_said())
        ),
        "open_places": JSONRows(open_ones, place=F("place"), about=F("about")),
    }


def counted(review: Review) -> Counter[str]:
    """How many threads are open at each place, by its key; of so many as anybody counts."""
    return Counter(Place(row["place"], row["about"]).key for row in review.open_places)


def of(review: Review, facts: VersionFacts, query: QueryDict) -> Threads:
    """The page that the address asks for."""
    number, found = _page(query), review.threads
    shown = [_thread(row, facts) for row in found[:ROWS]]
    return Threads(
        open=[each for each in shown if each.resolved_at is None],
        resolved=[each for each in shown if each.resolved_at],
        previous_url=_address(query, number - 1) if number > 1 else "",
        next_url=_address(query, number + 1) if len(found) > ROWS else "",
    )


def _page(query: QueryDict) -> int:
    return max(1, _number(query.get(PAGE)))


def _number(text: str | None) -> int:
    """0 for what is none."""
    return int(text) if text and len(text) <= LONGEST_NUMBER and text.isascii() and text.isdecimal() else 0


def _address(query: QueryDict, number: int) -> str:
    return f"{paging.address(query, leave_out=(PAGE,), **({PAGE: number} if number > 1 else {}))}#comments"


def _in_order(threads: Any, asked: int) -> Any:
    is_asked = Q(pk=asked) | Exists(Comment.objects.filter(pk=asked, answers=OuterRef("pk")))
    return threads.annotate(is_asked=_yes_or_no(is_asked), is_open=_yes_or_no(Q(resolved_at=None))).order_by(
        "-is_asked", "-is_open", "pk"
    )


def _yes_or_no(condition: Any) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def _said() -> dict[str, Any]:
    calls = CommentMention.objects.filter(comment=OuterRef("pk")).order_by("pk")
    return {
        "id": F("pk"),
        "by": F("written_by__name"),
        "at": F("written_at"),
        "text": F("text"),
        "calls": JSONRows(calls, name=F("person__name")),
    }


def _thread(row: Mapping[str, Any], facts: VersionFacts) -> Thread:
    place = Place(row["place"], row["about"])
    return Thread(
        first=_read(row),
        place=place,
        answers=[_read(each) for each in nested(row["answers"])],
        has_changed=places.digest(facts, place) != row["digest"],
        is_asked=bool(row["is_asked"]),
        resolved_by=row["resolved_by"] or "",
        resolved_at=moment(row["resolved_at"]),
    )


def _read(row: Mapping[str, Any]) -> Said:
    calls = [each["name"] for each in nested(row["calls"])]
    return Said(row["id"], row["by"], moment(row["at"]), row["text"], calls)
