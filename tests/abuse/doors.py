"""The doors of the portal, and what each of them says to whoever tries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.messages import constants, get_messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from audit import refusals
from audit.governed import governed_models
from audit.ledger import Ungoverned
from audit.models import Event
from registry.models import Person
from tests.abuse.table import Attempt, Try
from tests.callers import API, caller
from tests.registry.pages import signed_in
from tests.tampering import attack
from tests.tampering.scene import forgotten

World = dict[str, Any]
#: Said where something was left out of account, or where the nightly proof finds what went past the portal.
IGNORED, FOUND, SUCCEEDED = "ignored", "found by --deep", "SUCCEEDED"
#: After this the transaction answers nothing more.
BROKEN = "refused by the database"


def page(person: Person, route: str, *about: Any, **sent: Any) -> Try:
    """The form of this route, sent by a browser in which the person is signed in by now."""
    return posting(signed_in(person), reverse(route, args=about), sent)


def posting(client: Client, address: str, sent: Mapping[str, Any]) -> Try:
    client.raise_request_exception = False
    return lambda: client.post(address, sent)


def rest(person: Person, method: str, path: str, *scopes: str, **body: Any) -> Try:
    """With a token of these scopes, or of every scope."""
    holder = caller(person, *scopes)
    return lambda: holder.send(method, path, body)


def command(name: str, /, *given: str, **options: Any) -> Try:
    return lambda: call_command(name, *given, **options)


def sql(statement: str, *given: Any) -> Try:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, given)

    return run


def closed(attempt: Attempt, admin: Person) -> dict[str, Try]:
    """What is not there, asked for by the name that it would have."""
    about, options = attempt.about, attempt.about._meta
    address = f"/admin/{options.app_label}/{options.model_name}/{about.pk}/change/"
    doors = {
        "REST": lambda: rest(attempt.by, "POST", f"/{options.model_name}s/{about.pk}/{attempt.verb}"),
        "admin": lambda: posting(signed_in(admin), address, {}),
        "command": lambda: command(attempt.verb),
    }
    return {door: make() for door, make in doors.items() if door not in attempt.doors}


def tried(attempt: Try, before: World) -> str:
    """What is said to it. Afterwards the world is as before, or it is told what is not; then it is again."""
    with forgotten():
        said = heard(attempt)
        changed = [] if said in (FOUND, IGNORED, BROKEN) else _changed(before)
    return f"{said}, and changed {', '.join(changed)}" if changed else said


def _changed(before: World) -> list[str]:
    after = world()
    return [name for name in before if before[name] != after[name]]


def heard(attempt: Try) -> str:
    """What is said to it: the status, the codes of the refusal, and `logged` when the ledger tells of it."""
    before = _last_event()
    try:
        said = _said(attempt())
    except Ungoverned:
        said = "refused where it is written"
    except (PermissionDenied, ValidationError) as refusal:
        said = " ".join(refusals.codes(refusal))
    except ValueError:
        said = "no such value"
    except DatabaseError:
        return BROKEN
    except CommandError as refusal:
        said = "no such command" if str(refusal).startswith("Unknown command") else "refused by the command"
    refused = Event.objects.filter(pk__gt=before, kind__endswith=".refused").last()
    if refused is None:
        return said
    missing = [code for code in refused.facts["codes"] if code not in said.split()]
    return ", ".join([" ".join([said, *missing]), "logged"])


def _said(answer: Any) -> str:
    if isinstance(answer, HttpResponseBase):
        return _status_of(answer)
    return answer if isinstance(answer, str) else FOUND if attack.rows() else SUCCEEDED


def _status_of(answer: HttpResponseBase) -> str:
    if answer.status_code == 302 and answer["Location"].startswith(("/accounts/", reverse("account_login"))):
        return "302 to sign-in"
    if not answer.wsgi_request.path.startswith(API):
        is_refused = any(message.level >= constants.ERROR for message in get_messages(answer.wsgi_request))
        return f"{answer.status_code}{' refused' if is_refused else ''}"
    errors = json.loads(answer.content).get("errors", [])
    return " ".join([str(answer.status_code), *dict.fromkeys(error["code"] for error in errors)])


def _last_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def world() -> World:
    """How many rows everything governed has, and its history, which no change goes without; and each event that is no
    refusal."""
    tables = [model for governed in governed_models() for model in (governed, governed.history.model)]
    names = [model._meta.db_table for model in tables]
    counted = " UNION ALL ".join(f"SELECT '{name}', COUNT(*) FROM {name}" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(counted)
        rows = dict(cursor.fetchall())
    return rows | {"events": list(Event.objects.exclude(kind__endswith=".refused").values_list("pk", flat=True))}
