"""The shape of what is said about a passkey. allauth bounds neither name nor number."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError

from governance import second_factor

LONGEST_NAME = 60
MOST = 10


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(required=False, max_length=LONGEST_NAME)

    def clean(self) -> dict[str, Any]:
        if len(second_factor.factors_of(self.user)) >= MOST:
            raise ValidationError("You have ten second factors already. Remove one first.", code="too-many")
        return super().clean()


class RenamePasskeyForm(EditWebAuthnForm):
    name = forms.CharField(max_length=LONGEST_NAME)
