"""Wherever an address or a form says where to go next, it never leads to another site."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse

from registry.actions import people
from registry.models import Person
from tests.builders import Cast
from tests.hostile.answers import send, taken_back
from tests.hostile.test_doors import ELSEWHERE
from tests.permissions import story
from tests.permissions.table import Key, Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "a long sentence nobody guesses"
#: What a form or an address may call where to go next, here or in what it is built of.
NEXT = ("next", "redirect_to", "return", "url", "page", "query", "back", "continue", "success_url")


def is_here(location: str) -> bool:
    """As a browser reads it: backslashes are slashes, and what begins with two of them names a host."""
    plain = location.replace("\\", "/").lstrip("\x00 ")
    return urlsplit(plain).netloc == "" and urlsplit(plain).scheme == "" and not plain.startswith("//")


def test_no_page_and_no_form_leads_elsewhere(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every route, each method, with each name that could say where to go next."""
    monkeypatch.setattr(Template, "render", lambda template, context=None, request=None: "")  # where it leads is asked
    told = story.tell(cast)
    clients = {"superuser": signed_in(cast.superuser), "anonymous": Client()}
    wrong = []
    keys = [key for key, cells in Matrix.read("pages").rows.items() if "method" not in cells.values()]
    for (number, key), (who, client) in product(enumerate(keys), clients.items()):
        for target in ("https://evil.example/", ELSEWHERE[number % len(ELSEWHERE)]):
            address = f"{story.address_of(key, told)}?{urlencode(dict.fromkeys(NEXT, target))}"
            body = (story.body_of(key, told) or {}) | {"next": target}
            with taken_back():
                answer = client.get(address) if key.method == "GET" else send(client, address, body)
                answer.getvalue()  # closes a file
            if answer.status_code in (301, 302) and not is_here(answer["Location"]):
                wrong.append((str(key), who, target, answer["Location"]))
    assert wrong == []


@pytest.mark.parametrize("target", ELSEWHERE)
def test_confirming_that_it_is_you_never_leads_elsewhere(cast: Cast, target: str) -> None:
    cache.clear()
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    client = Client()
    client.post(reverse("account_login"), {"login": "author", "password": PASSWORD})
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": target})
    assert (answer.status_code, is_here(answer["Location"])) == (302, True)


SAVED: list[Callable[[str], dict[str, str]]] = [
    lambda target: {"page": target, "name": "x", "query": "tier=high"},
    lambda target: {"page": "registry:model_list", "name": "", "query": target},
    lambda target: {"page": "registry:model_list", "name": "x", "query": f"{target}=1"},
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_saved_view_leads_to_its_list(cast: Cast, target: str) -> None:
    author: Person = cast.author
    for number, body in enumerate(SAVED):
        answer = signed_in(author).post(reverse("registry:view_save"), body(target))
        assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, reverse("registry:model_list")), number


def test_a_place_of_ours_is_gone_to(cast: Cast) -> None:
    """So that the tests above refuse strange sites, and not every place."""
    cache.clear()
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    given = {"login": "author", "password": PASSWORD, "next": "/models/?tier=high"}
    assert Client().post(reverse("account_login"), given)["Location"] == "/models/?tier=high"
    assert is_here("/models/?next=//evil.example") and not is_here("/\\evil.example") and not is_here("https:evil")
    assert Key("account_login", "POST") in Matrix.read("pages").rows
