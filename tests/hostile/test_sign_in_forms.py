"""The forms of signing in, which are allauth's, with bad input: the same promises as for our own.

The table is `SIGN_IN` in `tests/hostile/forms.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from governance import invitations
from registry.actions import people
from registry.models import Person
from tests.builders import Cast
from tests.hostile.answers import faults_of, rows_of_every_table, send, taken_back
from tests.hostile.forms import SIGN_IN
from tests.hostile.scribbled import passkey

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-river"
#: Guessing is written down, and so are visits and what allauth remembers of a session.
SAYS_SO = ("registry.person.sign_in_failed", "registry.second_factor.failed", "registry.person.signed_in.refused")


@pytest.fixture(autouse=True)
def _quietly(cast: Cast) -> Iterator[None]:
    for person in (cast.author, cast.colleague, cast.technical):
        people.change_password(person=person, password=PASSWORD, by=person)
    TOTP.activate(cast.colleague, generate_totp_secret())
    passkey(cast.technical, "Key")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    cache.clear()


def enters_password(person: Person) -> Client:
    client = Client(raise_request_exception=False)
    client.post(reverse("account_login"), {"login": person.username, "password": PASSWORD})
    return client


def confirmed(person: Person) -> Client:
    """Somebody who has signed in and has shown once more that it is them."""
    client = enters_password(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def arrival(route: str, cast: Cast) -> tuple[Client, str, dict[str, Any]]:
    """A browser in front of the form, its address, and what an honest person would write."""
    address, more = reverse(route) if route not in ("account_reset_password_from_key", "mfa_edit_webauthn") else "", {}
    match route:
        case "account_login":
            client, more = Client(raise_request_exception=False), {"login": "author", "password": PASSWORD}
        case "account_reset_password_from_key":
            client = Client(raise_request_exception=False)
            link = invitations.link_for(people.reset(person=cast.author, by=cast.admin))
            address = client.get(link.removeprefix("http://127.0.0.1:8000"))["Location"]
            more = {"password1": "another-and-wider-river", "password2": "another-and-wider-river"}
        case "account_change_password":
            client = confirmed(cast.author)
            more = {"oldpassword": PASSWORD} | dict.fromkeys(("password1", "password2"), "another-and-wider-river")
        case "account_reauthenticate" | "mfa_activate_totp" | "mfa_add_webauthn":
            client = enters_password(cast.author) if route == "account_reauthenticate" else confirmed(cast.author)
            client.get(address)
        case "mfa_login_webauthn":
            client = Client(raise_request_exception=False)
            client.get(address, headers={"X-Requested-With": "XMLHttpRequest"})
        case "mfa_authenticate":
            client = enters_password(cast.colleague)
        case "mfa_reauthenticate":
            client = Client(raise_request_exception=False)
            client.force_login(cast.colleague, backend="governance.roles.SignInBackend")
        case _:
            client = Client(raise_request_exception=False)
            client.force_login(cast.technical, backend="governance.roles.SignInBackend")
            if route == "mfa_edit_webauthn":
                address = reverse(route, args=[Authenticator.objects.get(user=cast.technical).pk])
                client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
                more = {"name": "Laptop"}
    return client, address, more


@pytest.mark.parametrize("route", SIGN_IN)
def test_what_does_not_belong_there_is_refused_where_it_was_typed(cast: Cast, route: str) -> None:
    cache.clear()
    client, address, honest = arrival(route, cast)
    before, wrong = rows_of_every_table(but=SAYS_SO), []
    for field, rows in SIGN_IN[route].items():
        for bad in rows:
            cache.clear()  # the limits of attempts, which have tests of their own
            with taken_back():
                answer = send(client, address, honest | bad.others | {field: bad.value})
                found = faults_of(answer, field, bad, "", status=200)
                grown = before ^ rows_of_every_table(but=SAYS_SO)
                wrong += [f"{field}, {bad.name}: {fault}" for fault in [*found, *grown]]
    assert wrong == [], "\n" + "\n".join(wrong)
