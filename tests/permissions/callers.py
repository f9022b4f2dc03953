"""Who asks: a browser or a token for each column of the matrix, and the word for what it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

from django.contrib.messages import constants, get_messages
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import ledger
from registry.actions import people
from registry.models import ApiToken, Person
from tests import builders
from tests.builders import Cast
from tests.callers import EVERY_SCOPE
from tests.registry.pages import signed_in

MEMBERS = ("colleague", "technical", "business", "compliance", "release", "admin", "auditor", "pipeline", "superuser")
WORDS = {401: "sign-in", 403: "no", 404: "hidden", 405: "method", 400: "not now", 409: "not now", 422: "not now"}


class Asker:
    """Somebody who asks and leaves no trace: what an answer changed is taken back."""

    def __init__(self, client: Client) -> None:
        client.raise_request_exception = False
        self._client = client
        self._cookies = client.cookies.output(header="", sep=";")

    def ask(self, method: str, address: str, body: Any, content_type: str | None) -> str:
        before = transaction.savepoint()
        try:
            answer = self._send(method, address, body, content_type)
            if answer.streaming:
                b"".join(answer.streaming_content)  # closes the file
            return word_for(answer)
        finally:
            transaction.savepoint_rollback(before)
            self._client.cookies = SimpleCookie(self._cookies)

    def _send(self, method: str, address: str, body: Any, content_type: str | None) -> Any:
        if content_type:
            return self._client.generic(method, address, body, content_type=content_type)
        return self._client.post(address, body) if method == "POST" else self._client.generic(method, address)


def word_for(answer: Any) -> str:
    """What the answer means for the person who asked; a status that no permission gives stands as it is."""
    status = answer.status_code
    if status in (301, 302):
        return _word_for_redirect(answer)
    if 200 <= status < 300:
        return "yes"
    return WORDS.get(status, f"status {status}")


def _word_for_redirect(answer: Any) -> str:
    if answer["Location"].startswith(f"{reverse('account_login')}?"):
        return "sign-in"
    said = get_messages(answer.wsgi_request)
    return "not now" if any(message.level >= constants.ERROR for message in said) else "yes"


def browsers(cast: Cast) -> Mapping[str, Asker]:
    """By column of pages.csv. `left` was deactivated while signed in; `token` holds one of every scope."""
    people_by_column = _people(cast)
    leaver = builders.build_person("left", "admin")
    clients = {"anonymous": Client()} | {name: signed_in(each) for name, each in people_by_column.items()}
    clients |= {"left": signed_in(leaver), "token": _client_of(builders.token_secret(cast.superuser, *EVERY_SCOPE))}
    people.deactivate(person=leaver, reason="Left.", by=cast.admin)
    return {name: Asker(client) for name, client in clients.items()}


def tokens(cast: Cast) -> Mapping[str, Asker]:
    """By column of api.csv: tokens of every scope by holder, then the pipeline's, each of one scope, and dead ones."""
    secrets = {name: builders.token_secret(each, *EVERY_SCOPE) for name, each in _people(cast).items()}
    secrets |= {f"{scope} only": builders.token_secret(cast.pipeline, scope) for scope in EVERY_SCOPE}
    leaver = builders.build_person("left", "admin")
    secrets |= {"expired": _expired(cast), "revoked": _revoked(cast)}
    secrets |= {"left": builders.token_secret(leaver, *EVERY_SCOPE)}
    people.deactivate(person=leaver, reason="Left.", by=cast.admin)
    clients = {"anonymous": Client(), "browser": signed_in(cast.author)}
    return {name: Asker(client) for name, client in clients.items()} | {
        name: Asker(_client_of(secret)) for name, secret in secrets.items()
    }


def _people(cast: Cast) -> dict[str, Person]:
    """`owner` owns and made everything that is asked about, `colleague` is of the same team, `outsider` of another."""
    outsider = builders.build_person("outsider", "author")
    system = Person.objects.system()
    people.join_team(person=outsider, team=people.create_team(name="Others", by=system), by=system)
    known = {name: getattr(cast, name) for name in MEMBERS}
    return {"stranger": cast.stranger, "owner": cast.author, "outsider": outsider} | known


def _client_of(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def _expired(cast: Cast) -> str:
    token, secret = _issued(cast)
    with ledger.entry("registry.token.issued", by=Person.objects.system()) as entry:
        token = entry.lock_one(token)
        token.expires_at = timezone.now()
        token.save()
    return secret


def _revoked(cast: Cast) -> str:
    token, secret = _issued(cast)
    people.revoke_token(token=token, by=cast.admin)
    return secret


def _issued(cast: Cast) -> tuple[ApiToken, str]:
    return people.issue_token(person=cast.pipeline, label="ends", scopes=list(EVERY_SCOPE), by=Person.objects.system())
