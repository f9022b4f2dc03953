"""Pages of a list: every row once, in both directions, whatever ties, and no address that breaks them."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence

import pytest
from django.core import signing
from django.db import connection
from django.db.models import F
from django.http import Http404, QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import OutboxMessage
from audit.paging import MOST_COUNTED, Page, Sorting, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

ORDERS = [
    ("pk",),
    ("-pk",),
    ("sink", "pk"),
    ("-sink", "attempts", "-pk"),
    ("due_at", "-pk"),
    ("-due_at", "sink", "pk"),
    ("doubled", "-due_at", "pk"),
]
START = datetime.datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=datetime.UTC)


def fill(count: int, seed: int = 0) -> None:
    """Rows whose columns tie often; moments differ by a microsecond or not at all."""
    chance = random.Random(seed)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            sink=chance.choice("aabé"),
            payload={},
            event="00000000-0000-0000-0000-000000000001",
            attempts=chance.randrange(3),
            due_at=START + datetime.timedelta(microseconds=chance.randrange(4)),
        )
        for _ in range(count)
    )


def found():
    return OutboxMessage.objects.annotate(doubled=F("attempts") * 2)


def read(url: str, order: Sequence[str], rows: int = 7) -> Page:
    return page_of(QueryDict(url.lstrip("?")), found(), order, noun="message", rows=rows)


def keys(pages: list[Page]) -> list[int]:
    return [row.pk for page in pages for row in page.rows]


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
@pytest.mark.parametrize("count", [0, 1, 7, 8, 14, 40])
def test_every_row_is_on_one_page_forwards_and_backwards(order: Sequence[str], count: int) -> None:
    fill(count, seed=count)
    there = [read("", order)]
    while there[-1].next_url:
        there.append(read(there[-1].next_url, order))
    assert keys(there) == list(found().order_by(*order).values_list("pk", flat=True))
    back = [there[-1]]
    while back[0].previous_url:
        back.insert(0, read(back[0].previous_url, order))
    assert [keys([page]) for page in back] == [keys([page]) for page in there]


def test_rows_that_come_meanwhile_move_nothing() -> None:
    fill(10)
    first = read("", ("-pk",), rows=4)
    fill(5)
    assert keys([read(first.next_url, ("-pk",), rows=4)])[0] == first.rows[-1].pk - 1


def test_a_page_that_became_empty_is_the_first_page() -> None:
    fill(10)
    second = read("", ("pk",)).next_url
    OutboxMessage.objects.filter(pk__gt=found().order_by("pk")[6].pk).delete()
    assert keys([read(second, ("pk",))]) == keys([read("", ("pk",))])


def test_the_rest_of_the_address_stays() -> None:
    fill(20)
    page = read("?q=a%26b&empty=&sort=x", ("pk",))
    assert page.next_url.startswith("?q=a%26b&sort=x&after=")
    assert "after=" not in read(page.next_url, ("pk",)).previous_url


def test_a_cursor_of_another_order_or_from_nowhere_is_not_found() -> None:
    fill(20)
    url = read("", ("sink", "pk")).next_url
    forged = signing.Signer(salt="audit.paging").sign_object(["a", 1])
    for bad in (
        url,
        "?after=",
        "?before=x",
        "?after=²",
        "?after=%00",
        f"?after={forged}",
        f"{url}x",
        "?before=" + "9" * 5000,
    ):
        with pytest.raises(Http404):
            read(bad, ("-sink", "pk"))


def test_counts_stop_where_they_cost() -> None:
    fill(1)
    assert read("", ("pk",)).count == "1 message"
    fill(MOST_COUNTED - 1)
    assert read("", ("pk",)).count == "1\N{NO-BREAK SPACE}000 messages"
    fill(1)
    assert (read("", ("pk",)).total, read("", ("pk",)).count[-9:]) == ("1\N{NO-BREAK SPACE}000+", " messages")


def test_a_deep_page_asks_as_much_as_the_first() -> None:
    fill(60)
    url, asked = "", []
    while True:
        with CaptureQueriesContext(connection) as captured:
            page = read(url, ("sink", "pk"))
        asked.append(len(captured))
        if not page.next_url:
            break
        url = page.next_url
    assert set(asked) == {2}


def test_a_heading_turns_its_order_round_and_drops_the_page() -> None:
    orders = {"name": ("pk",), "-name": ("-pk",), "-changed": ("-due_at", "pk"), "changed": ("due_at", "pk")}

    def by(url: str) -> dict[str, tuple[str, str]]:
        return {key: (each.url, each.active) for key, each in Sorting(QueryDict(url), orders).by.items()}

    assert by("q=a&after=x") == {"name": ("?q=a&sort=-name", "up"), "changed": ("?q=a&sort=-changed", "")}
    assert by("sort=-name") == {"name": ("?", "down"), "changed": ("?sort=-changed", "")}
    assert by("sort=-changed")["changed"] == ("?sort=changed", "down")
    assert by("sort=changed")["changed"] == ("?sort=-changed", "up")
    assert by("sort=banana") == by("")


def test_orders_are_offered_in_words_as_well_at_the_addresses_of_the_headings() -> None:
    orders = {"name": ("pk",), "-name": ("-pk",)}
    words = {"name": "A to Z", "-name": "Z to A"}

    def offered(url: str) -> list[tuple[str, str, bool]]:
        choices = Sorting(QueryDict(url), orders, words).choices
        return [(choice.words, choice.url, choice.is_chosen) for choice in choices]

    assert offered("q=a&after=x") == [("A to Z", "?q=a", True), ("Z to A", "?q=a&sort=-name", False)]
    assert offered("sort=-name") == [("A to Z", "?", False), ("Z to A", "?sort=-name", True)]
    assert Sorting(QueryDict("sort=-name"), orders, words).said == "Z to A"
    assert (Sorting(QueryDict(""), orders).choices, Sorting(QueryDict(""), orders).said) == ([], "")


def test_now_is_kept_to_the_microsecond() -> None:
    fill(9)
    moment = timezone.now()
    OutboxMessage.objects.update(due_at=moment)
    pages = [read("", ("due_at", "pk"), rows=4)]
    while pages[-1].next_url:
        pages.append(read(pages[-1].next_url, ("due_at", "pk"), rows=4))
    assert len(set(keys(pages))) == len(keys(pages)) == 9
