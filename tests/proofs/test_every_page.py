"""Every page that the permission matrix knows, in a real browser: no fault that axe finds, nothing wider than the
window, on a desk and on a phone, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import cast, chromium, reception  # noqa: F401 - fixtures
from tests.browser.test_accessibility import ALL_RULES, DESK, PHONE, overflow, violations
from tests.browser.visitors import Reception
from tests.builders import Cast
from tests.permissions import story
from tests.permissions.readers import READERS, is_html, person_of, reader_of_each_page
from tests.permissions.table import Key

pytestmark = pytest.mark.browser

WINDOWS = {"desk": DESK, "phone": PHONE}


def test_every_page_can_be_read_in_every_look(cast: Cast, reception: Reception) -> None:  # noqa: F811
    told = story.tell(cast)
    pages = {who: reception.let_in(person_of(who, cast)).page for who in READERS}
    faults = {}
    for key, who in [*reader_of_each_page().items(), *((Key("governance:home", "GET"), who) for who in READERS)]:
        if found := faults_of(pages[who], story.address_of(key, told)):
            faults[f"{key} for {who}"] = found
    assert faults == {}


def faults_of(page: Page, address: str) -> list[str]:
    if not is_html(page, address):
        return []
    page.goto(address)
    return [
        f"{window}, {scheme}: {fault}"
        for window, size in WINDOWS.items()
        for scheme in ("light", "dark")
        for fault in faults_in(page, size, scheme)
    ]


def faults_in(page: Page, size: dict[str, int], scheme: str) -> list[str]:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    return violations(page, ALL_RULES) + overflow(page)
