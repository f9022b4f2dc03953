"""The shape of what is said about a passkey, and of what a browser sends from one.

allauth bounds neither name nor number, and trusts that what comes is what a browser makes of a passkey; the page to
sign in takes it from anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError

from governance import second_factor
from registry.forms.fields import LineField

LONGEST_NAME = 60
MOST = 10
UNREADABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
NO_PASSKEY = "This is not what a passkey of yours sends. Try it once more."


@contextmanager
def _read_with_care() -> Iterator[None]:
    """What a reader stumbles over in bytes of a stranger is no fault of ours: it is no passkey."""
    try:
        yield
    except UNREADABLE as error:
        raise ValidationError(NO_PASSKEY, code="no-passkey") from error
    except ValidationError as refusal:
        if getattr(refusal, "code", "") != "incorrect_code":  # which speaks of the codes of an app
            raise
        raise ValidationError(NO_PASSKEY, code="no-passkey") from refusal


class CredentialField(forms.JSONField):
    widget = forms.HiddenInput
    default_error_messages = {"required": NO_PASSKEY, "invalid": NO_PASSKEY}

    def to_python(self, value: Any) -> Any:
        with _read_with_care():
            return super().to_python(value)


class _ShowsPasskey(forms.Form):
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        with _read_with_care():
            return super().clean_credential()


class AuthenticatePasskeyForm(_ShowsPasskey, AuthenticateWebAuthnForm):
    pass


class LoginPasskeyForm(_ShowsPasskey, LoginWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(_ShowsPasskey, ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    name = LineField(required=False, max_length=LONGEST_NAME)
    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        if len(second_factor.factors_of(self.user)) >= MOST:
            raise ValidationError("You have ten second factors already. Remove one first.", code="too-many")
        with _read_with_care():
            return super().clean()


class RenamePasskeyForm(EditWebAuthnForm):
    name = LineField(max_length=LONGEST_NAME)
