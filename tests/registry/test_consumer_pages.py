"""Declaring what uses a version: through the doors people use."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from registry.actions import consumers
from registry.models import Consumer, ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.statements import statements

BUDGET = 13
TYPED = {"name": "Booking of visits", "contact": "#booking"}


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return builders.build_version(cast)


def declare_url(version: ModelVersion) -> str:
    return reverse("registry:consumer_declare", args=[version.model.name, version.number])


def end_url(consumer: Consumer) -> str:
    return reverse("registry:consumer_end", args=[consumer.pk])


def declared(cast: Cast, version: ModelVersion, name: str = "Booking of visits") -> Consumer:
    return consumers.declare(version=version, name=name, contact="#booking", by=cast.author)


@pytest.mark.parametrize("role", ["author", "release"])
def test_the_team_and_release_managers_declare_a_use_and_end_it(cast: Cast, version: ModelVersion, role: str) -> None:
    client = signed_in(getattr(cast, role))
    said = client.post(declare_url(version), TYPED, follow=True)
    consumer = version.consumers.get()
    assert f"Declared: Booking of visits uses {version}." in said.content.decode()
    assert end_url(consumer) in said.content.decode()
    said = client.post(end_url(consumer), follow=True)
    consumer.refresh_from_db()
    assert (consumer.ended_by, said.redirect_chain) == (getattr(cast, role), [(declare_url(version), 302)])
    assert "no longer uses" in said.content.decode()
    assert end_url(consumer) not in said.content.decode()


@pytest.mark.parametrize("field", ["name", "contact"])
def test_name_and_contact_are_needed(cast: Cast, version: ModelVersion, field: str) -> None:
    answer = signed_in(cast.author).post(declare_url(version), TYPED | {field: ""})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_a_system_is_declared_once_until_it_stopped(cast: Cast, version: ModelVersion) -> None:
    consumer = declared(cast, version)
    client = signed_in(cast.author)
    answer = client.post(declare_url(version), TYPED)
    assert answer.status_code == 422
    assert "already" in " ".join(answer.context["form"].errors["name"])
    client.post(end_url(consumer))
    assert client.post(declare_url(version), TYPED).status_code == 302
    assert version.consumers.count() == 2


def test_ending_twice_is_refused_and_said(cast: Cast, version: ModelVersion) -> None:
    consumer = declared(cast, version)
    client = signed_in(cast.author)
    client.post(end_url(consumer))
    assert "already stopped using it" in client.post(end_url(consumer), follow=True).content.decode()


def test_others_neither_declare_nor_end(cast: Cast, version: ModelVersion) -> None:
    consumer = declared(cast, version)
    for person in (cast.auditor, cast.technical, cast.business, cast.admin, cast.stranger):
        client = signed_in(person)
        assert client.get(declare_url(version)).status_code == 403, person
        assert client.post(declare_url(version), TYPED).status_code == 403, person
        assert client.post(end_url(consumer)).status_code == 403, person
    consumer.refresh_from_db()
    assert consumer.ended_at is None


def test_a_use_is_ended_by_posting_only(cast: Cast, version: ModelVersion) -> None:
    assert signed_in(cast.author).get(end_url(declared(cast, version))).status_code == 405


def test_an_unknown_use_is_not_found(cast: Cast) -> None:
    assert signed_in(cast.author).post(reverse("registry:consumer_end", args=[9])).status_code == 404


def test_the_page_costs_the_same_for_two_uses_and_for_thirty(cast: Cast, version: ModelVersion) -> None:
    client = signed_in(cast.author)
    for number in range(2):
        declared(cast, version, f"System {number}")
    few = statements(client, declare_url(version))
    for number in range(2, 30):
        declared(cast, version, f"System {number}")
    assert few == statements(client, declare_url(version)) <= BUDGET
