"""How people sign in: allauth's flows, with our ledger told of each."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from registry.actions import people
from registry.models import Person


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "User name or password is wrong.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs themselves up; administrators add people."""
        return False

    def set_password(self, user: Person, password: str) -> None:
        people.change_password(person=user, password=password, by=user)


def watch_sign_in() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="governance.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="governance.signed_out")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="governance.sign_in_failed")


def _signed_in(user: Person, **_: Any) -> None:
    people.record_sign_in(person=user)


def _signed_out(user: Person | None, **_: Any) -> None:
    if user is not None:
        people.record_sign_out(person=user)


def _sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    people.record_failed_sign_in(username=str(credentials.get("username", "")))
