"""The guides of docs/ as pages of the portal: our Markdown as markup, with links that lead somewhere in here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from governance.access import API_NAMESPACE
from governance.guides import EVERY, Guide

DOCS = Path(settings.BASE_DIR) / "docs"
#: What has a page in the portal, by file, apart from the guides themselves.
PAGES = {"permissions.md": "governance:role_list", "api.md": f"{API_NAMESPACE}:openapi-view"}
ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell"}
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def page_of(guide: Guide) -> SafeString:
    """Everything below the title. Raises FileNotFoundError where docs/ was not brought along."""
    tokens = _parser.parse((DOCS / guide.file).read_text())
    title_ends = next(at for at, token in enumerate(tokens) if token.type == "heading_close")
    shown = tokens[title_ends + 1 :]
    for token in shown:
        token.children = list(_linked(token.children or []))
    _stack_tables(shown)
    markup = _parser.renderer.render(shown, _parser.options, {})
    return mark_safe(markup)  # noqa: S308 - a file of ours, and HTML in it would be escaped


def _linked(tokens: Iterable[Token]) -> Iterator[Token]:
    """Links lead to pages of the portal; what has none there keeps its words, followed by the name of its file."""
    file = ""
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrGet("href"))
            token.attrSet("href", _address(href))
            file = "" if _address(href) else href.partition("#")[0]
        if file and token.type == "link_close":
            yield from (_text(" ("), Token("code_inline", "code", 0, content=f"docs/{file}"), _text(")"))
        elif not (file and token.type == "link_open"):
            yield token


def _address(href: str) -> str:
    """Where a link of a guide leads in the portal; "" when it leads to a file that has no page."""
    file = href.partition("#")[0]
    guide = next((guide for guide in EVERY if guide.file == file), None)
    if guide:
        return reverse("governance:guide", args=[guide.slug])
    return reverse(PAGES[file]) if file in PAGES else ""


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _stack_tables(tokens: list[Token]) -> None:
    """Tables of the house: rows become cards on a phone, where each cell says the name of its column."""
    heads: list[str] = []
    cells = 0
    for token, inside in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        if token.nesting != 1 or token.tag not in ROLES:
            continue
        token.attrSet("role", ROLES[token.tag])
        if token.tag == "table":
            token.attrSet("class", "table table--stack table--plain")
            heads, cells = [], 0
        elif token.tag == "th":
            token.attrSet("scope", "col")
            heads.append(re.sub(r"[*`]", "", inside.content).capitalize())
        elif token.tag == "td":
            token.attrSet("data-label", heads[cells % len(heads)])
            cells += 1
