"""Writing a card in a real browser: nothing typed is lost by a closed tab, a second window or a session that ended."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from registry.models import CardDraft, ModelCard, ModelVersion
from tests.browser.visitors import Reception, Visitor, give_password
from tests.builders import Cast, build_version
from tests.registry.pages import address

pytestmark = pytest.mark.browser

WHAT_IT_DOES = "What it does"


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


def kept(visitor: Visitor) -> None:
    expect(visitor.page.locator("#draft")).to_contain_text("Kept as your draft")


def test_a_closed_tab_loses_nothing(reception: Reception, cast: Cast, version: ModelVersion) -> None:
    author = reception.let_in(cast.author)
    author.open(address("card_revise", version))
    author.write(WHAT_IT_DOES, "It reads digits.")
    kept(author)
    again = Visitor(author.page.context.new_page())
    author.page.close()

    again.open(address("card_revise", version))
    expect(again.page.get_by_label(WHAT_IT_DOES)).to_have_value("It reads digits.")
    again.press("Save as revision 1")
    expect(again.page.get_by_role("main")).to_contain_text("Saved as revision 1")
    assert ModelCard.objects.get().overview == "It reads digits."
    assert not CardDraft.objects.exists()


def test_a_second_window_is_told_of_the_first(reception: Reception, cast: Cast, version: ModelVersion) -> None:
    first = reception.let_in(cast.author)
    second = Visitor(first.page.context.new_page())
    for window in (first, second):
        window.open(address("card_revise", version))
    first.write(WHAT_IT_DOES, "The first.")
    kept(first)
    second.write(WHAT_IT_DOES, "The second.")
    expect(second.page.get_by_text("You went on in another window")).to_be_visible()
    expect(second.page.locator("#draft")).to_contain_text("The first.")
    assert CardDraft.objects.get().texts["overview"] == "The first."

    second.press("Keep what stands here")
    kept(second)
    assert CardDraft.objects.get().texts["overview"] == "The second."


def test_a_session_that_ended_loses_nothing(reception: Reception, cast: Cast, version: ModelVersion) -> None:
    give_password(cast.author)
    author = reception.let_in(cast.author)
    author.open(address("card_revise", version))
    Session.objects.all().delete()
    author.write(WHAT_IT_DOES, "Typed after the session ended.")
    expect(author.page.get_by_text("You are signed out")).to_be_visible()
    author.press("Save as revision 1")
    expect(author.page.get_by_label(WHAT_IT_DOES)).to_have_value("Typed after the session ended.")

    with author.page.expect_popup() as opened:
        author.follow("Sign in in another window")
    other = Visitor(opened.value)
    other.sign_in(cast.author)
    expect(other.page.get_by_role("navigation", name="Main")).to_be_visible()
    other.page.close()
    author.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    kept(author)
    author.press("Save as revision 1")
    expect(author.page.get_by_role("main")).to_contain_text("Saved as revision 1")


def test_whoever_leaves_too_soon_is_asked(reception: Reception, cast: Cast, version: ModelVersion) -> None:
    author = reception.let_in(cast.author)
    author.open(address("card_revise", version))
    author.page.route("**/card/draft/", lambda route: None)
    author.page.get_by_label(WHAT_IT_DOES).press_sequentially("Not kept yet")
    asked = []
    author.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    author.follow("Back to the card")
    expect(author.page).to_have_url(f"{reception.portal}{address('card_detail', version)}")
    assert asked == ["beforeunload"]
