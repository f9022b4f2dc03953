"""What is written differently since somebody decided, field by field."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from approvals import facts, presenting
from approvals.actions import reviews
from approvals.models import Review
from approvals.presenting.differences import lines
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def page_of(review: Review, reader: Person) -> str:
    answer = signed_in(reader).get(reverse("approvals:review_detail", args=[review.pk]))
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_lines_are_told_apart_in_the_order_of_reading() -> None:
    before, after = "It sorts scans.\nIt is slow.\nIt is ours.", "It sorts scans.\nIt is fast.\nIt is ours.\nIt is new."
    assert list(lines(before, after)) == [
        ("same", "It sorts scans."),
        ("del", "It is slow."),
        ("add", "It is fast."),
        ("same", "It is ours."),
        ("add", "It is new."),
    ]
    assert list(lines("", "New.")) == [("add", "New.")]
    assert list(lines("Old.", "")) == [("del", "Old.")]


def test_a_stale_approval_is_decided_again_from_what_differs(cast: Cast) -> None:
    version = builders.approved_version(cast, "medium")
    builders.write_card(cast, version, seen_revision=1, intended_use="For nurses.", limitations="None known.")
    builders.write_card(
        cast, version, seen_revision=2, intended_use="For nurses and doctors.", limitations="None known."
    )
    review = builders.ask_for_review(cast, version)
    found = presenting.since(facts.of(version))
    (document,) = found.documents
    assert (document.title, document.by) == ("Model card", "Author")
    assert [(each.label, each.lines) for each in document.fields] == [
        ("Made for", (("del", "What the intended use is."), ("add", "For nurses and doctors."))),
        ("Where it fails", (("del", "What the limitations is."), ("add", "None known."))),
    ]
    page = page_of(review, cast.business)
    assert "What is written differently since Business decided on" in page
    assert "added: For nurses and doctors." in page
    assert "removed: What the limitations is." in page


def test_after_a_request_for_changes_it_is_what_the_author_wrote_since(cast: Cast) -> None:
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    builders.write_release_plan(cast, version, seen_revision=1, on_call="The clinic")
    page = page_of(review, cast.technical)
    assert "Release plan, On call Author" in page
    assert "added: The clinic" in page


def test_where_nothing_differs_nothing_is_said_and_no_statement_is_spent(cast: Cast) -> None:
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    assert presenting.since(facts.of(version)) is None
    assert "What is written differently" not in page_of(review, cast.technical)


def test_a_review_page_with_differences_costs_no_more_than_a_page_may(cast: Cast) -> None:
    version = builders.approved_version(cast, "high")
    builders.write_card(cast, version, seen_revision=1, intended_use="For nurses.")
    builders.write_release_plan(cast, version, seen_revision=1, on_call="The clinic")
    review = builders.ask_for_review(cast, version)
    assert statements(signed_in(cast.business), reverse("approvals:review_detail", args=[review.pk])) <= 14
