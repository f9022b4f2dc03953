"""Every list can be sorted where its headings are not shown, and says truly in which order it is."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.actions import performance_reviews
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db
LISTS = [
    "registry:model_list",
    "registry:use_case_list",
    "approvals:review_list",
    "approvals:performance_review_list",
    "governance:person_list",
]
CHOICE = re.compile(r'<li><a href="([^"]*)"( aria-current="true")?>([^<]*)')


@pytest.fixture
def admin(cast: Cast) -> Client:
    """Something stands in each list."""
    builders.deployed_version(cast)
    in_a_year = timezone.now() + datetime.timedelta(days=366)
    performance_reviews.open_due(by=Person.objects.system(), now=in_a_year)
    builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    return signed_in(cast.admin)


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def choices(page: str) -> dict[str, tuple[str, bool]]:
    """The addresses that are offered, by their words, and whether it is the order of the page."""
    (block,) = re.findall(r'<ul class="sortby__orders">(.*?)</ul>', page, re.DOTALL)
    return {words: (html.unescape(url), bool(current)) for url, current, words in CHOICE.findall(block)}


@pytest.mark.parametrize("name", LISTS)
def test_each_order_is_offered_in_words_and_stands_in_the_address(admin: Client, name: str) -> None:
    address = reverse(name)
    offered = choices(read(admin, address))
    assert len(offered) > 1
    for words, (url, _) in offered.items():
        there = choices(read(admin, address + url))
        assert [each for each, (_, is_chosen) in there.items() if is_chosen] == [words]


@pytest.mark.parametrize("name", LISTS)
def test_what_a_heading_sorts_by_is_offered_too(admin: Client, name: str) -> None:
    page = read(admin, reverse(name))
    headings = {html.unescape(url) for url in re.findall(r'class="table__sort" href="([^"]*)"', page)}
    assert headings
    assert headings <= {url for url, _ in choices(page).values()}


@pytest.mark.parametrize("name", ["registry:model_list", "approvals:review_list", "governance:person_list"])
def test_filtering_keeps_the_order(admin: Client, name: str) -> None:
    url = next(url for url, is_chosen in choices(read(admin, reverse(name))).values() if not is_chosen)
    order = url.removeprefix("?sort=")
    assert f'<input type="hidden" name="sort" value="{order}">' in read(admin, reverse(name) + url)
    assert 'name="sort"' not in read(admin, reverse(name))


def test_what_stands_first_is_said_as_it_is(admin: Client) -> None:
    reviews, due = reverse("approvals:review_list"), reverse("approvals:performance_review_list")
    assert "Longest waiting first." in read(admin, reviews)
    turned = read(admin, f"{reviews}?sort=-opened")
    assert "Newest first." in turned
    assert "Longest waiting first." not in turned
    assert "Oldest first." in read(admin, f"{reviews}?status=approved&sort=opened")
    assert "Longest due first." in read(admin, due)
    assert "Latest due first." in read(admin, f"{due}?sort=-due")


def test_a_status_of_use_cases_keeps_the_order(admin: Client) -> None:
    page = read(admin, reverse("registry:use_case_list") + "?sort=-title")
    assert 'href="?sort=-title&amp;status=approved"' in page


def test_when_a_model_changed_is_exact_on_hover(admin: Client) -> None:
    page = read(admin, reverse("registry:model_list"))
    (changed,) = set(re.findall(r'data-label="Changed"[^>]*><time datetime="[^"]+" title="([^"]+)"', page)[:1])
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", changed)
