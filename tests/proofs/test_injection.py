"""The whole corpus of tests/hostile/payloads.py through every text that people can write, and every form."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from registry import preferences
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_injection import (
    FOUND,
    NOWHERE,
    dialogs_of,
    is_readable,
    look_at_every_page,
    send_forms,
    watched,
)
from tests.browser.visitors import Reception
from tests.builders import Cast
from tests.hostile.payloads import CORPUS, Quill
from tests.hostile.scribbled import scribble
from tests.permissions import story

pytestmark = pytest.mark.browser

AT_ONCE = 16
#: All names that a page reads from its address.
NAMES = [
    "account",
    "actor",
    "after",
    "before",
    "environment",
    "kind",
    "next",
    "owner",
    "page",
    "q",
    "revision",
    "role",
    "room",
    "running",
    "sort",
    "stage",
    "state",
    "status",
    "subject",
    "team",
    "tier",
    "until",
    "use_case",
    "waits",
    "whose",
]
ADDRESSES = (
    *preferences.LISTS,
    "governance:search",
    "governance:person_list",
    "account_login",
    "registry:model_register",
)


@pytest.mark.parametrize("start", range(0, len(CORPUS), AT_ONCE))
def test_every_payload_is_text_on_every_page(cast: Cast, reception: Reception, start: int) -> None:  # noqa: F811
    """Texts of several lines take sixteen at once, names as many as fit."""
    quill = Quill(start=start, most=AT_ONCE)
    faults, read = look_at_every_page(scribble(cast, quill), reception)
    assert faults == {}
    assert {place for place, payloads in quill.written.items() if not is_readable(payloads, read)} <= NOWHERE


def test_every_form_gives_back_what_was_typed_as_text(cast: Cast, reception: Reception) -> None:  # noqa: F811
    faults, sent = send_forms(story.tell(cast), reception)
    assert faults == {}
    assert sent > 20


def test_what_stands_in_an_address_comes_back_as_text(cast: Cast, reception: Reception) -> None:  # noqa: F811
    page = watched(reception.let_in(cast.admin))
    for number, route in enumerate(ADDRESSES):
        payloads = CORPUS[number::9]
        query = {name: payloads[index % len(payloads)] for index, name in enumerate(NAMES)}
        page.goto(f"{reverse(route)}?{urlencode(query)}")
        assert page.evaluate(FOUND) + dialogs_of(page) == [], route
