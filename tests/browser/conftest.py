"""A real chromium, and people who sit at it, each with a browser of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.visitors import LONGEST_WAIT, Reception
from tests.builders import Cast
from tests.conftest import cast_told_once

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all browser tests. Playwright's event loop runs in this thread as long as it is open, where Django
    refuses statements unless told otherwise; so it ends with this folder and not with the session."""
    path = shutil.which(os.environ.get("GATEHOUSE_CHROMIUM") or "/usr/bin/chromium")
    if path is None:
        pytest.skip("There is no chromium. Set GATEHOUSE_CHROMIUM to its path.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=LONGEST_WAIT)
        with playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
            yield browser


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return cast_told_once()


@pytest.fixture
def reception(chromium: Browser, live_server: LiveServer) -> Iterator[Reception]:
    """Lets people in. At the end nothing may have gone wrong in any of their browsers."""
    reception = Reception(chromium, live_server.url)
    yield reception
    reception.close()
    assert reception.complaints == []
