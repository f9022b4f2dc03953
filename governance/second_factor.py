"""Second factors and passkeys, as allauth asks for them: names, words, and secrets that the database alone gives away
to nobody."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from governance import secrets
from registry.models import Person

#: What lets somebody in beside the password. Recovery codes stand in for them and are nothing by themselves.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "A second factor is required, and this is your last. Add another one first.",
        "cannot_generate_recovery_codes": "Recovery codes stand in for a second factor. Set one up first.",
        "incorrect_code": "This code is wrong, or was used before. Codes of the app change every 30 seconds.",
    }

    def encrypt(self, text: str) -> str:
        return Fernet(_key(make=True)).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return Fernet(_key()).decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not settings.REQUIRE_SECOND_FACTOR or len(factors_of(authenticator.user)) > 1

    def generate_authenticator_name(self, user: Person, type: str) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return f"Passkey {number}" if number > 1 else "Passkey"

    def get_totp_label(self, user: Person) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "Gatehouse"}

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        return super().get_public_key_credential_user_entity(user) | {"name": user.username}


def factors_of(person: Person) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=person, type__in=FACTORS).order_by("pk"))


def is_shown(request: HttpRequest) -> bool:
    """Whether who is signed in has a second factor of ours, or came from an identity provider."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "socialaccount" for record in records) or bool(factors_of(request.user))


def key_path() -> Path:
    return Path(settings.LEDGER_KEYS) / "second-factor.key"


def _key(*, make: bool = False) -> bytes:
    """The key of 256 bits for Fernet, from a file beside the ledger's keys.

    Raises ImproperlyConfigured when there is none: what it encrypted cannot be read without it.
    """
    secret = secrets.create(key_path()) if make else secrets.stored(key_path())
    if secrets.is_weak(secret):
        raise ImproperlyConfigured(f"The key of the second factors is not in {key_path()}. Put it back.")
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())
