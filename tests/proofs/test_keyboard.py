"""Everything by keyboard: where the focus goes, that one sees it, and that Esc leaves what was opened."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry import preferences
from tests import builders
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import PHONE, page_of
from tests.browser.visitors import Reception
from tests.builders import Cast

pytestmark = pytest.mark.browser

REACHABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
#: Radio buttons of one question are one stop; what is hidden, or in a closed popover, is none.
PLACES = f"""() => {{
  const shown = each => each.checkVisibility({{ visibilityProperty: true }});
  const names = new Set();
  return [...document.querySelectorAll("{REACHABLE}")].filter(shown)
    .filter(each => each.type !== "radio" || (!names.has(each.name) && names.add(each.name))).length;
}}"""
FOCUS = """() => {
  const { activeElement: element } = document;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && width > 0 && height > 0;
  element.dataset.stop ??= document.querySelectorAll("[data-stop]").length;
  return { at: element.outerHTML.slice(0, 90), isSeen, stop: element.dataset.stop };
}"""
MOST_STOPS = 400


def stops(page: Page) -> list[dict]:
    """Where the Tab key stops, from the top of the page to its end, and whether one sees it."""
    found = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if not (stop := page.evaluate(FOCUS)):
            break
        found.append(stop)
    return found


@pytest.mark.parametrize(
    "route", ["governance:home", "registry:model_list", "registry:model_register", "audit:event_list"]
)
def test_each_stop_of_the_tab_key_is_seen(cast: Cast, reception: Reception, route: str) -> None:  # noqa: F811
    builders.ready_version(cast)
    author = reception.let_in(cast.author)
    author.open(reverse(route))
    places = author.page.evaluate(PLACES)
    found = stops(author.page)
    assert len({each["stop"] for each in found}) == places
    assert [each["at"] for each in found if not each["isSeen"]] == []


def test_the_first_stop_leads_past_the_navigation(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author)
    author.open(reverse("registry:model_list"))
    author.page.keyboard.press("Tab")
    expect(author.page.get_by_role("link", name="Skip to content")).to_be_focused()
    author.page.keyboard.press("Enter")
    author.page.keyboard.press("Tab")
    assert author.page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_form_opens_with_its_reasons_in_focus(cast: Cast, reception: Reception, *, scripts: bool) -> None:  # noqa: F811
    author = reception.let_in(cast.author, java_script_enabled=scripts)
    author.open(reverse("registry:model_register"))
    author.press("Register model")
    reasons = author.page.get_by_role("alert")
    expect(reasons).to_be_focused()
    reasons.get_by_role("link", name="Purpose: Fill this in.").click()
    author.page.keyboard.type("Sorts letters.")
    expect(author.page.get_by_label("Purpose", exact=True)).to_have_value("Sorts letters.")


def test_a_question_is_left_with_esc_and_nothing_is_done(cast: Cast, reception: Reception) -> None:  # noqa: F811
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    author = reception.let_in(cast.author)
    author.open(reverse("approvals:review_detail", args=[review.pk]))
    opener = author.page.get_by_role("button", name="Withdraw", exact=True)
    opener.focus()
    author.page.keyboard.press("Enter")
    question = author.page.get_by_role("dialog", name=f"Withdraw the question about {version}")
    expect(question).to_be_visible()
    author.page.keyboard.press("Tab")
    expect(question.get_by_role("button", name="Let them decide")).to_be_focused()
    author.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(opener).to_be_focused()
    review.refresh_from_db()
    assert review.status == review.Status.IN_REVIEW


def test_a_saved_view_is_deleted_after_a_question_only(cast: Cast, reception: Reception) -> None:  # noqa: F811
    builders.build_model(cast)
    view = preferences.save_view(person=cast.author, page="registry:model_list", name="Low ones", query="tier=low")
    author = reception.let_in(cast.author)
    author.open(f"{reverse('registry:model_list')}?tier=low")
    author.press("Delete view")
    question = author.page.get_by_role("dialog", name="Delete the view “Low ones”")
    assert type(view).objects.filter(pk=view.pk).exists()
    question.get_by_role("button", name="Delete view").click()
    expect(author.page.get_by_role("link", name="Low ones")).to_have_count(0)
    assert not type(view).objects.filter(pk=view.pk).exists()


def test_the_navigation_of_a_phone_is_left_with_esc(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author, viewport=PHONE)
    author.open(page_of("governance:version_detail", builders.build_version(cast)))
    author.press("Open navigation")
    navigation = author.page.get_by_role("navigation", name="Main")
    expect(navigation).to_be_visible()
    author.page.keyboard.press("Escape")
    expect(navigation).to_be_hidden()
    expect(author.page.get_by_role("button", name="Open navigation")).to_be_focused()
