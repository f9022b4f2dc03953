"""The account page: who one is, in which zone one reads, where one is signed in, and one's password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from audit.models import Event
from governance.views.account import device
from registry.actions import people, sign_in
from registry.models import Person
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-river"
NEWER = "seven-lanterns-over-water"
ACCOUNT = "/account/"
CHANGE = "/accounts/password/change/"


@pytest.fixture(autouse=True)
def _author_has_a_password(cast: Cast) -> Iterator[None]:
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    cache.clear()
    yield
    cache.clear()


def sits_down(username: str = "author", password: str = PASSWORD, agent: str = "Firefox/140.0 (X11; Linux)") -> Client:
    """A browser in which somebody has signed in by the page."""
    client = Client(headers={"User-Agent": agent})
    client.post(reverse("account_login"), {"login": username, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(ACCOUNT).status_code == 200


def kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_it_says_who_one_is_and_what_one_may_do(cast: Cast) -> None:
    page = signed_in(cast.author).get(ACCOUNT).content.decode()
    for shown in (
        "Author",
        "author@example.org",
        "Data scientist",
        "asks for review",
        "Clinical ML",
        "/account/tokens/",
    ):
        assert shown in page


def test_somebody_without_a_role_has_an_account_page_too(cast: Cast) -> None:
    assert "You have no role yet" in signed_in(cast.stranger).get(ACCOUNT).content.decode()


def test_the_name_in_the_navigation_leads_there(cast: Cast) -> None:
    assert 'class="sidenav__self" href="/account/"' in signed_in(cast.author).get("/").content.decode()


def test_a_time_zone_is_chosen_and_given_back(cast: Cast) -> None:
    client = signed_in(cast.author)
    assert client.post(ACCOUNT, {"time_zone": "Asia/Tokyo"}).status_code == 302
    assert Person.objects.get(pk=cast.author.pk).time_zone == "Asia/Tokyo"
    assert "Shown now in Asia/Tokyo" in client.get(ACCOUNT).content.decode()
    client.post(ACCOUNT, {"time_zone": "", "given": "back"})
    assert Person.objects.get(pk=cast.author.pk).time_zone == ""
    assert kinds().count("registry.person.time_zone_chosen") == 2


def test_an_unknown_zone_is_refused_at_its_field(cast: Cast) -> None:
    answer = signed_in(cast.author).post(ACCOUNT, {"time_zone": "Mars/Phobos"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["time_zone"]
    assert Person.objects.get(pk=cast.author.pk).time_zone == ""


def test_every_session_is_listed_and_one_of_them_is_this_one(cast: Cast) -> None:
    here = sits_down()
    sits_down(agent="Mozilla/5.0 (iPhone) Safari/605.1")
    page = here.get(ACCOUNT).content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert page.count("This session") == 1
    assert len(re.findall(r"/account/sessions/\d+/end/", page)) == 1


def test_one_session_is_ended_elsewhere(cast: Cast) -> None:
    here, there, elsewhere = sits_down(), sits_down(), sits_down()
    pk = re.findall(r"/account/sessions/(\d+)/end/", here.get(ACCOUNT).content.decode())[0]
    assert here.post(f"/account/sessions/{pk}/end/").status_code == 302
    assert sorted([is_signed_in(there), is_signed_in(elsewhere)]) == [False, True]
    assert is_signed_in(here)
    assert Event.objects.get(kind="registry.session.ended").facts == {"sessions": 1}


def test_all_others_are_ended_and_this_one_stays(cast: Cast) -> None:
    here, there, elsewhere = sits_down(), sits_down(), sits_down()
    here.post("/account/sessions/end-others/")
    assert [is_signed_in(client) for client in (here, there, elsewhere)] == [True, False, False]
    assert Event.objects.get(kind="registry.session.ended").facts == {"sessions": 2}


def test_nobody_ends_the_session_of_somebody_else(cast: Cast) -> None:
    author = sits_down()
    pk = re.findall(r"/account/sessions/(\d+)/end/", sits_down().get(ACCOUNT).content.decode())[0]
    assert signed_in(cast.admin).post(f"/account/sessions/{pk}/end/").status_code == 404
    assert is_signed_in(author)
    assert "registry.session.ended" not in kinds()


def test_the_action_refuses_others_too(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        sign_in.end_sessions(sessions=[], person=cast.author, by=cast.technical)


def test_ten_sessions_cost_as_much_as_one(cast: Cast) -> None:
    here = sits_down()
    here.get(ACCOUNT)
    before = statements(here, ACCOUNT)
    for _ in range(10):
        sits_down()
    assert statements(here, ACCOUNT) == before <= 12


def change_password(client: Client, old: str = PASSWORD, new: str = NEWER, again: str = "") -> Any:
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": again or new})


def test_a_password_is_changed_and_every_other_session_ends(cast: Cast) -> None:
    here, there = sits_down(), sits_down()
    before = here.session.session_key
    assert change_password(here)["Location"] == ACCOUNT
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert here.session.session_key != before
    assert is_signed_in(sits_down(password=NEWER))
    assert not is_signed_in(sits_down(password=PASSWORD))
    assert {"registry.person.password_changed", "registry.session.ended"} <= set(kinds())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"old": "wrong"}, "oldpassword"),
        ({"new": "short"}, "password1"),
        ({"again": "another-long-sentence"}, "password2"),
    ],
)
def test_what_cannot_be_a_password_is_said_at_its_field(cast: Cast, given: dict[str, str], field: str) -> None:
    here = sits_down()
    before = kinds()
    answer = change_password(here, **given)
    assert answer.context["form"].errors[field]
    assert kinds() == before
    assert is_signed_in(sits_down())


def test_a_refusal_names_the_fields_as_they_are_called_beside_them(cast: Cast) -> None:
    here = sits_down()
    page = change_password(here, old="", new="").content.decode()
    for label in ("Password now", "New password", "The new one again"):
        assert re.search(rf'<label class="field__label"[^>]*>{label}', page), label
        assert f">{label}: Fill this in.</a>" in page
    visitor = Client().post("/accounts/login/", {"login": "", "password": ""}).content.decode()
    assert ">User name: Fill this in.</a>" in visitor
    assert "Username" not in visitor


def test_guessing_the_old_password_is_stopped(cast: Cast) -> None:
    here = sits_down()
    answers = [change_password(here, old=f"guess {number}").status_code for number in range(6)]
    assert answers[-1] == 429


def test_somebody_without_a_password_is_told_so(cast: Cast) -> None:
    cast.technical.set_unusable_password()
    cast.technical.save(update_fields=["password"])
    client = signed_in(cast.technical)
    assert client.get(CHANGE)["Location"] == ACCOUNT
    assert "You have no password here" in client.get(ACCOUNT).content.decode()


def test_a_session_gets_a_new_id_at_sign_in(cast: Cast) -> None:
    """What an attacker planted in the browser before is worth nothing afterwards."""
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    client.post(reverse("account_login"), {"login": "author", "password": PASSWORD})
    assert is_signed_in(client)
    assert client.session.session_key != planted
    client.cookies["sessionid"] = planted
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_by_its_name(user_agent: str, said: str) -> None:
    assert device(user_agent) == said
