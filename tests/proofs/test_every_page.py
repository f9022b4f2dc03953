"""Every page that the permission matrix knows, in a real browser: no fault that axe finds, nothing wider than the
window, on a desk and on a phone, in light and in dark; and every form once more when it was refused."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.test_accessibility import ALL_RULES, DESK, PHONE, overflow, violations
from tests.browser.visitors import Reception
from tests.builders import Cast
from tests.permissions import story
from tests.permissions.readers import READERS, is_html, person_of, reader_of_each_page
from tests.permissions.story import Story
from tests.permissions.table import Key, Matrix

pytestmark = pytest.mark.browser

#: Who writes into a form: a visitor who is not signed in where that is possible.
WRITERS = ("anonymous", *READERS)
#: So many tours of a part of the pages each, side by side.
AT_A_TIME = 4
#: Not for the owner, and not there.
REFUSALS = ("/people/", "/models/not-registered/")
WINDOWS = {"desk": DESK, "phone": PHONE}

#: Forms that are refused when nothing is written into them, and say so on their page.
REFUSED_WHEN_EMPTY = [
    Key("account_login", "POST"),
    Key("approvals:condition_fulfil", "POST"),
    Key("approvals:deployment_end", "POST"),
    Key("approvals:performance_review_close", "POST"),
    Key("approvals:review_approve", "POST", "technical"),
    Key("approvals:review_reject", "POST"),
    Key("governance:own_token_issue", "POST"),
    Key("governance:person_add", "POST"),
    Key("governance:person_change", "POST"),
    Key("governance:person_deactivate", "POST"),
    Key("governance:pipeline_add", "POST"),
    Key("governance:team_create", "POST"),
    Key("governance:team_rename", "POST"),
    Key("registry:consumer_declare", "POST"),
    Key("registry:evaluation_attach", "POST"),
    Key("registry:evaluation_upload", "POST"),
    Key("registry:model_register", "POST"),
    Key("registry:use_case_propose", "POST"),
    Key("registry:use_case_reject", "POST"),
    Key("registry:version_register", "POST"),
]
EMPTY_AND_SEND = """() => {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  const form = forms.find(each => each.querySelector(".field, .choices"));
  for (const field of form.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (["checkbox", "radio"].includes(field.type)) field.checked = false; else field.value = "";
  }
  form.noValidate = true;
  form.requestSubmit(form.querySelector("button:not([type=button]):not([name=more_rows])"));
}"""


@pytest.mark.parametrize("start", range(AT_A_TIME))
def test_every_page_can_be_read_in_every_look(cast: Cast, reception: Reception, start: int) -> None:  # noqa: F811
    told = story.tell(cast)
    pages = {who: reception.let_in(person_of(who, cast)).page for who in READERS}
    readers = reader_of_each_page()
    listed = [(story.address_of(key, told), who) for key, who in readers.items()]
    faults = {}
    for address, who in [*listed, *further_pages(told)][start::AT_A_TIME]:
        if found := faults_of(pages[who], address):
            faults[f"{address} for {who}"] = found
    assert faults == {}


def further_pages(told: Story) -> list[tuple[str, str]]:
    """The same pages for others, and about what the first of its kind does not show."""
    imported = told.objects["unassessed version"]
    handed_back = reverse("approvals:review_detail", args=[told.objects["handed back review"].pk])
    return [
        *((reverse("governance:home"), who) for who in READERS),
        *((handed_back, who) for who in ("owner", "technical")),
        (reverse("registry:model_detail", args=[imported.model.name]), "owner"),
        (reverse("governance:version_detail", args=[imported.model.name, imported.number]), "owner"),
        (reverse("registry:card_detail", args=[imported.model.name, imported.number]), "owner"),
        (reverse("approvals:model_past", args=[imported.model.name]) + "?at=2020-02-29T12:00:00Z", "owner"),
    ]


def test_a_refusal_can_be_read_in_every_look(cast: Cast, reception: Reception) -> None:  # noqa: F811
    page = reception.let_in(cast.author).page
    for address in REFUSALS:
        page.goto(address)
        assert faults_in_every_look(page) == [], address


def test_every_refused_form_can_be_read_in_every_look(cast: Cast, reception: Reception) -> None:  # noqa: F811
    told = story.tell(cast)
    rows = Matrix.read("pages").rows
    faults = {}
    for key in REFUSED_WHEN_EMPTY:
        who = next(who for who in WRITERS if rows[key][who] == "yes")
        page = reception.let_in(person_of(who, cast)).page
        page.goto(story.address_of(key, told))
        with page.expect_navigation():
            page.evaluate(EMPTY_AND_SEND)
        assert page.get_by_role("alert").count(), f"{key} was not refused for {who}"
        if found := faults_in_every_look(page):
            faults[str(key)] = found
    assert faults == {}


def faults_of(page: Page, address: str) -> list[str]:
    if not is_html(page, address):
        return []
    page.goto(address)
    return faults_in_every_look(page)


def faults_in_every_look(page: Page) -> list[str]:
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
