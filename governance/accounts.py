"""How people sign in: allauth's flows, with our ledger told of each."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.signals import authentication_step_completed
from allauth.mfa.signals import authentication_failed
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from audit.halts import Halted
from governance import sessions
from registry.actions import people, sign_in
from registry.models import Person

#: allauth's word for a way of signing in, where ours is another one.
WAYS = {"socialaccount": "openid_connect"}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "enter_current_password": "This is not your password now.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again.",
        "username_password_mismatch": "User name or password is wrong.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs themselves up; administrators add people."""
        return False

    def get_reauthentication_methods(self, user: Person) -> list[dict[str, str]]:
        """Whoever comes from the identity provider, and has nothing else here, shows there that it is them."""
        own = super().get_reauthentication_methods(user)
        if own or not user.is_authenticated or not settings.OIDC_ISSUER:
            return own
        return [{"id": "openid", "description": "Sign in there again", "url": reverse("openid_confirm")}]

    def set_password(self, user: Person, password: str) -> None:
        people.change_password(person=user, password=password, by=user)

    def pre_login(self, request: HttpRequest, user: Person, **kwargs: Any) -> HttpResponse | None:
        """However somebody comes, with password, passkey or from an identity provider, they pass here."""
        if not user.is_active:
            sign_in.refuse_sign_in(code="inactive", person=user)
        return super().pre_login(request, user, **kwargs)


def watch_sign_in() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="governance.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="governance.signed_out")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="governance.sign_in_failed")
    authentication_step_completed.connect(_confirmed, dispatch_uid="governance.confirmed")
    authentication_failed.connect(_second_factor_failed, dispatch_uid="governance.second_factor_failed")


def _signed_in(user: Person, request: HttpRequest, **_: Any) -> None:
    sessions.begin(request)
    sign_in.record_sign_in(person=user, ways=_ways(request, user))


def _ways(request: HttpRequest, user: Person) -> list[str]:
    """What was shown in this sign-in, in order: password, totp, webauthn, recovery_codes, openid_connect."""
    records = get_authentication_records(request, user)
    return [record.get("type") or WAYS.get(record["method"], record["method"]) for record in records]


def _confirmed(request: HttpRequest, reauthenticated: bool = False, **_: Any) -> None:
    """Showing once more that it is them gives the session a new id, as signing in does."""
    if reauthenticated:
        request.session.cycle_key()
        UserSession.objects.create_from_request(request)


def _signed_out(user: Person | None, **_: Any) -> None:
    """Whoever wants to leave can, even while nothing may be written down."""
    if user is not None:
        with suppress(Halted):
            sign_in.record_sign_out(person=user)


def _sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    sign_in.record_failed_sign_in(username=str(credentials.get("username", "")))


def _second_factor_failed(user: Person, **_: Any) -> None:
    sign_in.record_failed_second_factor(person=user)
