"""What the portal does by itself when a browser runs no scripts. The main job is done that way in test_main_job.py."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests import builders
from tests.browser.test_accessibility import PHONE
from tests.browser.visitors import Reception
from tests.builders import Cast

pytestmark = pytest.mark.browser


def test_a_question_opens_and_its_answer_counts(cast: Cast, reception: Reception) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    author = reception.let_in(cast.author, java_script_enabled=False)
    author.open(reverse("approvals:review_detail", args=[review.pk]))
    author.press("Withdraw")
    author.page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    author.sees("Withdrawn")
    review.refresh_from_db()
    assert review.status == review.Status.WITHDRAWN


def test_what_was_done_is_said_in_the_page_and_covers_nothing(cast: Cast, reception: Reception) -> None:
    model = builders.build_model(cast)
    author = reception.let_in(cast.author, java_script_enabled=False)
    author.open(f"{reverse('registry:model_list')}?tier=low")
    author.page.get_by_text("Save as a view").click()
    author.write("Name of the view", "Low ones")
    author.press("Save view")
    said = author.page.get_by_role("status").filter(has_text="Low ones")
    expect(said).to_be_visible()
    assert said.evaluate("each => getComputedStyle(each.parentElement).position") == "static"
    author.follow("Low ones")
    author.sees(model.name)


def test_the_navigation_of_a_phone_opens(cast: Cast, reception: Reception) -> None:
    author = reception.let_in(cast.author, java_script_enabled=False, viewport=PHONE)
    author.open(reverse("governance:home"))
    author.press("Open navigation")
    author.go_to("Models")
    author.sees("Every model the organisation runs")
