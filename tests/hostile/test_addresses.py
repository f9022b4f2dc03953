"""Addresses that nobody meant: each is answered as a page, a refusal or nothing here, never by a failure."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.builders import Cast
from tests.hostile.answers import rows_of_every_table
from tests.permissions import story
from tests.permissions.table import Matrix
from tests.registry.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

#: All names that a page reads from its address.
NAMES = (
    *("account", "actor", "after", "before", "environment", "kind", "next", "owner", "page", "q", "revision", "role"),
    *("room", "running", "since", "sort", "stage", "state", "status", "subject", "team", "tier", "until", "use_case"),
    *("waits", "whose"),
)
ODD = {
    "NUL": "a%00b",
    "half a character": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "turned round": "%E2%80%AE",
    "a huge number": "9" * 400,
    "below nothing": "-1",
    "a year that is none": "0000-01-01",
    "the last day": "9999-12-31",
    "words of the database": "%27%20OR%201%3D1%20--",
    "wildcards": "%25_%5C",
    "a very long text": "x" * 3000,
    "brackets": "[]",
}
#: Pages that are made of what stands in their address take four of these, each another four; the others one each.
LISTS = ("_list", "_download", "search", "palette", "login")
FOUR = 4
FINE = {200, 301, 302, 404, 422}


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = signed_in(cast.superuser)
    client.raise_request_exception = False
    return client


def odd_for(page: int) -> list[str]:
    """All of them, from another one on for each page."""
    names = [*ODD]
    start = page % len(names)
    return names[start:] + names[:start]


def test_no_query_breaks_a_page(cast: Cast, browser: Client) -> None:
    told = story.tell(cast)
    before, broken = rows_of_every_table(), {}
    pages = [
        key for key, cells in Matrix.read("pages").rows.items() if (key.method, cells["superuser"]) == ("GET", "yes")
    ]
    for number, key in enumerate(pages):
        for name in odd_for(number)[: FOUR if key.route.endswith(LISTS) else 1]:
            query = "&".join(f"{each}={ODD[name]}" for each in NAMES)
            answer = browser.get(f"{story.address_of(key, told)}?{query}")
            answer.getvalue()  # closes a file
            if answer.status_code not in FINE:
                broken[str(key), name] = answer.status_code
    assert broken == {}
    assert rows_of_every_table() == before


@pytest.mark.parametrize("number", [0, 2**63, 10**400], ids=["none", "no row", "no database"])
def test_a_number_that_nothing_has_is_nowhere(cast: Cast, browser: Client, number: int) -> None:
    """Every address with a number in it, by each method."""
    model = story.builders.build_version(cast).model.name
    before, asked = rows_of_every_table(), 0
    for key in Matrix.read("pages").rows:
        for arguments in ({"pk": number}, {"name": model, "number": number}):
            try:
                address = reverse(key.route, kwargs=arguments)
            except NoReverseMatch:
                continue
            answer = browser.get(address) if key.method == "GET" else browser.post(address)
            assert answer.status_code in (404, 405) or answer["Location"].startswith("/accounts/"), (key, number)
            asked += 1
    assert asked > 30
    assert rows_of_every_table() == before
