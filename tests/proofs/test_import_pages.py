"""An inventory from a file on one's desk to models in the portal, in a real browser, with the worker's own task."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from registry import tasks
from registry.models import AIModel, ImportRun
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import faults_in_every_look
from tests.browser.visitors import Reception
from tests.builders import Cast
from tests.imports import table

pytestmark = pytest.mark.browser

INVENTORY = table("Credit Scoring,1,Scores credit.", "Credit Scoring,2,", "Churn,1,Who leaves.", "模型,1,x")


def test_a_file_is_imported_and_the_page_follows_by_itself(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author)
    page = author.page
    author.open("/models/")
    author.follow("Import models")
    author.press("Read the file")
    expect(page.get_by_role("alert")).to_contain_text("Choose a file")
    assert faults_in_every_look(page) == []

    author.attach("CSV file", "inventory.csv", INVENTORY)
    author.press("Read the file")
    author.sees("1 row refused")
    assert faults_in_every_look(page) == []
    author.tab("Refused")
    author.sees("No letter or digit of A to Z is in the name")
    expect(page.get_by_role("main").locator("tbody tr")).to_have_count(1)
    assert not AIModel.objects.exists()

    author.press("Import 2 models and 3 versions")
    expect(page.get_by_role("progressbar", name="Rows brought in")).to_have_attribute("value", "1")
    assert faults_in_every_look(page) == []
    tasks.go_on_with_import(ImportRun.objects.get().pk)
    author.sees("Finished: 2 new models, 1 further version, 1 refused")
    expect(page.get_by_role("status").last).to_have_text("Finished: 2 new models, 1 further version, 1 refused")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert faults_in_every_look(page) == []
    author.follow("credit-scoring v2")
    author.sees("do the risk assessment first")


def test_what_somebody_holds_is_not_taken_from_under_their_hands(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author)
    author.open("/imports/begin/")
    author.attach("CSV file", "inventory.csv", INVENTORY)
    author.press("Read the file")
    author.press("Import 2 models and 3 versions")
    held = author.page.get_by_role("main").get_by_role("link", name="All rows")
    held.focus()
    tasks.go_on_with_import(ImportRun.objects.get().pk)
    announced = author.page.get_by_role("status").last
    expect(announced).to_contain_text("Finished: 2 new models")
    expect(held).to_be_focused()
    held.blur()
    author.sees("Finished: 2 new models")


def test_without_scripts_a_link_shows_how_far_it_is(cast: Cast, reception: Reception) -> None:  # noqa: F811
    author = reception.let_in(cast.author, java_script_enabled=False)
    author.open("/imports/begin/")
    author.attach("CSV file", "inventory.csv", INVENTORY)
    author.press("Read the file")
    author.press("Import 2 models and 3 versions")
    author.sees("1 of 4 rows are settled")
    tasks.go_on_with_import(ImportRun.objects.get().pk)
    author.follow("Show how far it is now")
    author.sees("Finished: 2 new models, 1 further version, 1 refused")
