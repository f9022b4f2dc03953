"""Pages on paper: what is said is there, in light colours, and nothing that can only be clicked."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests import builders
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import page_of
from tests.browser.visitors import Reception, Visitor
from tests.builders import Cast

pytestmark = pytest.mark.browser

ONLY_FOR_SCREENS = "header.topbar, nav, button, .button, .tabs, form, .palette"
#: Within the margins of an A4 page, in CSS pixels.
PAPER = {"width": 673, "height": 930}
GROUND = "getComputedStyle(document.body).backgroundColor"


def printed(visitor: Visitor, address: str) -> None:
    visitor.open(address)
    visitor.page.set_viewport_size(PAPER)
    visitor.page.emulate_media(media="print", color_scheme="dark")


@pytest.mark.parametrize("look", ["version", "card", "review", "ledger", "past"])
def test_paper_is_white_and_has_nothing_to_click(cast: Cast, reception: Reception, look: str) -> None:  # noqa: F811
    version = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, version)
    addresses = {
        "version": page_of("governance:version_detail", version),
        "card": page_of("registry:card_detail", version),
        "review": reverse("approvals:review_approve", args=[review.pk]),
        "ledger": reverse("audit:event_list"),
        "past": reverse("approvals:model_past", args=[version.model.name]),
    }
    reader = reception.let_in(cast.technical)
    printed(reader, addresses[look])
    assert reader.page.evaluate(GROUND) == "rgb(255, 255, 255)"
    shown = [each for each in reader.page.locator(ONLY_FOR_SCREENS).all() if each.is_visible()]
    assert [each.evaluate("each => each.outerHTML.slice(0, 90)") for each in shown] == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]


def test_a_printed_card_is_a_document_with_names_under_it(cast: Cast, reception: Reception) -> None:  # noqa: F811
    version = builders.ready_version(cast, "medium")
    builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
    reader = reception.let_in(cast.auditor)
    printed(reader, page_of("registry:card_detail", version))
    expect(reader.page.get_by_role("article")).to_contain_text("Operational requirements")
    expect(reader.page.get_by_role("article").get_by_role("listitem").filter(has_text="Technical")).to_be_visible()
    expect(reader.page.locator("#revisions")).to_be_hidden()


def test_a_printed_review_opens_what_is_folded_on_a_screen(cast: Cast, reception: Reception) -> None:  # noqa: F811
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    reader = reception.let_in(cast.technical)
    printed(reader, reverse("approvals:review_detail", args=[review.pk]))
    expect(reader.page.get_by_text("What the limitations is.")).to_be_visible()
