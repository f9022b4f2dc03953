"""The palette by keyboard: from anywhere to anything, and back to where one was."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import builders
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import ALL_RULES, DESK, PHONE, faults_in_every_look, faults_on_a_phone, violations
from tests.browser.visitors import Reception
from tests.builders import Cast

pytestmark = pytest.mark.browser


def places(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Places")


def chosen(page: Page) -> str:
    """The option that the field says it is at, as a screen reader hears it."""
    return page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))"
        "?.querySelector('.palette__title').textContent"
    )


def test_keys_alone_lead_to_a_version_and_back(cast: Cast, reception: Reception) -> None:  # noqa: F811
    model = builders.build_model(cast, name="form-digit-reader")
    for _ in range(2):
        builders.build_version(cast, model=model)
    author = reception.let_in(cast.author, viewport=DESK)
    page = author.page
    author.open("/models/")
    before = page.get_by_role("link", name="Reviews", exact=True)
    before.focus()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to a model")
    expect(field).to_be_focused()
    expect(places(page).get_by_role("option", name="Register a model")).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(before).to_be_focused()

    page.keyboard.press("Meta+k")
    page.keyboard.type("digit")
    expect(places(page).get_by_role("option")).to_have_count(2)
    assert chosen(page) == "form-digit-reader"
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "form-digit-reader v2"
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "form-digit-reader"
    page.keyboard.press("ArrowUp")
    expect(places(page).get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/form-digit-reader/versions/2/")


def test_the_palette_is_readable_open_empty_and_on_a_phone(cast: Cast, reception: Reception) -> None:  # noqa: F811
    builders.build_model(cast, name="form-digit-reader")
    author = reception.let_in(cast.author, viewport=DESK)
    page = author.page
    author.open("/models/")
    page.keyboard.press("Control+k")
    page.keyboard.type("digit")
    expect(places(page).get_by_role("option")).to_have_count(1)
    assert faults_in_every_look(page) == []
    page.keyboard.type(" nothing like it")
    expect(page.get_by_text("Nothing is called like this.")).to_be_visible()
    assert violations(page, ALL_RULES) == []
    page.keyboard.press("Escape")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Search").click()
    expect(page.get_by_role("combobox", name="Go to a model")).to_be_focused()
    assert faults_on_a_phone(page) == []


def test_what_one_types_in_a_field_opens_nothing(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author, viewport=DESK)
    page = author.page
    author.open("/")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("what?/")
    expect(search).to_have_value("what?/")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is called “what?/”")).to_be_visible()


def test_a_question_mark_lists_the_keys(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author, viewport=DESK)
    page = author.page
    author.open("/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    assert faults_in_every_look(page) == []
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()


def test_without_scripts_the_same_is_found_on_a_page(cast: Cast, reception: Reception) -> None:  # noqa: F811
    builders.build_model(cast, name="form-digit-reader")
    author = reception.let_in(cast.author, viewport=DESK, java_script_enabled=False)
    author.open("/")
    author.page.get_by_role("searchbox").fill("digit")
    author.page.keyboard.press("Enter")
    author.follow("form-digit-reader")
    author.page.wait_for_url("**/models/form-digit-reader/")
