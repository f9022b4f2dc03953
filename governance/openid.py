"""The identity provider of the organisation (OpenID Connect), as the settings name it. Pure: the settings load it."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

#: How an ID token may be signed: with a private key of the provider, never with a secret that both sides know.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def providers(
    *, issuer: str, name: str, client_id: str, client_secret: str, email_is_verified: bool = False
) -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS of allauth; empty without `issuer`.

    Raises ImproperlyConfigured for an issuer that is not reached by https: whoever sits between could be anybody.
    """
    if not issuer:
        return {}
    address = urlsplit(issuer)
    if address.scheme != "https" and address.hostname not in LOOPBACK:
        raise ImproperlyConfigured(f"OIDC_ISSUER has to begin with https://, and is {issuer}.")
    app = {
        "provider_id": provider_id(issuer),
        "name": name,
        "client_id": client_id,
        "secret": client_secret,
        "settings": {"server_url": issuer.rstrip("/"), "verified_email": email_is_verified},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def is_issuer(named: str, expected: str) -> bool:
    """Whether a provider's description of itself is the one of the issuer in the settings."""
    return named.rstrip("/") == expected.rstrip("/")


def says_second_factor(claims: dict[str, Any], strong: list[str]) -> bool:
    """Whether an ID token says that two factors were shown: `amr` with mfa (RFC 8176), or an `acr` of those given."""
    return "mfa" in (claims.get("amr") or []) or claims.get("acr") in strong


def provider_id(issuer: str) -> str:
    """Names the issuer, so that nobody is taken for somebody whom another issuer gave the same subject."""
    return f"oidc-{hashlib.sha256(issuer.rstrip('/').encode()).hexdigest()[:12]}" if issuer else ""
