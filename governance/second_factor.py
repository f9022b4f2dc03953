"""Second factors and passkeys, as allauth asks for them: names, words, and secrets that the database alone gives away
to nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from governance import sealing, secrets
from registry.models import Person

#: What lets somebody in beside the password. Recovery codes stand in for them and are nothing by themselves.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
#: In the session: the identity provider said that two factors were shown there.
SHOWN_ELSEWHERE = "openid_second_factor"


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "A second factor is required, and this is your last. Add another one first.",
        "cannot_generate_recovery_codes": "Recovery codes stand in for a second factor. Set one up first.",
        "incorrect_code": "This code is wrong, or was used before. Codes of the app change every 30 seconds.",
    }

    def encrypt(self, text: str) -> str:
        secrets.create(key_path())
        return sealing.seal(text, _keys()[-1])

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text, _keys())

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
    """Whether who is signed in has a second factor of ours, or showed one at the identity provider.

    A provider that does not say so counts as one that asked for none.
    """
    return is_shown_elsewhere(request) or bool(factors_of(request.user))


def is_shown_elsewhere(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    if not any(record["method"] == "socialaccount" for record in records):
        return False
    return settings.OIDC_ASKS_SECOND_FACTOR or request.session.get(SHOWN_ELSEWHERE, False)


def key_path() -> Path:
    return Path(settings.LEDGER_KEYS) / "second-factor.key"


def change_key() -> None:
    """Adds a key, which seals from now on. The older ones open what they sealed until `forget_old_keys`."""
    secrets.create(key_path())
    secrets.write(key_path(), "\n".join([*_keys(), secrets.new()]))


def reseal(sealed: str) -> str:
    """The same text, under the newest key."""
    return sealing.seal(sealing.unseal(sealed, _keys()), _keys()[-1])


def forget_old_keys() -> None:
    secrets.write(key_path(), _keys()[-1])


def _keys() -> list[str]:
    """From a file beside the ledger's keys, one a line, the newest last.

    Raises ImproperlyConfigured when there is none: what it sealed cannot be read without it.
    """
    keys = secrets.stored(key_path()).split()
    if not keys or any(secrets.is_weak(key) for key in keys):
        raise ImproperlyConfigured(f"The key of the second factors is not in {key_path()}. Put it back.")
    return keys
