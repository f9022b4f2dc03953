"""What the tests of version pages share: signing in, addresses, and the end of a version."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from approvals.actions import retirement
from registry.models import ModelVersion, Person
from tests.builders import Cast

MOST_STATEMENTS = 12


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


def address(name: str, version: ModelVersion) -> str:
    return reverse(f"registry:{name}", kwargs={"name": version.model.name, "number": version.number})


def retire(cast: Cast, version: ModelVersion) -> None:
    clearance = retirement.ask_clearance(
        version=version, reason="Nobody uses it any more.", replacement=None, by=cast.author
    )
    clearance = retirement.compute_clearance(clearance=clearance, by=Person.objects.system())
    retirement.retire(clearance=clearance, by=cast.author)
