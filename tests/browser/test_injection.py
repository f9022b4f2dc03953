"""What somebody typed is text wherever it is shown: in pages, in what JavaScript fetches, in mails, lists and JSON.

Every text that people can write holds payloads (`tests/hostile/scribbled.py`); tests/proofs/test_injection.py opens
every page with the whole corpus in them, and sends it through every field.
"""

from __future__ import annotations

import csv
import io

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from approvals.models import PerformanceReview
from audit import outbox
from audit.csv import FORMULA_STARTS
from audit.models import Event
from registry.actions import people
from tests import builders
from tests.browser.visitors import Reception, Visitor
from tests.builders import Cast
from tests.callers import caller
from tests.hostile.payloads import CORPUS, Quill
from tests.hostile.scribbled import scribble, unwritten
from tests.permissions import story
from tests.permissions.readers import READERS, is_html, person_of, reader_of_each_page
from tests.permissions.story import Story
from tests.permissions.table import Key, Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.browser

#: What a payload leaves behind where it succeeds.
FOUND = """() => {
    const script = /^\\s*(javascript|vbscript):/i;
    const leads = /^(href|src|action|formaction|data)$/;
    const runs = ({name, value}) => name.startsWith("on") || leads.test(name) && script.test(value);
    const born = [...document.querySelectorAll("[data-xss]")].map(element => element.outerHTML.slice(0, 80));
    const attributes = [...document.querySelectorAll("*")].flatMap(element => [...element.attributes].filter(runs));
    return [
        ...(window.__xss === undefined ? [] : ["it ran"]),
        ...(Object.prototype.xss === undefined ? [] : ["it changed every object"]),
        ...born.map(element => `an element: ${element}`),
        ...attributes.map(({name, value}) => `an attribute: ${name}=${value.slice(0, 80)}`),
    ];
}"""
#: All that stands on the page for its readers, in its tips, and in its fields.
READ = """() => {
    const left = document.body.cloneNode(true);
    left.querySelectorAll("script").forEach(script => script.remove());
    const fields = [...document.querySelectorAll("input, textarea")].map(field => field.value);
    const told = [...document.querySelectorAll("[title], [aria-label], [href]")].flatMap(
        element => [element.title, element.getAttribute("aria-label"), element.getAttribute("href")]
    );
    return [left.textContent, document.title, ...fields, ...told].join("\\n");
}"""


@pytest.fixture
def quill() -> Quill:
    return Quill()


@pytest.fixture
def told(cast: Cast, quill: Quill) -> Story:
    return scribble(cast, quill)


def test_every_text_that_people_write_holds_payloads(told: Story) -> None:
    assert list(unwritten()) == [], "Write a payload into it in tests/hostile/scribbled.py"


#: Kept and shown on no page, and what a browser calls itself is shown in part; the name of a file is not even kept.
NOWHERE = {"Dataset.period", "Dataset.reference", "Dataset.source", "Origin.name", "name of a file", "user agent"}


def look_at_every_page(told: Story, reception: Reception) -> tuple[dict[str, list[str]], str]:
    """What went wrong on each page, and all that could be read."""
    pages = {who: watched(reception.let_in(person_of(who, told.cast))) for who in READERS}
    faults, read = {}, []
    readers = [*reader_of_each_page().items(), *((Key("governance:home", "GET"), who) for who in READERS)]
    places = [(story.address_of(key, told), who) for key, who in readers]
    for address, who in [*places, *further_pages()]:
        page = pages[who]
        if is_html(page, address):
            page.goto(address)
            if found := page.evaluate(FOUND) + dialogs_of(page):
                faults[f"{address} for {who}"] = found
            read.append(page.evaluate(READ))
    return faults, plain("\n".join(read))


def further_pages() -> list[tuple[str, str]]:
    """Of what is over, with who reads it: the matrix opens what can still be done."""
    closed = PerformanceReview.objects.exclude(closed_at=None).latest("pk")
    deactivated = Event.objects.filter(kind="registry.person.deactivated").latest("pk")
    return [
        (reverse("approvals:performance_review_close", args=[closed.pk]), "owner"),
        (reverse("audit:event_detail", args=[deactivated.uid]), "admin"),
    ]


def watched(visitor: Visitor) -> Page:
    """Dialogs are closed and remembered."""
    page = visitor.page
    page.opened_dialogs = []

    def close(dialog: Dialog) -> None:
        page.opened_dialogs.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", close)
    return page


def dialogs_of(page: Page) -> list[str]:
    opened, page.opened_dialogs = page.opened_dialogs, []
    return opened


def plain(text: str) -> str:
    return " ".join(text.split())


def is_readable(payloads: list[str], read: str) -> bool:
    return all(plain(payload) in read for payload in payloads)


def takes_a_form(route: str) -> bool:
    return "yes" in Matrix.read("pages").rows.get(Key(route, "POST"), {}).values()


# What comes back

#: The form of a page is the one with most fields. What says which revision, stage or list it is about stays.
FORM = """[...document.querySelectorAll("main form[method=post]")].sort(
    (one, other) => other.elements.length - one.elements.length)[0]"""
FILL_IN = f"""payloads => {{
    const form = {FORM};
    const kept = /csrf|_FORMS$|seen_revision|environment|^stage$|^page$/;
    const typed = /^(text|search|url|email|textarea|password)$/;
    const fields = form ? [...form.elements].filter(({{type, name}}) => typed.test(type) && !kept.test(name)) : [];
    fields.forEach((field, index) => {{
        if (field.type !== "textarea") field.type = "text";
        field.value = payloads[index % payloads.length];
    }});
    return fields.length;
}}"""
SEND = f"() => {FORM}.submit()"


def test_the_palette_shows_names_as_text(cast: Cast, reception: Reception) -> None:
    """JavaScript puts what it fetches into the page."""
    quill = Quill(most=2)
    purposes = [quill.line("purpose", 200) for _ in range(4)]
    for number, purpose in enumerate(purposes):
        builders.build_model(cast, name=f"scribbled-{number}", purpose=purpose)
    people.change_person(person=cast.author, name="xss " + quill.line("name", 100), by=cast.admin)
    page = watched(reception.let_in(cast.author))
    page.goto(reverse("governance:home"))
    page.keyboard.press("Control+k")
    page.keyboard.type("scribbled")
    options = page.get_by_role("listbox", name="Places").get_by_role("option")
    expect(options).to_have_count(len(purposes))
    assert is_readable(purposes, plain(" ".join(options.all_text_contents())))
    page.get_by_role("combobox", name="Go to a model").fill("<u data-xss>nobody")
    expect(options).to_have_count(0)
    assert page.evaluate(FOUND) + dialogs_of(page) == []


def send_forms(told: Story, reception: Reception) -> tuple[dict[str, list[str]], int]:
    """Fills in forms with payloads and sends them: most are refused, and show again what was typed."""
    pages = {who: watched(reception.let_in(person_of(who, told.cast))) for who in READERS}
    faults, sent = {}, 0
    for key, who in reader_of_each_page().items():
        page, address = pages[who], story.address_of(key, told)
        if takes_a_form(key.route) and is_html(page, address):
            page.goto(address)
            if page.evaluate(FILL_IN, CORPUS[sent % 5 :: 5]):
                with page.expect_navigation():
                    page.evaluate(SEND)
                sent += 1
                if found := page.evaluate(FOUND) + dialogs_of(page):
                    faults[str(key)] = found
    return faults, sent


# Outside of pages


def test_mails_lists_and_json_say_what_was_written(told: Story, quill: Quill) -> None:
    outbox.deliver_due()
    assert len(mail.outbox) > 5
    for message in mail.outbox:
        assert message.content_subtype == "plain" and not message.attachments
        assert "\n" not in message.subject
    assert any(is_readable(quill.written["Review.message"], plain(message.body)) for message in mail.outbox)

    auditor = signed_in(told.cast.auditor)
    for route in ("registry:model_download", "registry:use_case_download", "approvals:performance_review_download"):
        answer = auditor.get(reverse(route), {"state": "all"})
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        assert "window.__xss" in str(rows), route
        assert not [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]

    version = told.objects["version"]
    answer = caller(told.cast.author).get(f"/models/{version.model.name}/versions/{version.number}")
    assert answer["Content-Type"].startswith("application/json") and answer["X-Content-Type-Options"] == "nosniff"
    assert is_readable(quill.written["ModelVersion.summary"], plain(answer.json()["summary"]))
