"""Deployments in the browser: the gate's list, then the record, then the end."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.actions import deployments
from registry.models import Deployment, ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.statements import statements

BUDGET = 13

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


def address(name: str, version: ModelVersion) -> str:
    return reverse(f"approvals:{name}", args=[version.model.name, version.number])


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def record(person: Person, version: ModelVersion, environment: str, reference: str = "change 12") -> Any:
    given = {"environment": environment, "reference": reference}
    return signed_in(person).post(address("deployment_record", version), given)


def test_refused_with_the_list_then_allowed(cast: Cast) -> None:
    version = builders.ready_version(cast)
    client = signed_in(cast.release)
    page = said(client.get(address("deployment_record", version)))
    assert "Not cleared for staging" in page
    assert "Technical approval" in page
    assert 'aria-disabled="true"' in page
    response = record(cast.release, version, "staging")
    assert response.status_code == 422
    assert "Not recorded: 1 reason" in said(response)
    assert "Technical approval: Not asked for yet" in said(response)
    assert "Ask for review." in said(response)
    assert 'value="change 12"' in said(response)
    assert not Deployment.objects.exists()

    builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical")
    assert "Cleared for staging" in said(client.get(address("deployment_record", version)))
    assert record(cast.release, version, "staging").status_code == 302
    assert "Cleared for production" in said(client.get(address("deployment_record", version)))
    assert record(cast.release, version, "production").status_code == 302
    assert [each.environment for each in version.deployments.order_by("pk")] == ["staging", "production"]
    page = said(client.get(address("deployment_list", version)))
    assert page.count("Take it out") == 2
    assert "change 12" in page


def test_production_says_everything_that_is_missing(cast: Cast) -> None:
    version = builders.build_version(cast, "high")
    response = record(cast.release, version, "production")
    assert response.status_code == 422
    for code in ("technical-approval", "evaluation-missing", "card-complete", "rollback-tested", "staging-passed"):
        assert f'data-code="{code}"' in said(response)
    page = said(signed_in(cast.release).get(address("deployment_record", version) + "?environment=production"))
    assert reverse("registry:card_revise", args=[version.model.name, version.number]) in page


def test_a_percent_sign_in_a_condition_is_only_a_percent_sign(cast: Cast) -> None:
    version = builders.ready_version(cast)
    promised = {"text": "Check 50% of all %s by hand.", "owner": cast.author, "due_on": timezone.localdate()}
    builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical", conditions=[promised])
    later = timezone.now() + datetime.timedelta(days=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: later)
        response = record(cast.release, version, "staging")
    assert response.status_code == 422
    assert "Check 50% of all %s by hand." in said(response)


def test_twice_is_refused(cast: Cast) -> None:
    version = builders.deployed_version(cast, environment="staging")
    page = said(signed_in(cast.release).get(address("deployment_record", version) + "?environment=staging"))
    assert "This version is in staging already." in page
    response = record(cast.release, version, "staging")
    assert response.status_code == 422
    assert "This version is in staging already." in said(response)


def test_an_environment_that_does_not_exist_is_refused(cast: Cast) -> None:
    assert record(cast.release, builders.approved_version(cast), "moon").status_code == 422


def test_only_those_who_may_record_do(cast: Cast) -> None:
    version = builders.approved_version(cast)
    for person in (cast.author, cast.technical, cast.auditor):
        page = said(signed_in(person).get(address("deployment_record", version)))
        assert "You may not record deployments of this model." in page
        assert record(person, version, "staging").status_code == 403
    assert signed_in(cast.stranger).get(address("deployment_list", version)).status_code == 403
    assert not Deployment.objects.exists()


def test_taken_out_with_a_reason(cast: Cast) -> None:
    version = builders.deployed_version(cast, environment="staging")
    url = reverse("approvals:deployment_end", args=[version.deployments.get().pk])
    client = signed_in(cast.release)
    assert "Leave it running" in said(client.get(url))
    assert client.post(url, {"reason": ""}).status_code == 422
    page = said(client.post(url, {"reason": "The clinic has closed."}, follow=True))
    assert "no longer runs in staging" in page
    assert "The clinic has closed." in page
    response = client.post(url, {"reason": "Again."})
    assert response.status_code == 422
    assert "This deployment has ended already." in said(response)
    assert signed_in(cast.author).post(url, {"reason": "Mine."}).status_code == 403


def test_never_deployed(cast: Cast) -> None:
    page = said(signed_in(cast.auditor).get(address("deployment_list", builders.build_version(cast))))
    assert "It was never deployed" in page


def test_the_pages_ask_the_same_of_2_and_of_12(cast: Cast) -> None:
    version = builders.approved_version(cast)
    client = signed_in(cast.release)
    urls = [address("deployment_list", version), address("deployment_record", version)]
    _deploy_and_end(cast, version, 2)
    few = [statements(client, url) for url in urls]
    _deploy_and_end(cast, version, 10)
    assert [statements(client, url) for url in urls] == few
    assert max(few) <= BUDGET
    assert "12 deployments" in said(client.get(urls[0]))


def _deploy_and_end(cast: Cast, version: ModelVersion, times: int) -> None:
    for _ in range(times):
        deployment = deployments.record(version=version, environment="staging", by=cast.release)
        deployments.end(deployment=deployment, reason="A rehearsal.", by=cast.release)
