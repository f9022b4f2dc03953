"""The shell around every page: where one may go, where one is, as whom."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from governance.context import shell
from registry.models import Person
from tests.builders import Cast

pytestmark = pytest.mark.django_db


def shown_to(person: Person | AnonymousUser, path: str = "/") -> dict:
    request = RequestFactory().get(path)
    request.user = person
    return shell(request)


def labels(person: Person) -> list[str]:
    return [item.label for group in shown_to(person)["nav"] for item in group.items]


def current(person: Person, path: str) -> list[str]:
    return [item.label for group in shown_to(person, path)["nav"] for item in group.items if item.current]


def test_visitors_get_no_navigation() -> None:
    assert shown_to(AnonymousUser()) == {"halt": ""}


def test_errors_before_sign_in_is_read_do_not_fail() -> None:
    assert shell(RequestFactory().get("/")) == {}


def test_people_is_for_administrators_and_the_ledger_for_its_readers(cast: Cast) -> None:
    assert "People" in labels(cast.admin)
    assert "People" not in labels(cast.author)
    assert "Ledger" in labels(cast.auditor)
    assert "Ledger" not in labels(cast.pipeline)


def test_somebody_without_a_role_has_nowhere_to_go(cast: Cast) -> None:
    assert labels(cast.stranger) == ["My work"]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "My work"),
        ("/models/diabetes/versions/7/card/", "Models"),
        ("/reviews/3/approve/", "Reviews"),
        ("/performance-reviews/", "Performance reviews"),
        ("/ledger/", "Ledger"),
        ("/people/add/", "People"),
        ("/deployments/3/end/", "Models"),
        ("/conditions/3/fulfil/", "Reviews"),
        ("/tokens/3/revoke/", "API tokens"),
    ],
)
def test_one_destination_is_current(cast: Cast, path: str, label: str) -> None:
    assert current(cast.admin, path) == [label]


def test_the_person_is_named_with_their_roles(cast: Cast) -> None:
    assert shown_to(cast.release)["person"] == {"name": "Release", "roles": "Release manager"}


def test_it_costs_three_statements(cast: Cast) -> None:
    fresh = Person.objects.get(pk=cast.admin.pk)
    with CaptureQueriesContext(connection) as captured:
        shown_to(fresh)
    assert len(captured) == 3, "what one may do, how much waits, and how the record stands"
