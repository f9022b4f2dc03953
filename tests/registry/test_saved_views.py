"""Saved views: a person's own names for addresses of lists."""

from __future__ import annotations

import functools
import re

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from registry import preferences
from registry.models import SavedView
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db
LIST = reverse("registry:model_list")
SAVE = reverse("registry:view_save")


def save(client: Client, name: str, query: str, page: str = "registry:model_list") -> str:
    return client.post(SAVE, {"name": name, "query": query, "page": page}, follow=True).content.decode()


def test_conditions_and_order_become_a_tab_under_a_name(cast: Cast) -> None:
    builders.build_model(cast)
    client = signed_in(cast.author)
    page = save(client, "Risky <b>", "tier=high&sort=-changed&after=cursor")
    assert "Saved: Risky &lt;b&gt;." in page
    view = SavedView.objects.get()
    assert (view.person, view.query) == (cast.author, "sort=-changed&tier=high")
    tab = 'href="?sort=-changed&amp;tier=high"'
    assert tab in client.get(LIST).content.decode()
    shown = client.get(f"{LIST}?tier=high&sort=-changed").content.decode()
    assert f'{tab} aria-current="page">Risky &lt;b&gt;</a>' in shown
    assert re.findall(r'tabs__tab" href="([^"]*)" aria-current', shown) == ["?sort=-changed&amp;tier=high"]
    assert "Save as a view" not in shown
    assert "Save as a view" in client.get(f"{LIST}?tier=low").content.decode()


def test_a_view_is_seen_and_deleted_by_its_owner_only(cast: Cast) -> None:
    builders.build_model(cast)
    save(signed_in(cast.author), "Risky", "tier=high")
    view = SavedView.objects.get()
    other = signed_in(cast.colleague)
    assert "Risky" not in other.get(LIST).content.decode()
    assert other.post(reverse("registry:view_delete", args=[view.pk])).status_code == 404
    assert SavedView.objects.exists()
    page = signed_in(cast.author).post(reverse("registry:view_delete", args=[view.pk]), follow=True)
    assert "Deleted the view Risky." in page.content.decode()
    assert not SavedView.objects.exists()


def test_a_shared_address_shows_the_view_to_others(cast: Cast) -> None:
    builders.build_model(cast, "high")
    builders.build_model(cast)
    save(signed_in(cast.author), "Risky", "tier=high")
    shown = signed_in(cast.auditor).get(f"{LIST}?{SavedView.objects.get().query}").context["page"].rows
    assert [model.tier.slug for model in shown] == ["high"]


@pytest.mark.parametrize(
    ("name", "query", "page", "said"),
    [
        ("", "tier=high", "registry:model_list", "Not saved: a view takes a name"),
        ("x" * 41, "tier=high", "registry:model_list", "Not saved: a view takes a name"),
        ("a\x00b", "tier=high", "registry:model_list", "Not saved: a view takes a name"),
        ("Elsewhere", "a=b", "account_login", "Not saved: a view takes a name"),
        ("Everything", "", "registry:model_list", "Filter or sort the list first"),
        ("Page", "after=x", "registry:model_list", "Filter or sort the list first"),
        ("Long", "q=" + "x" * 1000, "registry:model_list", "Not saved"),
        ("Taken", "tier=low", "registry:model_list", "You have a view “Taken” already"),
    ],
)
def test_what_cannot_be_a_view_is_said(cast: Cast, name: str, query: str, page: str, said: str) -> None:
    client = signed_in(cast.author)
    save(client, "Taken", "tier=high")
    assert said in save(client, name, query, page)
    assert SavedView.objects.count() == 1


def test_twenty_views_of_a_list_are_enough(cast: Cast) -> None:
    client = signed_in(cast.author)
    for number in range(20):
        save(client, f"View {number}", f"q={number}")
    assert "You have 20 views of this list. Delete one first." in save(client, "One more", "q=x")
    save(client, "Elsewhere", "status=all", "approvals:review_list")
    assert SavedView.objects.filter(person=cast.author).count() == 21


def test_every_list_shows_its_views_and_writes_no_event(cast: Cast) -> None:
    builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    client = signed_in(cast.auditor)
    before = Event.objects.count()
    for page in ("use_case_list", "model_list"):
        save(client, f"Mine {page}", "sort=-proposed", f"registry:{page}")
        assert f"Mine {page}" in client.get(reverse(f"registry:{page}")).content.decode()
    for page in ("approvals:review_list", "approvals:performance_review_list", "audit:event_list"):
        save(client, f"Mine {page}", "sort=x", page)
        assert f"Mine {page}" in client.get(reverse(page)).content.decode()
    assert Event.objects.count() == before


def test_a_broken_name_comes_back_to_a_list(cast: Cast) -> None:
    client = signed_in(cast.author)
    for page in ("nothing:here", "https://example.org/"):
        answer = client.post(SAVE, {"name": "x", "query": "a=b", "page": page})
        assert answer["Location"].startswith(LIST)


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_of_two_views_of_one_name_in_the_same_second_one_is_saved_and_the_other_hears_it() -> None:
    author = builders.build_cast().author
    save = functools.partial(preferences.save_view, person=author, page="registry:model_list", query="tier=high")
    for name in ("Risky", "Riskier", "Riskiest"):
        failures = at_once([functools.partial(save, name=name) for _ in range(3)])
        assert [str(failure.code) for failure in failures] == ["name-taken"] * 2
        assert SavedView.objects.filter(name=name).count() == 1
