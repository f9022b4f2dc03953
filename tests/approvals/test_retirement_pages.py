"""Retirement in the browser: asked, computed, refused with the list, then done."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from approvals.actions import deployments
from approvals.models import Clearance
from approvals.tasks import compute_waiting_clearances
from audit import outbox
from registry.actions import consumers
from registry.models import ModelVersion, Person, Retirement
from tests import builders
from tests.builders import Cast
from tests.statements import statements

BUDGET = 13

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


def address(version: ModelVersion) -> str:
    return reverse("approvals:version_retire", args=[version.model.name, version.number])


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def ask(person: Person, version: ModelVersion, replacement: str = "none", reason: str = "Nobody uses it.") -> Any:
    return signed_in(person).post(address(version), {"reason": reason, "replacement": replacement})


def confirm(person: Person, version: ModelVersion) -> Any:
    clearance = version.clearances.first()
    return signed_in(person).post(reverse("approvals:version_retire_confirm", args=[clearance.pk]), follow=True)


def test_nothing_depends_on_it(cast: Cast) -> None:
    version = builders.build_version(cast)
    client = signed_in(cast.author)
    assert "Ask what depends on it" in said(client.get(address(version)))
    assert ask(cast.author, version).status_code == 302
    assert "Gatehouse looks for what depends on it" in said(client.get(address(version)))
    assert "is still being computed" in said(confirm(cast.author, version))
    assert not Retirement.objects.exists()
    compute_waiting_clearances()
    page = said(client.get(address(version)))
    assert "Nothing depends on it" in page
    assert "Nothing replaces it" in page
    assert f"{version} is retired." in said(confirm(cast.author, version))
    assert Retirement.objects.get().reason == "Nobody uses it."
    assert "By Author" in said(client.get(address(version)))
    outbox.deliver_due()
    assert [each.subject for each in mail.outbox] == [f"What depends on {version}: nothing"]


def test_refused_with_dependents_then_allowed(cast: Cast) -> None:
    version = builders.deployed_version(cast, environment="staging")
    consumer = consumers.declare(version=version, name="Form desk", contact="desk@example.org", by=cast.author)
    newer = builders.build_version(cast, model=version.model)
    ask(cast.release, version, str(newer.pk))
    compute_waiting_clearances()
    page = said(signed_in(cast.release).get(address(version)))
    assert "Not to be retired yet: 2 dependents" in page
    assert "The staging environment" in page
    assert "Form desk" in page
    refused = said(confirm(cast.release, version))
    assert "Form desk declared that it uses it" in refused
    assert "The staging environment runs it" in refused
    assert not Retirement.objects.exists()

    deployments.end(deployment=version.deployments.get(), reason="Replaced.", by=cast.release)
    consumers.end(consumer=consumer, by=cast.author)
    again = said(signed_in(cast.release).get(address(version) + "?again"))
    assert "Nobody uses it.</textarea>" in again
    assert f'<option value="{newer.pk}" selected>' in again
    ask(cast.release, version, str(newer.pk))
    compute_waiting_clearances()
    assert "is retired." in said(confirm(cast.release, version))
    assert Retirement.objects.get().replacement == newer


def test_what_came_after_the_answer_refuses_too(cast: Cast) -> None:
    version = builders.build_version(cast)
    ask(cast.author, version)
    compute_waiting_clearances()
    child = builders.build_version(cast, built_on=version)
    assert f"{child} was built on it." in said(confirm(cast.author, version))
    assert not Retirement.objects.exists()


def test_reason_and_replacement_are_asked_for(cast: Cast) -> None:
    version = builders.build_version(cast)
    response = ask(cast.author, version, replacement="", reason=" ")
    assert response.status_code == 422
    assert "Not asked: 2 reasons" in said(response)
    for chosen in (str(version.pk), "999999", "nonsense"):
        assert ask(cast.author, version, replacement=chosen).status_code == 422
    assert not Clearance.objects.exists()


def test_a_retired_version_is_not_retired_twice(cast: Cast) -> None:
    version = builders.build_version(cast)
    ask(cast.author, version)
    compute_waiting_clearances()
    confirm(cast.author, version)
    assert "This version is retired already." in said(confirm(cast.author, version))
    response = ask(cast.author, version)
    assert response.status_code == 422
    assert "This version is retired already." in said(response)


def test_only_those_who_may_retire_do(cast: Cast) -> None:
    version = builders.build_version(cast)
    assert "You may not retire versions of this model." in said(signed_in(cast.technical).get(address(version)))
    assert ask(cast.technical, version).status_code == 403
    ask(cast.author, version)
    compute_waiting_clearances()
    assert "You may not retire versions of this model." in said(signed_in(cast.technical).get(address(version)))
    assert confirm(cast.technical, version).status_code == 403
    assert signed_in(cast.stranger).get(address(version)).status_code == 403


def test_the_page_asks_the_same_of_2_and_of_12(cast: Cast) -> None:
    model = builders.build_model(cast)
    version, *_ = [builders.build_version(cast, model=model) for _ in range(3)]
    client = signed_in(cast.author)
    few = statements(client, address(version))
    for _ in range(10):
        builders.build_version(cast, model=model)
    assert statements(client, address(version)) == few <= BUDGET
