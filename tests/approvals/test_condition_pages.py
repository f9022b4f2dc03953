"""A condition is fulfilled by its owner, and read by everybody."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.models import Condition
from registry.models import Person
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


@pytest.fixture
def condition(cast: Cast) -> Condition:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    promised = {"text": "Watch group B.", "owner": cast.author, "due_on": timezone.localdate()}
    builders.approve_stage(cast, review, "technical", conditions=[promised])
    return Condition.objects.get()


def page_of(condition: Condition) -> str:
    return reverse("approvals:condition_fulfil", args=[condition.pk])


def test_its_owner_fulfils_it(cast: Cast, condition: Condition) -> None:
    client = signed_in(cast.author)
    assert "Watch group B." in client.get(page_of(condition)).content.decode()
    response = client.post(page_of(condition), {"fulfilment": "Group B is on the dashboard."}, follow=True)
    assert "The condition is fulfilled." in response.content.decode()
    assert "Group B is on the dashboard." in response.content.decode()
    condition.refresh_from_db()
    assert condition.fulfilled_by == cast.author


def test_somebody_else_is_told_whose_it_is(cast: Cast, condition: Condition) -> None:
    client = signed_in(cast.colleague)
    page = client.get(page_of(condition)).content.decode()
    assert "Author owns this condition and fulfils it." in page
    assert 'aria-disabled="true"' in page
    response = client.post(page_of(condition), {"fulfilment": "Done."})
    assert response.status_code == 422
    assert "Author owns this condition and fulfils it." in response.content.decode()
    assert "Done.</textarea>" in response.content.decode()
    condition.refresh_from_db()
    assert condition.fulfilled_at is None


def test_only_once(cast: Cast, condition: Condition) -> None:
    client = signed_in(cast.author)
    client.post(page_of(condition), {"fulfilment": "Done."})
    response = client.post(page_of(condition), {"fulfilment": "Done again."})
    assert response.status_code == 422
    assert "This condition is fulfilled already." in response.content.decode()
    condition.refresh_from_db()
    assert condition.fulfilment == "Done."


def test_it_says_how(cast: Cast, condition: Condition) -> None:
    response = signed_in(cast.author).post(page_of(condition), {"fulfilment": " "})
    assert response.status_code == 422
    assert "Fill this in." in response.content.decode()


def test_an_overdue_one_holds_up_the_deployment(cast: Cast, condition: Condition, monkeypatch) -> None:
    version = condition.decision.review.version
    later = timezone.now() + datetime.timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    address = reverse("approvals:deployment_record", args=[version.model.name, version.number])
    page = signed_in(cast.release).get(address).content.decode()
    assert "Watch group B. (was due" in page
    assert "Not cleared for staging" in page


def test_a_stranger_sees_nothing(cast: Cast, condition: Condition) -> None:
    assert signed_in(cast.stranger).get(page_of(condition)).status_code == 403
