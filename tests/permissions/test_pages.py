"""What holds for every page, whoever opens it."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
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


def test_reading_a_page_changes_nothing_and_leaves_nothing_behind(cast: Cast, browser: Client) -> None:
    told = story.tell(cast)
    before = Event.objects.count()
    for key in SUPERUSERS_OWN:
        answer = browser.get(story.address_of(key, told))
        assert answer.status_code in (200, 302), (key, answer.status_code)
        assert answer.getvalue() or answer.status_code == 302, key
        assert "no-store" in answer["Cache-Control"], key
        assert {name: answer.get(name) for name in GUARDS} == GUARDS, key
        assert policy_of(answer) == POLICY, key
    assert Event.objects.count() == before


#: No other site frames a page, learns its address, or talks a browser into reading it as something else.
GUARDS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Nothing runs and nothing is drawn that the portal does not serve itself.
POLICY = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}


def policy_of(answer: HttpResponse) -> dict[str, list[str]]:
    directives = [part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in directives}


def test_an_undeclared_page_is_refused_to_everybody(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser.get(reverse("registry:model_list")).status_code == 200
    monkeypatch.delitem(PAGES, "registry:model_list")
    assert browser.get(reverse("registry:model_list")).status_code == 403
