"""What takes longer than a second says that it is under way, and shows by itself when it is done."""

from __future__ import annotations

import pytest
from django.urls import reverse

from approvals import tasks
from approvals.actions import retirement
from tests import builders
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import page_of
from tests.browser.visitors import Reception
from tests.builders import Cast

pytestmark = pytest.mark.browser

SLOW_LINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
WEIGHTS = bytes(400_000)
#: Keeps what the page said while it was being left.
LISTEN = """new MutationObserver(() => {
  const progress = document.querySelector("form .progress");
  if (progress) sessionStorage.said = `${progress.textContent}; ${document.getElementById("announcer").textContent}`;
}).observe(document.body, { childList: true, subtree: true })"""


def test_an_upload_over_a_slow_line_says_what_is_being_sent(cast: Cast, reception: Reception) -> None:  # noqa: F811
    model = builders.build_model(cast)
    author = reception.let_in(cast.author)
    author.open(reverse("registry:version_register", args=[model.name]))
    author.attach("Model file", "model.skops", WEIGHTS)
    author.page.context.new_cdp_session(author.page).send("Network.emulateNetworkConditions", SLOW_LINE)
    author.page.evaluate(LISTEN)
    author.press("Register version")
    author.sees("Not cleared for production")
    said = "Uploading model.skops, 400 kB"
    assert author.page.evaluate("sessionStorage.said") == f"{said}; {said}"
    assert model.versions.get().artifact_size == len(WEIGHTS)


def test_a_clearance_shows_by_itself_when_it_is_computed(cast: Cast, reception: Reception) -> None:  # noqa: F811
    version = builders.build_version(cast)
    retirement.ask_clearance(version=version, reason="Not used.", replacement=None, by=cast.author)
    author = reception.let_in(cast.author)
    author.open(page_of("approvals:version_retire", version))
    author.sees("Gatehouse looks for what depends on it")
    tasks.compute_waiting_clearances()
    author.sees("Nothing depends on it")
