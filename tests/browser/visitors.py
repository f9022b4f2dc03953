"""People at a browser: what they click and type, and what their browser complains of meanwhile."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from registry.actions import people
from registry.models import Person

PASSWORD = "a long sentence nobody guesses"
LONGEST_WAIT = 10_000


class Reception:
    """Opens a browser for each person, and writes down what none of them may say."""

    def __init__(self, chromium: Browser, portal: str) -> None:
        self.portal = portal
        self.complaints: list[str] = []
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []

    def let_in(self, person: Person | None = None, **options: Any) -> Visitor:
        """Somebody who has signed in before; nobody in particular without `person`."""
        context = self._chromium.new_context(base_url=self.portal, reduced_motion="reduce", **options)
        context.set_default_timeout(LONGEST_WAIT)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._complain(error.page, f"script failed: {error.error}"))
        context.on("request", self._on_request)
        self._contexts.append(context)
        if person:
            context.add_cookies([{"name": "sessionid", "value": _session_of(person), "url": self.portal}])
        return Visitor(context.new_page())

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        """Violations of the Content Security Policy arrive here too."""
        if message.type in ("error", "warning") and not _is_refusal(message):
            self._complain(message.page, message.text)

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).scheme != "data" and not request.url.startswith(f"{self.portal}/"):
            self._complain(None, f"asked another host: {request.url}")

    def _complain(self, page: Page | None, words: str) -> None:
        self.complaints.append(f"{page.url if page else 'A page'}: {words}")


class Visitor:
    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, path: str) -> None:
        self.page.goto(path)

    def sign_in(self, person: Person, password: str = PASSWORD) -> None:
        self.open("/accounts/login/")
        self.write("User name", person.username)
        self.write("Password", password)
        self.press("Sign in")

    def go_to(self, destination: str) -> None:
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=destination).click()

    def tab(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("navigation").get_by_role("link", name=name).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def write(self, label: str, text: str, within: str = "") -> None:
        self._field(label, within).fill(text)

    def choose(self, label: str, option: str, within: str = "") -> None:
        self._field(label, within).select_option(label=option)

    def answer(self, question: str, answer: str) -> None:
        self.page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()

    def attach(self, label: str, name: str, content: bytes) -> None:
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.get_by_label(label).set_input_files(file)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def _field(self, label: str, within: str) -> Locator:
        """`within` is the heading of a panel, or of a group of fields."""
        place: Locator | Page = self.page
        if within:
            place = self.page.get_by_role("region", name=within).or_(self.page.get_by_role("group", name=within)).first
        return place.get_by_label(re.compile(rf"^\s*{re.escape(label)}( optional)?\s*$"))


def give_password(person: Person) -> None:
    people.change_password(person=person, password=PASSWORD, by=person)


def _session_of(person: Person) -> str:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _is_refusal(message: ConsoleMessage) -> bool:
    """That the portal says no to a page, or to what it keeps meanwhile, is its answer; chromium calls it an error."""
    is_answer = re.search(r"the server responded with a status of 4(03|04|09|22) ", message.text)
    asked = message.location["url"]
    return bool(is_answer and message.page and (asked == message.page.url or asked.endswith("/draft/")))
