"""Signing in: the cookie it gives, how often it may be tried, and what the ledger knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.models import Event
from registry.actions import people
from tests.builders import Cast

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-river"
TRIES = 5


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(cast: Cast) -> Iterator[None]:
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    cache.clear()
    yield
    cache.clear()


def sign_in(username: str = "author", password: str = PASSWORD, **more: Any) -> Any:
    return Client().post(reverse("account_login"), {"login": username, "password": password}, **more)


def test_the_session_cookie_is_no_script_s_and_no_other_site_s() -> None:
    cookie = sign_in().cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_whoever_guesses_is_stopped_and_the_right_password_does_not_help() -> None:
    for _ in range(TRIES):
        assert sign_in(password="wrong").status_code == 200
    for password in ("wrong", PASSWORD):
        answer = sign_in(password=password)
        assert "sessionid" not in answer.cookies
        assert answer.status_code == 429 or "Too many failed attempts" in answer.content.decode()


def test_behind_a_proxy_each_visitor_is_counted_apart(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _ in range(TRIES):
        sign_in("nobody", headers={"X-Forwarded-For": "192.0.2.1"})
    assert "sessionid" not in sign_in(headers={"X-Forwarded-For": "192.0.2.1"}).cookies
    assert "sessionid" in sign_in(headers={"X-Forwarded-For": "192.0.2.2"}).cookies


def test_what_a_visitor_says_of_their_address_counts_for_nothing(settings: Any) -> None:
    """A proxy adds what it has seen at the end; what stands before it is the visitor's own word."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(TRIES):
        sign_in("nobody", headers={"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.1"})
    assert "sessionid" not in sign_in(headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.1"}).cookies


def test_a_name_that_nobody_has_leaves_an_event_without_it() -> None:
    sign_in("my-secret-typed-into-the-wrong-field")
    event = Event.objects.get(kind="registry.person.signed_in.refused")
    assert event.facts["codes"] == ["unknown-name"]
    assert "wrong-field" not in str(event.facts) + event.reason


@pytest.mark.parametrize("username", ["author", "AUTHOR"])
def test_a_failed_sign_in_is_written_in_whatever_case(cast: Cast, username: str) -> None:
    sign_in(username, "wrong")
    event = Event.objects.get(kind="registry.person.sign_in_failed")
    assert event.subject == f"registry.person:{cast.author.pk}"
