"""Comments."""

from __future__ import annotations

from typing import Any

from approvals import places
from approvals.actions import comments
from approvals.models import Comment
from registry.models import Person
from tests import builders
from tests.abuse.doors import IGNORED, SUCCEEDED, page, rest, sql
from tests.abuse.grounds import asked
from tests.abuse.table import Attempt, abuse
from tests.builders import Cast


def thread(cast: Cast) -> Comment:
    return comments.write(review=asked(cast), place=places.WHOLE, text="Why is that so?", by=cast.technical)


def commenting(cast: Cast, by: Person, text: str = "It is fine.") -> Attempt:
    review = asked(cast)
    return Attempt(
        review,
        "comment",
        by,
        {
            "page": page(by, "approvals:review_comment", review.pk, place="review", text=text),
            "code": lambda: comments.write(review=review, place=places.WHOLE, text=text, by=by),
        },
    )


@abuse(
    "Commenting in the name of another",
    who="an author who sends written_by and resolved_by along",
    held_by="actions are given the form's own values by name, and the writer is who acts",
    page="ignored",
)
def in_another_name(cast: Cast) -> Attempt:
    review = asked(cast)
    more: dict[str, Any] = dict.fromkeys(("written_by", "by", "resolved_by"), str(cast.compliance.pk))
    send = page(cast.author, "approvals:review_comment", review.pk, place="review", text="It is fine.", **more)

    def send_and_look() -> str:
        send()
        kept = Comment.objects.get(review=review)
        return IGNORED if (kept.written_by, kept.resolved_by) == (cast.author, None) else SUCCEEDED

    return Attempt(review, "comment", cast.author, {"page": send_and_look})


@abuse(
    "Mentioning somebody who may not read the review, so that its words are mailed to them",
    who="an author who calls a person without any role",
    held_by="`rules.against_mentioning`: only active people who may read it can be called",
    page="422 unknown-mention, logged",
    code="unknown-mention, logged",
)
def told_to_a_stranger(cast: Cast) -> Attempt:
    return commenting(cast, cast.author, "Look at this, @stranger.")


@abuse(
    "Commenting without a right to read",
    who="a person without any role",
    held_by="the page is not theirs, and the action asks again",
    page="403",
    REST="403 permission-denied",
    code="permission-denied, logged",
)
def without_reading(cast: Cast) -> Attempt:
    given = commenting(cast, cast.stranger)
    api = rest(cast.stranger, "POST", f"/reviews/{given.about.pk}/comment")
    return Attempt(given.about, given.verb, given.by, {**given.doors, "REST": api})


@abuse(
    "Commenting with a machine",
    who="a token of a reviewer, and the account of a pipeline in a browser",
    held_by="`rules.against_machine`",
    page="422 person-required, logged",
    code="person-required, logged",
)
def machine(cast: Cast) -> Attempt:
    token = builders.with_token(cast.technical, "read", "register", "evaluate", "deploy")
    given = commenting(cast, token)
    about: Any = given.about
    browser = page(cast.pipeline, "approvals:review_comment", about.pk, place="review", text="It is fine.")
    return Attempt(about, "comment", token, given.doors | {"page": browser})


@abuse(
    "Resolving somebody's question with a token",
    who="a token of the author who was asked",
    held_by="`rules.against_machine`",
    code="person-required, logged",
)
def resolved_by_token(cast: Cast) -> Attempt:
    asking, token = thread(cast), builders.with_token(cast.author, "read")
    return Attempt(asking, "resolve", token, {"code": lambda: comments.resolve(thread=asking, by=token)})


@abuse(
    "Changing afterwards what somebody commented",
    who="whoever gets at the code or the database",
    held_by="no action changes a comment; its digest stands in the event that wrote it",
    code="refused where it is written",
    database="found by --deep",
)
def rewritten(cast: Cast) -> Attempt:
    asking = thread(cast)

    def save() -> None:
        found = Comment.objects.get(pk=asking.pk)
        found.text = "It is fine."
        found.save()

    statement = "UPDATE approvals_comment SET text = 'It is fine.' WHERE id = %s"
    return Attempt(asking, "change", cast.author, {"code": save, "database": sql(statement, asking.pk)})
