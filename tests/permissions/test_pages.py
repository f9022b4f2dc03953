"""What holds for every page, whoever opens it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from governance.access import PAGES
from tests.builders import Cast
from tests.permissions import story
from tests.permissions.table import Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

SUPERUSERS_OWN = [
    key for key, cells in Matrix.read("pages").rows.items() if key.method == "GET" and cells["superuser"] == "yes"
]


@pytest.fixture
def browser(cast: Cast) -> Client:
    return signed_in(cast.superuser)


def test_reading_a_page_changes_nothing(cast: Cast, browser: Client) -> None:
    told = story.tell(cast)
    before = Event.objects.count()
    for key in SUPERUSERS_OWN:
        answer = browser.get(story.address_of(key, told))
        assert answer.status_code in (200, 302), (key, answer.status_code)
        assert answer.getvalue() or answer.status_code == 302, key
    assert Event.objects.count() == before


def test_an_undeclared_page_is_refused_to_everybody(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser.get(reverse("registry:model_list")).status_code == 200
    monkeypatch.delitem(PAGES, "registry:model_list")
    assert browser.get(reverse("registry:model_list")).status_code == 403
