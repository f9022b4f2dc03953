"""A form and the navigation in a real browser: readable by everybody, in light and in dark, on a desk and on a phone.

tests/proofs/test_every_page.py looks at every page so.
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.models import ModelVersion
from tests.browser.visitors import Reception
from tests.builders import Cast

pytestmark = pytest.mark.browser

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

#: axe would read the style sheets once more to preload them, which is of use to none of its rules that are on.
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
#: Nothing but colours differs between light and dark.
RULES_ABOUT_COLOUR = ALL_RULES | {"runOnly": ["color-contrast", "link-in-text-block"]}
RUN_AXE = """async rules => (await axe.run(rules)).violations.map(
    ({id, help, nodes}) => `${id}: ${help}: ${nodes.map(node => node.html.slice(0, 120)).join(", ")}`
)"""


def page_of(name: str, version: ModelVersion) -> str:
    return reverse(name, args=[version.model.name, version.number])


def test_a_form_that_was_refused_can_be_read(cast: Cast, reception: Reception) -> None:
    author = reception.let_in(cast.author)
    author.open(reverse("registry:model_register"))
    author.press("Register model")
    expect(author.page.get_by_role("alert")).to_contain_text("Not registered")
    assert faults_in_every_look(author.page) == []


def test_the_navigation_opens_on_a_phone(cast: Cast, reception: Reception) -> None:
    author = reception.let_in(cast.author, viewport=PHONE)
    author.open(reverse("governance:home"))
    navigation = author.page.get_by_role("navigation", name="Main")
    expect(navigation).to_be_hidden()
    author.press("Open navigation")
    expect(navigation).to_be_visible()
    assert faults_on_a_phone(author.page) == []


def faults_in_every_look(page: Page) -> list[str]:
    page.set_viewport_size(DESK)
    light = violations(page, ALL_RULES)
    page.emulate_media(color_scheme="dark")
    dark = violations(page, RULES_ABOUT_COLOUR)
    page.emulate_media(color_scheme="light")
    return [f"light: {each}" for each in light] + [f"dark: {each}" for each in dark] + faults_on_a_phone(page)


def faults_on_a_phone(page: Page) -> list[str]:
    page.set_viewport_size(PHONE)
    return [f"phone: {each}" for each in violations(page, ALL_RULES) + overflow(page)]


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return page.evaluate(RUN_AXE, rules)


def overflow(page: Page) -> list[str]:
    """A page that is wider than the phone has to be pushed sideways to be read."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{wide} pixels too wide"] if wide > 0 else []
