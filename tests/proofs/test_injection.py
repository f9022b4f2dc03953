"""The whole corpus of tests/hostile/payloads.py through every text that people can write, and every form."""

from __future__ import annotations

import pytest

from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_injection import NOWHERE, is_readable, look_at_every_page, send_forms
from tests.browser.visitors import Reception
from tests.builders import Cast
from tests.hostile.payloads import CORPUS, Quill
from tests.hostile.scribbled import scribble
from tests.permissions import story

pytestmark = pytest.mark.browser

AT_ONCE = 16


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
