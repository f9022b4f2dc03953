"""Performance reviews in the browser: what is due, and what was found."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals import performance
from approvals.actions import performance_reviews
from approvals.models import PerformanceReview
from audit import outbox
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.statements import statements

BUDGET = 13
LIST = reverse("approvals:performance_review_list")

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def open_periods(count: int, first: int = 1) -> list[PerformanceReview]:
    """One for each of so many years of the low tier's cadence."""
    system, now = Person.objects.system(), timezone.now()
    found = []
    for period in range(first, first + count):
        moment = now + datetime.timedelta(days=365 * period, minutes=1)
        found += performance_reviews.open_due(by=system, now=moment)
    return found


def page_of(review: PerformanceReview) -> str:
    return reverse("approvals:performance_review_close", args=[review.pk])


def test_the_team_is_told_and_closes_it(cast: Cast) -> None:
    version = builders.deployed_version(cast)
    [review] = open_periods(1)
    mail.outbox.clear()
    outbox.deliver_due()
    assert f"Performance review of {version} is due" in [each.subject for each in mail.outbox]
    client = signed_in(cast.colleague)
    assert page_of(review) in said(client.get(LIST))
    assert "Record finding" in said(client.get(LIST))
    given = {"finding": "watch", "summary": "Recall is two points lower since July."}
    page = said(client.post(page_of(review), given, follow=True))
    assert "is closed: Keep watching." in page
    review.refresh_from_db()
    assert (review.finding, review.closed_by) == ("watch", cast.colleague)
    assert "Recall is two points lower since July." in said(client.get(page_of(review)))


def test_closed_only_once_and_with_words(cast: Cast) -> None:
    builders.deployed_version(cast)
    [review] = open_periods(1)
    client = signed_in(cast.author)
    response = client.post(page_of(review), {"finding": "", "summary": "Fine."})
    assert response.status_code == 422
    assert "Not closed: 1 reason" in said(response)
    assert "Fine.</textarea>" in said(response)
    client.post(page_of(review), {"finding": "as_expected", "summary": "Fine."})
    response = client.post(page_of(review), {"finding": "action_needed", "summary": "Not fine."})
    assert response.status_code == 422
    assert "This performance review is closed already." in said(response)
    review.refresh_from_db()
    assert review.finding == "as_expected"


def test_only_the_owning_team_closes_it(cast: Cast) -> None:
    builders.deployed_version(cast)
    [review] = open_periods(1)
    client = signed_in(cast.technical)
    assert "Record finding" not in said(client.get(LIST))
    assert "You may not close it. Somebody of Clinical ML can." in said(client.get(page_of(review)))
    assert client.post(page_of(review), {"finding": "watch", "summary": "Mine."}).status_code == 403
    assert signed_in(cast.stranger).get(LIST).status_code == 403


def test_conditions_in_the_address(cast: Cast) -> None:
    builders.deployed_version(cast)
    closed, still_open = open_periods(2)
    performance_reviews.close(performance_review=closed, finding="watch", summary="Watch it.", by=cast.author)
    author = signed_in(cast.author)

    def shown(client: Client, query: str = "") -> list[PerformanceReview]:
        page = said(client.get(LIST + query))
        found = [each for each in (closed, still_open) if page_of(each) in page]
        return sorted(found, key=lambda each: page.index(page_of(each)))

    assert shown(author) == [still_open]
    assert shown(author, "?state=all") == [still_open, closed]
    assert shown(author, "?state=all&sort=due") == [closed, still_open]
    assert shown(author, "?state=closed") == [closed]
    assert shown(author, "?state=all&whose=mine") == [still_open, closed]
    assert shown(signed_in(cast.colleague), "?state=all&whose=mine") == []
    assert shown(signed_in(cast.colleague), "?state=all&whose=team") == [still_open, closed]
    assert shown(signed_in(cast.technical), "?whose=team") == []
    assert "No performance review matches" in said(signed_in(cast.technical).get(LIST + "?whose=team"))


def test_nothing_is_due(cast: Cast) -> None:
    assert "No performance review is due" in said(signed_in(cast.author).get(LIST))


def test_the_list_asks_the_same_of_2_and_of_30(cast: Cast) -> None:
    builders.deployed_version(cast)
    client = signed_in(cast.author)
    open_periods(2)
    few = statements(client, LIST)
    open_periods(28, first=3)
    assert statements(client, LIST) == few <= BUDGET
    assert "30 performance reviews" in said(client.get(LIST))


def test_the_page_of_the_model_says_when_it_is_looked_at_next(cast: Cast) -> None:
    version = builders.deployed_version(cast)
    page = reverse("registry:model_detail", args=[version.model.name])
    first = timezone.localdate() + datetime.timedelta(days=365)
    shown = said(signed_in(cast.author).get(page))
    assert "Next performance review</span>" in shown
    assert f'<time datetime="{first}" title="{first}">' in shown
    assert "not due yet" in shown
    (due,) = open_periods(1)
    shown = said(signed_in(cast.author).get(page))
    assert f'href="{page_of(due)}"' in shown
    assert "Due</span> since" in shown
    assert "Next performance review" not in shown


def test_when_one_is_closed_the_next_period_counts(cast: Cast) -> None:
    version = builders.deployed_version(cast)
    (due,) = open_periods(1)
    performance_reviews.close(performance_review=due, finding="watch", summary="Watch it.", by=cast.author)
    later = timezone.now() + datetime.timedelta(days=366)
    coming = performance.next_review(version.model, now=later)
    assert (coming.day, coming.is_due) == (timezone.localdate() + datetime.timedelta(days=730), False)


def test_a_model_that_is_not_in_production_is_not_looked_at(cast: Cast) -> None:
    version = builders.deployed_version(cast, environment="staging")
    assert performance.next_review(version.model) is None
    page = said(signed_in(cast.author).get(reverse("registry:model_detail", args=[version.model.name])))
    assert "performance review</span>" not in page
