"""Outside the demo a pipeline gets its token from the command line."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from registry.models import ApiToken, Person
from tests import builders
from tests.builders import Cast

pytestmark = pytest.mark.django_db


def issue(username: str, *scopes: str, team: str = "clinical-ml") -> str:
    out = StringIO()
    call_command("issue_token", username, team=team, scope=list(scopes) or None, stdout=out)
    return out.getvalue().splitlines()[-1]


def test_a_new_pipeline_asks_the_gate_with_its_token(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    secret = issue("ci-clinical", "read")
    gate = f"/api/v1/models/{version.model.name}/versions/1/gate?environment=staging"
    answer = client.get(gate, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["allowed"]) == (200, False)
    assert Person.objects.get(username="ci-clinical").kind == Person.Kind.SERVICE


def test_a_second_token_is_for_the_same_pipeline(cast: Cast) -> None:
    assert issue("ci-clinical", "read") != issue("ci-clinical", "deploy")
    assert ApiToken.objects.filter(person__username="ci-clinical").count() == 2


@pytest.mark.parametrize(("username", "team"), [("ci", "nowhere"), ("author", "clinical-ml")])
def test_no_token_for_a_person_or_a_team_that_is_not(cast: Cast, username: str, team: str) -> None:
    with pytest.raises(CommandError):
        issue(username, team=team)
    assert not ApiToken.objects.exists()
