"""The guides in docs/ speak of the portal as it is: each button, page, link, address and command they name is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

from approvals.presenting import QUESTIONS
from approvals.seeds import RESTS_ON
from governance.guides import EVERY, GUIDES
from governance.roles import ROLES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FILES = sorted(guide.file for guide in EVERY)
ROOMS = ("audit", "registry", "approvals", "governance")
BOLD, ITALIC = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")
LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
#: The words with which each guide says how it is written.
LEGEND = {"bold", "italics"}


def text_of(file: str) -> str:
    """Without the line breaks within paragraphs and table cells, and without code."""
    return " ".join(re.sub(r"```.*?```", "", (DOCS / file).read_text(), flags=re.DOTALL).split())


@cache
def said_by_the_portal() -> str:
    """Templates and code of all rooms: what is shown stands there between tags, in an attribute, or as a string."""
    sources = [*ROOT.glob("templates/**/*.html"), *(path for room in ROOMS for path in (ROOT / room).glob("**/*.py"))]
    return " ".join(" ".join(path.read_text() for path in sources).split())


def is_said(words: str) -> bool:
    """As a whole: at its beginning and end stand a tag, a quotation mark, or what is filled in."""
    return bool(re.search(rf"[>\"“}}]\s*{re.escape(words)}\s*[<\"”{{:]", said_by_the_portal()))


@pytest.mark.parametrize("file", sorted(guide.file for guide in GUIDES))
def test_every_button_and_page_is_called_so_in_the_portal(file: str) -> None:
    named = {*BOLD.findall(text_of(file)), *ITALIC.findall(text_of(file))} - LEGEND
    assert len(named) > 5
    assert [words for words in sorted(named) if not is_said(words)] == []


def test_a_button_that_is_not_there_is_noticed() -> None:
    assert is_said("Register version")
    assert not is_said("Register versio")
    assert not is_said("Frobnicate version")


@pytest.mark.parametrize("file", [*FILES, "../README.md"])
def test_every_link_leads_to_a_page_and_a_heading_that_are_there(file: str) -> None:
    links = [link for link in LINK.findall((DOCS / file).read_text()) if "://" not in link]
    assert links
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        page = (DOCS / file).parent / path
        if not page.exists() or (anchor and anchor not in anchors(page)):
            broken.append(link)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """Of the headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", FILES)
def test_every_address_and_command_is_there(file: str) -> None:
    text = (DOCS / file).read_text()
    for address in re.findall(r"`(/[a-z0-9/]+)`", text):
        resolve(address)
    for command in re.findall(r"manage\.py (\w+)", text):
        assert command in get_commands(), command


def test_each_role_finds_its_guide_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [file for file in FILES if f"(docs/{file})" not in readme] == []


def test_reviewers_read_which_question_is_theirs_and_what_their_decision_rests_on() -> None:
    guide = (DOCS / "for-reviewers.md").read_text()
    for role in ROLES:
        if role.decides:
            rests_on = "; ".join(part.label for part in RESTS_ON[role.decides])
            assert f"| *{role.title}* | {QUESTIONS[role.decides]} | {rests_on} |" in guide
