"""What the portal does by itself when a browser runs no scripts. The main job is done that way in test_main_job.py."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from approvals.actions import reviews
from approvals.models import Condition
from tests import builders
from tests.browser.test_accessibility import PHONE, overflow
from tests.browser.visitors import Reception, Visitor
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


def test_a_second_condition_finds_room_and_both_are_promised(cast: Cast, reception: Reception) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviewer = reception.let_in(cast.technical, java_script_enabled=False, viewport=PHONE)
    reviewer.open(reverse("approvals:review_approve", args=[review.pk]))
    reviewer.write("Rationale", "Fine, if watched.")
    reviewer.page.get_by_text("Conditions, if any").click()
    promise(reviewer, 1, "Watch group B.")
    reviewer.press("Add another condition")
    promise(reviewer, 2, "Send the report.")
    assert overflow(reviewer.page) == []
    reviewer.press("Approve")
    reviewer.sees("Technical approval given with 2 conditions.")
    assert {each.text for each in Condition.objects.all()} == {"Watch group B.", "Send the report."}


def promise(reviewer: Visitor, number: int, text: str) -> None:
    block = reviewer.page.get_by_role("group", name=f"Condition {number}")
    block.get_by_label("What must be kept").fill(text)
    block.get_by_label("Owner").select_option(label="Author")
    block.get_by_label("Due").fill(f"{timezone.localdate() + datetime.timedelta(days=30)}")


def test_an_unchanged_version_is_submitted_again_by_whoever_means_it(cast: Cast, reception: Reception) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviews.request_changes(review=review, stage="technical", rationale="Say who confirms.", by=cast.technical)
    author = reception.let_in(cast.author, java_script_enabled=False, viewport=PHONE)
    author.open(reverse("governance:home"))
    author.follow(f"Answer: Changes requested: {review.version}")
    author.sees("Say who confirms.")
    author.follow("Go to “Submit again”")
    author.press("Submit again")
    author.sees("Not submitted: 1 reason")
    author.page.get_by_label("Submit it unchanged").check()
    author.press("Submit again")
    author.sees("Round 2: nothing has changed since Technical requested changes")
    assert overflow(author.page) == []


def test_a_list_is_sorted_on_a_phone(cast: Cast, reception: Reception) -> None:
    for name in ("alpha", "beta"):
        builders.build_model(cast, name=name)
    author = reception.let_in(cast.author, java_script_enabled=False, viewport=PHONE)
    author.open(reverse("registry:model_list"))
    expect(author.page.get_by_role("columnheader", name="Model").get_by_role("link")).not_to_be_in_viewport()
    author.page.get_by_text("Sort by").click()
    author.follow("Name, Z to A")
    assert author.page.url.endswith("?sort=-name")
    assert author.page.locator("tbody th a").all_inner_texts() == ["beta", "alpha"]


def test_both_keys_stand_there_where_nobody_knows_the_keyboard_and_one_where_it_is_known(
    cast: Cast, reception: Reception
) -> None:
    help_page = reverse("governance:help")
    unknown = reception.let_in(cast.author, java_script_enabled=False)
    unknown.open(help_page)
    keys = unknown.page.locator(".keys-panel")
    expect(keys).to_contain_text("Ctrl K or ⌘ K", use_inner_text=True)
    mac = reception.let_in(cast.author)
    mac.page.add_init_script("Object.defineProperty(navigator, 'userAgentData', {value: {platform: 'macOS'}})")
    mac.open(help_page)
    expect(mac.page.locator(".keys-panel")).not_to_contain_text("Ctrl", use_inner_text=True)
    phone = reception.let_in(cast.author, viewport=PHONE, has_touch=True, is_mobile=True)
    phone.open(help_page)
    expect(phone.page.locator(".keys-panel")).to_be_hidden()
