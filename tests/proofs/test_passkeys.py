"""Passkeys in a real chromium, whose virtual authenticator stands for the finger on the sensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import expect

from audit.models import Event
from tests.browser.conftest import cast  # noqa: F401 - a fixture
from tests.browser.visitors import PASSWORD, Reception, Visitor, give_password
from tests.builders import Cast

pytestmark = pytest.mark.browser

INTERNAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


class Device:
    """The authenticator of one browser."""

    def __init__(self, visitor: Visitor) -> None:
        self._session = visitor.page.context.new_cdp_session(visitor.page)
        self._session.send("WebAuthn.enable")
        added = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": INTERNAL})
        self._id = {"authenticatorId": added["authenticatorId"]}

    def refuse_the_finger(self) -> None:
        self._session.send("WebAuthn.setUserVerified", self._id | {"isUserVerified": False})

    def forget(self) -> None:
        self._session.send("WebAuthn.clearCredentials", self._id)


def sits_down(reception: Reception, cast: Cast) -> tuple[Visitor, Device]:  # noqa: F811
    give_password(cast.auditor)
    visitor = reception.let_in()
    device = Device(visitor)
    visitor.sign_in(cast.auditor)
    visitor.sees("My work")
    return visitor, device


def adds_passkey(visitor: Visitor, name: str = "Work laptop") -> None:
    visitor.open("/account/")
    visitor.follow("Add a passkey")
    visitor.write("Password", PASSWORD)
    visitor.press("Confirm")
    visitor.write("Name", name)
    visitor.press("Add the passkey")
    visitor.sees("Shown this once")


def facts(kind: str) -> list[dict[str, Any]]:
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("facts", flat=True))


def test_a_passkey_is_added_and_signs_in_without_a_password(cast: Cast, reception: Reception) -> None:  # noqa: F811
    visitor, _ = sits_down(reception, cast)
    adds_passkey(visitor)
    visitor.open("/account/")
    visitor.sees("Work laptop")
    visitor.press("Sign out")
    visitor.open("/accounts/login/?next=/models/")
    visitor.press("Sign in with a passkey")
    visitor.page.wait_for_url(lambda url: urlsplit(url).path == "/models/")
    assert facts("registry.person.signed_in") == [{"with": ["password"]}, {"with": ["webauthn"]}]
    assert facts("registry.second_factor.added") == [{"factor": "passkey"}]


def test_it_is_a_second_factor_for_whoever_comes_with_the_password(cast: Cast, reception: Reception) -> None:  # noqa: F811
    visitor, _ = sits_down(reception, cast)
    adds_passkey(visitor)
    visitor.press("Sign out")
    visitor.sign_in(cast.auditor)
    visitor.sees("Second factor")
    visitor.press("Use a passkey")
    visitor.sees("My work")
    assert facts("registry.person.signed_in")[-1] == {"with": ["password", "webauthn"]}


def test_without_the_finger_or_with_a_forgotten_key_nobody_gets_in(cast: Cast, reception: Reception) -> None:  # noqa: F811
    visitor, device = sits_down(reception, cast)
    adds_passkey(visitor)
    visitor.press("Sign out")
    device.refuse_the_finger()
    visitor.press("Sign in with a passkey")
    visitor.sees("No passkey was used")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_removed_passkey_opens_nothing(cast: Cast, reception: Reception) -> None:  # noqa: F811
    visitor, _ = sits_down(reception, cast)
    adds_passkey(visitor)
    visitor.open("/account/")
    visitor.page.get_by_role("link", name="Remove").click()
    visitor.press("Remove the passkey")
    visitor.sees("No passkeys")
    assert not Authenticator.objects.exists()
    assert facts("registry.second_factor.removed") == [{"factor": "passkey"}]
    visitor.press("Sign out")
    visitor.press("Sign in with a passkey")
    visitor.sees("does not open an account here")


def test_without_javascript_the_password_works_and_no_dead_button_is_shown(cast: Cast, reception: Reception) -> None:  # noqa: F811
    give_password(cast.auditor)
    visitor = reception.let_in(java_script_enabled=False)
    visitor.open("/accounts/login/")
    expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    visitor.sign_in(cast.auditor)
    visitor.sees("My work")
