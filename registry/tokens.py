"""Who calls the API: a bearer token for everything, a signed-in browser for reading.

Each operation declares the scope it takes. A session may only read, so that no form on another site can write.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.base import AuthBase

from registry import pace, rules
from registry.actions import people
from registry.models import ApiToken, Person
from registry.problems import CHALLENGE, Refused, TooMany

VIEW = "registry.view_registry"
SAFE_METHODS = frozenset({"GET", "HEAD"})


class BearerToken(HttpBearer):
    """`Authorization: Bearer gh_…` with the given scope. Answers with the token's person, who carries the token."""

    openapi_description = "A token that an administrator issued. Each operation names the scope it takes."

    def __init__(self, scope: ApiToken.Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Person:
        found = ApiToken.objects.for_secret(token) if token.startswith(people.TOKEN_PREFIX) else None
        if found is None:
            raise Refused(
                401,
                "token-invalid",
                "This token is not known, has expired, or was revoked.",
                remedy="Ask an administrator for a new one.",
                headers=_challenge("invalid_token"),
            )
        if pace.is_exceeded(f"token {found.pk}"):
            raise TooMany
        for objection in rules.against_scope(found, self.scope):
            headers = _challenge("insufficient_scope", scope=self.scope.value)
            raise Refused(403, objection.code, objection.message, headers=headers)
        people.note_use(token=found)
        person = found.person
        person.token = found
        return _member(person)


class BrowserSession(AuthBase):
    """Somebody who is signed in, reading."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = "A signed-in browser, which may only read."

    def __call__(self, request: HttpRequest) -> Person | None:
        if request.method not in SAFE_METHODS or not request.user.is_authenticated:
            return None
        return _member(request.user)


#: What an operation asks for that does not say otherwise.
READING = (BearerToken(ApiToken.Scope.READ), BrowserSession())
SCOPE = "x-scope"


def taking(scope: ApiToken.Scope, **described: Any) -> dict[str, Any]:
    """What an operation that writes declares: a token of this scope, in the door and in its description."""
    return {"auth": BearerToken(scope), "openapi_extra": {SCOPE: scope.value} | described}


def scopes_of(person: Person) -> list[str]:
    """What the person may do through the API, as they came."""
    return sorted(person.token.scopes) if person.token else [ApiToken.Scope.READ.value]


def _member(person: Person) -> Person:
    """Raises PermissionDenied for somebody without role and team: they see nothing of the registry."""
    if not person.has_perm(VIEW):
        raise PermissionDenied(f"You do not have the right “{VIEW}”.")
    return person


def _challenge(error: str, **more: str) -> dict[str, str]:
    parts = {"error": error} | more
    return {"WWW-Authenticate": ", ".join([CHALLENGE["WWW-Authenticate"], *(f'{k}="{v}"' for k, v in parts.items())])}
