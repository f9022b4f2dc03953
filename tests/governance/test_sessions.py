"""How long a session lasts, what ends it, and when somebody is asked once more who they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account import app_settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from governance import sessions, tasks
from registry.actions import people, sign_in
from registry.models import Person
from tests.builders import Cast
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-river"
CONFIRM = "/accounts/reauthenticate/"
MINUTE, HOUR = 60, 3600


@pytest.fixture(autouse=True)
def _author_has_a_password(cast: Cast) -> Iterator[None]:
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    cache.clear()
    yield
    cache.clear()


def sits_down() -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": "author", "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def goes_by(client: Client, seconds: int) -> None:
    """As if the session had begun, and been of use, so much earlier."""
    session = client.session
    for name in (sessions.BEGAN, sessions.USED):
        session[name] -= seconds
    for record in session.get("account_authentication_methods", []):
        record["at"] -= seconds
    session.save()


def ends_in(client: Client) -> float:
    row = Session.objects.get(session_key=client.session.session_key)
    return (row.expire_date - timezone.now()).total_seconds()


class TestHowLong:
    def test_it_ends_when_nobody_uses_it(self, settings: Any) -> None:
        settings.SESSION_IDLE_SECONDS = 30 * MINUTE
        client = sits_down()
        assert ends_in(client) == pytest.approx(30 * MINUTE, abs=10)

    def test_using_it_puts_off_that_end_with_one_write_a_minute(self, settings: Any) -> None:
        client = sits_down()
        goes_by(client, 10 * MINUTE)
        settings.SESSION_IDLE_SECONDS = 90 * MINUTE
        assert is_signed_in(client)
        assert ends_in(client) == pytest.approx(90 * MINUTE, abs=10)
        settings.SESSION_IDLE_SECONDS = 5 * MINUTE
        assert is_signed_in(client)
        assert ends_in(client) == pytest.approx(90 * MINUTE, abs=10)

    def test_it_ends_some_hours_after_the_sign_in_however_much_it_is_used(self, settings: Any) -> None:
        client = sits_down()
        goes_by(client, settings.SESSION_COOKIE_AGE - 20 * MINUTE)
        assert is_signed_in(client)
        assert ends_in(client) == pytest.approx(20 * MINUTE, abs=10)
        goes_by(client, 20 * MINUTE)
        assert not is_signed_in(client)

    def test_one_of_which_nobody_noted_when_it_began_does_not_go_on_for_ever(self) -> None:
        client = sits_down()
        session = client.session
        del session[sessions.BEGAN], session[sessions.USED]
        session.save()
        client.get("/account/")
        assert not is_signed_in(client)

    def test_one_that_has_ended_is_not_listed(self, settings: Any) -> None:
        there = sits_down()
        goes_by(there, settings.SESSION_COOKIE_AGE)
        assert "Sign out there" not in sits_down().get("/account/").content.decode()

    def test_a_stolen_cookie_is_worth_nothing_after_signing_out(self) -> None:
        client = sits_down()
        stolen = client.cookies["sessionid"].value
        client.post(reverse("account_logout"))
        thief = Client()
        thief.cookies["sessionid"] = stolen
        assert not is_signed_in(thief)

    def test_ids_come_from_the_system_s_randomness_and_differ(self) -> None:
        keys = {sits_down().session.session_key for _ in range(3)}
        assert len(keys) == 3
        assert all(len(key) == 32 and key.isalnum() for key in keys)  # 36 to the 32nd: 165 bits


class TestOnceMore:
    """What changes how somebody gets in is asked for again, when the sign-in was a while ago."""

    ADDRESSES = (
        "/account/tokens/issue/",
        "/accounts/second-factor/app/set-up/",
        "/accounts/second-factor/passkeys/add/",
    )

    @pytest.fixture
    def later(self) -> Client:
        client = sits_down()
        goes_by(client, app_settings.REAUTHENTICATION_TIMEOUT + 1)
        return client

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_it_is_asked_for(self, later: Client, address: str) -> None:
        answer = later.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(CONFIRM)
        assert later.post(answer["Location"], {"password": PASSWORD}).status_code == 302
        assert later.get(address).status_code == 200

    def test_not_right_after_signing_in(self) -> None:
        assert sits_down().get("/account/tokens/issue/").status_code == 200

    def test_a_wrong_password_opens_nothing(self, later: Client) -> None:
        later.post(f"{CONFIRM}?next=/account/tokens/issue/", {"password": "wrong"})
        assert later.get("/account/tokens/issue/").status_code == 302

    def test_ending_sessions_asks_and_then_goes_on_by_itself(self, cast: Cast, later: Client) -> None:
        there = sits_down()
        answer = later.post("/account/sessions/end-others/")
        assert answer["Location"].startswith(CONFIRM)
        assert is_signed_in(there)
        assert later.post(answer["Location"], {"password": PASSWORD})["Location"] == "/account/"
        assert not is_signed_in(there)

    def test_administrators_are_asked_before_they_change_somebody_s_way_in(self, cast: Cast) -> None:
        people.change_password(person=cast.admin, password=PASSWORD, by=cast.admin)
        client = Client()
        client.post(reverse("account_login"), {"login": "admin", "password": PASSWORD})
        goes_by(client, app_settings.REAUTHENTICATION_TIMEOUT + 1)
        for route in ("person_change", "person_reset", "token_issue"):
            answer = client.get(reverse(f"governance:{route}", args=[cast.author.pk]))
            assert answer["Location"].startswith(CONFIRM), route
            answer = client.post(reverse(f"governance:{route}", args=[cast.author.pk]), {"email": "x@example.org"})
            assert answer["Location"].startswith(CONFIRM), route
        assert Person.objects.get(pk=cast.author.pk).email == "author@example.org"

    def test_the_session_gets_a_new_id_and_the_old_one_ends(self, later: Client) -> None:
        before = later.session.session_key
        later.post(CONFIRM, {"password": PASSWORD})
        assert later.session.session_key != before
        thief = Client()
        thief.cookies["sessionid"] = before
        assert not is_signed_in(thief)
        assert later.get("/account/").content.decode().count("This session") == 1

    def test_it_does_not_put_off_the_end(self, later: Client, settings: Any) -> None:
        goes_by(later, settings.SESSION_COOKIE_AGE - 30 * MINUTE)
        later.post(CONFIRM, {"password": PASSWORD})
        assert ends_in(later) < 30 * MINUTE


class TestByAdministrators:
    def test_somebody_is_signed_out_everywhere_with_a_reason(self, cast: Cast) -> None:
        here, there = sits_down(), sits_down()
        address = reverse("governance:person_sign_out", args=[cast.author.pk])
        admin = signed_in(cast.admin)
        assert "Sign Author out everywhere" in admin.get(address).content.decode()
        assert admin.post(address, {"reason": ""}).status_code == 422
        assert is_signed_in(here)
        assert admin.post(address, {"reason": "Laptop left on a train."}).status_code == 302
        assert [is_signed_in(here), is_signed_in(there)] == [False, False]
        event = Event.objects.get(kind="registry.person.signed_out_everywhere")
        assert (event.reason, event.facts) == ("Laptop left on a train.", {"sessions": 2})
        assert is_signed_in(sits_down())

    def test_nobody_else_does(self, cast: Cast) -> None:
        here = sits_down()
        with pytest.raises(PermissionDenied):
            sign_in.sign_out_everywhere(person=cast.author, reason="Because.", by=cast.technical)
        with pytest.raises(ValidationError):
            sign_in.sign_out_everywhere(person=cast.author, reason=" ", by=cast.admin)
        assert is_signed_in(here)

    def test_everybody_by_command(self, cast: Cast) -> None:
        here = sits_down()
        out = io.StringIO()
        call_command("end_sessions", "--everybody", "--reason", "A break-in.", stdout=out)
        assert "1 sessions have ended" in out.getvalue()
        assert not is_signed_in(here)

    def test_one_by_command(self, cast: Cast) -> None:
        here = sits_down()
        with pytest.raises(CommandError, match="Name people"):
            call_command("end_sessions", "--reason", "x")
        with pytest.raises(CommandError, match="Nobody here"):
            call_command("end_sessions", "nobody", "--reason", "x")
        assert is_signed_in(here)
        call_command("end_sessions", "author", "--reason", "Asked for it.", stdout=io.StringIO())
        assert not is_signed_in(here)


def test_rows_of_sessions_that_are_over_go_and_others_stay(cast: Cast) -> None:
    here, gone = sits_down(), sits_down()
    over = Session.objects.get(session_key=gone.session.session_key)
    over.expire_date = timezone.now()
    over.save()
    tasks.clear_sessions()
    assert not Session.objects.filter(session_key=over.session_key).exists()
    assert is_signed_in(here)
