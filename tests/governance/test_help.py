"""The help page: what one's roles do and where, what the words mean, whom to ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from governance.guides import GUIDES, guide_of
from governance.roles import ROLES
from registry.actions import people
from tests.builders import Cast
from tests.registry.pages import MOST_STATEMENTS, signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db
HELP = reverse("governance:help")
DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_it_begins_with_what_the_reader_does(cast: Cast) -> None:
    page = signed_in(cast.business).get(HELP).content.decode()
    assert "Decides about use cases, and whether a version serves its use case." in page
    assert f'href="{reverse("approvals:review_list")}">Open Reviews' in page
    assert "Adds people, gives them teams" not in page


def test_it_names_the_administrators_who_are_there_now(cast: Cast) -> None:
    people.grant_role(person=cast.auditor, role="admin", by=cast.admin)
    page = signed_in(cast.author).get(HELP).content.decode()
    assert "new passwords: Admin, Auditor." in page
    people.deactivate(person=cast.admin, reason="Left.", by=cast.auditor)
    assert "new passwords: Auditor." in signed_in(cast.author).get(HELP).content.decode()


def test_every_role_has_a_guide_that_is_there(cast: Cast) -> None:
    assert {guide_of(role) for role in ROLES} == set(GUIDES)
    assert [guide.file for guide in GUIDES if not (DOCS / guide.file).is_file()] == []


def test_it_stands_in_the_navigation_and_costs_little(cast: Cast) -> None:
    client = signed_in(cast.author)
    assert f'href="{HELP}"' in client.get("/").content.decode()
    assert statements(client, HELP) <= MOST_STATEMENTS
