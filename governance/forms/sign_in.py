"""The forms of signing in and of passwords, with the labels that their pages use: a refusal names a field as it is
called beside it."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms


class _Labelled:
    labels: ClassVar[dict[str, str]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            if name in self.fields:
                self.fields[name].label = label


class SignInForm(_Labelled, forms.LoginForm):
    labels: ClassVar = {"login": "User name", "password": "Password", "remember": "Stay signed in on this device"}


class ChangePasswordForm(_Labelled, forms.ChangePasswordForm):
    labels: ClassVar = {
        "oldpassword": "Password now",
        "password1": "New password",
        "password2": "The new one again",
    }


class ResetPasswordForm(_Labelled, forms.ResetPasswordKeyForm):
    labels: ClassVar = {"password1": "Password", "password2": "The same again"}
