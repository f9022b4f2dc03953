"""Every page refuses whoever it is not for: nobody signed in, and somebody with an account and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Clearance, Condition, PerformanceReview
from audit.models import Event
from governance.access import PAGES, PUBLIC, SIGNED_IN
from registry.models import Consumer, Deployment, UseCase
from tests import builders, stories
from tests.builders import Cast

pytestmark = pytest.mark.django_db

GUARDED = sorted(name for name, access in PAGES.items() if access != PUBLIC)
#: Pages about oneself, for everybody who has an account. tests/governance/test_sign_in_*.py say what they do.
ABOUT_ONESELF = {name for name, access in PAGES.items() if access == SIGNED_IN}
POST_ONLY = {
    "approvals:review_discard",
    "approvals:review_submit",
    "approvals:review_withdraw",
    "approvals:version_retire_confirm",
    "registry:consumer_end",
}
KEPT_ELSEWHERE = {"registry:artifact_download"}


@pytest.fixture
def addresses(cast: Cast) -> dict[str, str]:
    """An address of each guarded page, about something that exists."""
    version = stories.everything_at_once(cast)
    keys = {
        "consumer": Consumer.objects.latest("pk").pk,
        "condition": Condition.objects.latest("pk").pk,
        "deployment": Deployment.objects.latest("pk").pk,
        "clearance": Clearance.objects.latest("pk").pk,
        "performance_review": PerformanceReview.objects.latest("pk").pk,
        "review": version.reviews.latest("pk").pk,
    }
    use_case = UseCase.objects.latest("pk")
    return {name: _address(name, version, keys, use_case) for name in GUARDED}


def _address(name: str, version, keys: dict[str, int], use_case: UseCase) -> str:
    subject = name.split(":")[-1]
    tries = [
        {},
        {"name": version.model.name, "number": version.number},
        {"name": version.model.name},
        {"slug": use_case.slug},
        {"uid": Event.objects.latest("pk").uid},
        {"pk": 1} if name in ABOUT_ONESELF else {},
        {"pk": keys["clearance"]} if subject == "version_retire_confirm" else {},
        *({"pk": key} for noun, key in keys.items() if subject.startswith(noun)),
    ]
    for arguments in tries:
        try:
            return reverse(name, kwargs=arguments)
        except Exception:  # noqa: S112 - the next arguments may fit; when none does, the test fails below
            continue
    raise AssertionError(f"No address for {name}")


def test_nobody_gets_in_without_signing_in(client: Client, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        for method in (client.get, client.post):
            answer = method(address)
            assert answer.status_code == 302, (name, answer.status_code)
            assert answer["Location"].startswith(reverse("account_login")), name


def test_an_account_alone_opens_nothing(client: Client, cast: Cast, addresses: dict[str, str]) -> None:
    client.force_login(cast.stranger, backend="governance.roles.SignInBackend")
    before = Event.objects.exclude(kind__endswith=".refused").count()
    for name, address in addresses.items():
        if name in ABOUT_ONESELF:
            continue
        for method in (client.get, client.post):
            assert method(address).status_code in (403, 404, 405), name
    assert Event.objects.exclude(kind__endswith=".refused").count() == before


def test_an_api_token_opens_no_page(client: Client, cast: Cast, addresses: dict[str, str]) -> None:
    secret = builders.token_secret(cast.technical, "read", "register", "evaluate", "deploy")
    for name, address in addresses.items():
        for method in (client.get, client.post):
            answer = method(address, headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 302, name


def test_reading_a_page_changes_nothing(client: Client, cast: Cast, addresses: dict[str, str]) -> None:
    client.force_login(cast.superuser, backend="governance.roles.SignInBackend")
    before = Event.objects.count()
    for name, address in addresses.items():
        if name not in ABOUT_ONESELF:
            assert client.get(address).status_code == _status_of_reading(name), name
    assert Event.objects.count() == before


def _status_of_reading(name: str) -> int:
    if name in POST_ONLY:
        return 405
    return 404 if name in KEPT_ELSEWHERE else 200


def test_an_undeclared_page_is_refused_to_everybody(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(cast.superuser, backend="governance.roles.SignInBackend")
    assert client.get(reverse("registry:model_list")).status_code == 200
    monkeypatch.delitem(PAGES, "registry:model_list")
    assert client.get(reverse("registry:model_list")).status_code == 403
