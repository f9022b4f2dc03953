"""API tokens: given, taken back, and when they were last of use."""

from __future__ import annotations

import datetime
import secrets

from django.utils import timezone

from audit import ledger
from registry import rules
from registry.actions.people.managing import locked, refuse, require_manager
from registry.models import ApiToken, Person

VIEW = "registry.view_registry"
TOKEN_PREFIX = "gh_"  # noqa: S105 - what every token starts with, so that a leaked one is recognised
DEFAULT_LIFE = datetime.timedelta(days=90)
NOTED_EVERY = datetime.timedelta(minutes=1)


def issue_token(
    *, person: Person, label: str, scopes: list[str], by: Person, expires_at: datetime.datetime | None = None
) -> tuple[ApiToken, str]:
    """The token and its secret, which is shown once and kept nowhere.

    Everybody who belongs here may have tokens of their own; for others it takes an administrator. Without
    `expires_at` a person's token lives 90 days, and a pipeline's has no end.
    """
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with ledger.entry("registry.token.issued", by=by, subject=person) as entry:
        _require_owner_or_manager(entry, person)
        person = locked(entry, person)
        if expires_at is None and person.kind == Person.Kind.HUMAN:
            expires_at = timezone.now() + DEFAULT_LIFE
        refuse(rules.against_issuing(person, scopes, expires_at=expires_at, now=timezone.now()))
        token = ApiToken(
            person=person,
            label=label,
            prefix=secret[:8],
            digest=ApiToken.digest_of(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
        token.save()
        entry.facts = {"token": str(token.pk), "scopes": token.scopes}
    return token, secret


def revoke_token(*, token: ApiToken, by: Person) -> ApiToken:
    """Ends a token at once. There is no way back; a new one can be issued."""
    with ledger.entry("registry.token.revoked", by=by, subject=token.person) as entry:
        _require_owner_or_manager(entry, token.person)
        token = entry.lock_one(token)
        refuse(rules.against_revoking_token(token))
        token.revoked_at = timezone.now()
        token.save()
        entry.facts = {"token": str(token.pk)}
    return token


def note_use(*, token: ApiToken) -> None:
    """Remembers roughly when the token was last of use: no more than one write a minute, and no event."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY:
        token.last_used_at = now
        token.save(update_fields=["last_used_at"])


def _require_owner_or_manager(entry: ledger.Entry, person: Person) -> None:
    """No token issues or ends another one: whoever finds one could make it last."""
    if entry.actor.pk != person.pk:
        require_manager(entry)
        return
    entry.require(VIEW)
    refuse(rules.against_managing(entry.actor))
