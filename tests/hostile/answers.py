"""What an answer to bad input has to be: the reason beside its field, what was typed given back, nothing written."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from zlib import crc32

from django.apps import apps
from django.contrib.messages import constants, get_messages
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.test import Client

from audit.models import Event
from tests.hostile.forms import INSTEAD, NEXT_PAGE, TOP, Bad

#: Refusals are counted and written down, events get their place, and messages for the next page are kept.
MAY_GROW = {
    "audit_event",
    "audit_waitingevent",
    "audit_leaf",
    "audit_treenode",
    "audit_refusaltally",
    "django_session",
}


def some_of(rows: list[Bad], place: str) -> list[Bad]:
    """One of the many, another from place to place, and all the others."""
    many = [bad for bad in rows if bad.is_one_of_many]
    chosen = many[crc32(place.encode()) % len(many)] if many else None
    return [bad for bad in rows if bad is chosen or not bad.is_one_of_many]


def faults_of(answer: Any, field: str, bad: Bad, typed: Any, *, status: int = 422) -> Iterator[str]:
    """`status` is 200 for the pages of allauth, which answer with the form."""
    if bad.at == NEXT_PAGE:
        said = errors_for_the_next_page(answer)
        if answer.status_code != 302 or not any(bad.said in each for each in said):
            yield f"status {answer.status_code}, and the next page says {said}, not “{bad.said}”"
        return
    if answer.status_code != status:
        yield f"status {answer.status_code}, not {status}"
        return
    page = answer.content.decode()
    summary = text_of(page, "errors")
    if bad.at in (TOP, INSTEAD):
        shown = summary if bad.at == TOP else page
        if bad.said.lower() not in shown.lower():
            yield f"{bad.at} stands “{summary}”, not “{bad.said}”"
    else:
        yield from faults_beside(page, bad.at or field, bad.said, summary)
    if field and not came_back(page, field, typed):
        yield f"what was typed does not come back: {control(page, field)[:300]!r}"


def faults_beside(page: str, field: str, said: str, summary: str) -> Iterator[str]:
    """The control names its error, which says why, and so does the list on top, which leads to the control."""
    place, described = place_of(page, field)
    beside = text_of(page, f"{described}")
    if not described or said not in beside:
        yield f"beside the field stands “{beside}”, not “{said}”; on top: {summary}"
    elif summary and (said not in summary or f'href="#{place}"' not in page):
        yield f"the top says “{summary}” and leads nowhere"


# A page as its reader has it


def controls_of(page: str, address: str) -> set[str]:
    """The names of what can be typed or chosen in the forms that are sent to this address."""
    forms = re.findall(r'<form\b([^>]*)method="post"([^>]*)>(.*?)</form>', page, re.DOTALL)
    own = [inner for before, after, inner in forms if sent_to(before + after, address)]
    names = {name for inner in own for name in re.findall(r'<(?:input|textarea|select)\b[^>]*\bname="([^"]+)"', inner)}
    return {re.sub(r"-\d+-", "-0-", name) for name in names if not re.search(r"csrf|_FORMS$", name)}


def sent_to(attributes: str, address: str) -> bool:
    action = re.search(r'action="([^"#?]*)', attributes)
    return not action or action[1] in ("", address)


def control(page: str, field: str) -> str:
    found = re.search(rf'<(input|textarea|select)\b[^>]*\bname="{re.escape(field)}"[^>]*>', page)
    return found[0] if found else ""


def place_of(page: str, field: str) -> tuple[str, str]:
    """The id that the list of errors leads to, and the id of what is said beside the control."""
    tag = control(page, field)
    place = re.search(r'\bid="([^"]+)"', tag)
    if not place:
        return "", ""
    base = re.sub(r"_\d+$", "", place[1]) if re.search(r'type="(radio|checkbox)"', tag) else place[1]
    is_named = re.search(rf'aria-describedby="[^"]*\b{re.escape(base)}-error\b', page)
    return place[1], f"{base}-error" if is_named else ""


def text_of(page: str, element: str) -> str:
    """What stands in the block of this id, without markup."""
    start = page.find(f'id="{element}"') if element else -1
    if start < 0:
        return ""
    inner = page[page.index(">", start) + 1 : page.find("</div>\n" if element == "errors" else "</div>", start)]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", inner)).split())


def came_back(page: str, field: str, typed: Any) -> bool:
    """A file, a choice that nobody offers, and what is hidden do not come back."""
    tag = control(page, field)
    if (
        isinstance(typed, UploadedFile)
        or not isinstance(typed, str)
        or re.search(r'type="(hidden|radio|checkbox|file)"', tag)
    ):
        return True
    if tag.startswith("<select"):
        return True
    if tag.startswith("<textarea"):
        start = page.index(tag) + len(tag)
        shown = page[start : page.index("</textarea>", start)].removeprefix("\n")
    else:
        value = re.search(r'\bvalue="([^"]*)"', tag)
        shown = value[1] if value else ""
    return html.unescape(shown) == typed or typed.strip() == ""


def errors_for_the_next_page(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request) if message.level >= constants.ERROR]


# What may change


def send(client: Client, address: str, body: Any) -> Any:
    """As a browser that has shown its messages: those of one answer are not taken for those of the next."""
    cookies = client.cookies.output(header="", sep=";")
    try:
        return client.post(address, body)
    finally:
        client.cookies = SimpleCookie(cookies)


class taken_back:
    """What is written meanwhile is taken back."""

    def __enter__(self) -> None:
        self._before = transaction.savepoint()

    def __exit__(self, *_: Any) -> None:
        transaction.savepoint_rollback(self._before)


def rows_of_every_table(but: tuple[str, ...] = ()) -> set[str]:
    """How many rows each table has, and how many events the ledger without refusals, and without kinds in `but`."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    kept = sorted({*tables} - MAY_GROW)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM {table}" for table in kept))
        counted = {f"{table} has {count} rows" for table, count in cursor.fetchall()}
    events = Event.objects.exclude(kind__endswith=".refused").exclude(kind__in=but)
    return counted | {f"the ledger has {events.count()} events"}
