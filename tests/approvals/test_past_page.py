"""The page that says what ran on a date, through the doors that people use."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from approvals.actions import conditions, reviews
from approvals.models import Condition
from approvals.presenting.past import MOST_RETIRED, written
from audit.models import Event
from registry.actions import sign_in
from registry.models import AIModel, Person
from tests import builders
from tests.approvals.pasts import approved, at, deployed, ended, on, registered, retired
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db

BUDGET = 14


def address(model: AIModel, **query: str) -> str:
    path = reverse("approvals:model_past", args=[model.name])
    return f"{path}?{urlencode(query, safe=':')}" if query else path


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def text_of(response: Any) -> str:
    """Without its tags, as it is read."""
    return " ".join(strip_tags(response.content.decode()).split())


def shown(person: Person, model: AIModel, moment: Any) -> str:
    return text_of(signed_in(person).get(address(model, at=written(moment))))


def test_the_answer_comes_first_then_everything_it_rests_on(cast: Cast) -> None:
    model = registered(cast, on(1), "medium")
    with at(on(2)):
        version = builders.ready_version(cast, model=model)
        review = builders.ask_for_review(cast, version)
        promised = {"text": "Watch <it>.", "owner": cast.author, "due_on": timezone.localdate()}
        builders.approve_stage(cast, review, "technical", rationale="It holds.", conditions=[promised])
        builders.approve_stage(cast, review, "business")
    deployed(cast, version, on(3), "staging")
    deployed(cast, version, on(4, 9, 30, 7), reference="change 12")
    with at(on(5)):
        conditions.fulfil(condition=Condition.objects.get(), fulfilment="Watched.", by=cast.author)
    page = signed_in(cast.auditor).get(address(model, at="2026-03-04T10:00:00Z"))
    assert (
        "On 4 Mar 2026 10:00:00 UTC v1 ran in production, since 4 Mar 2026 09:30:07 UTC, deployed by Release; "
        "approved by Technical (technical, with conditions), Business (business)."
    ) in text_of(page)
    assert text_of(page).count("Medium risk policy, revision 1, event") == 2
    html = said(page)
    for words in ("It holds.", "Watch &lt;it&gt;.", "change 12", "Medium risk", version.artifact_sha256, "Open"):
        assert words in html, words
    for part, digest in review.decisions.get(stage="technical").evidence.items():
        assert digest in html, part
    for kind in ("approvals.deployment.recorded", "approvals.review.approved", "registry.model.registered"):
        for event in Event.objects.in_stream(model).filter(kind=kind):
            assert reverse("audit:event_detail", args=[event.uid]) in html, event
    assert reverse("governance:version_detail", args=[model.name, 1]) in html
    assert page.context["earlier"] == address(model, at="2026-03-04T09:30:07Z")
    assert page.context["later"] == address(model, at="2026-03-05T10:00:00Z")
    assert "Met" in shown(cast.auditor, model, on(5))


def test_the_digest_of_the_file_and_that_of_what_was_recorded_of_it_have_names_of_their_own(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    deployed(cast, version, on(3, 11))
    html = said(signed_in(cast.auditor).get(address(model, at=written(on(4)))))
    recorded = version.reviews.get().decisions.get().evidence["artifact"]
    assert version.artifact_sha256 in html.partition('data-label="Model file"')[2].partition("</td>")[0]
    named = "Artifact as recorded: digest, size and address</th>"
    assert recorded in html.partition(named)[2].partition("</tr>")[0]
    assert ">Artifact<" not in html


def test_what_was_said_against_it_since_stands_in_the_answer(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    deployed(cast, version, on(3, 11))
    with at(on(4)):
        builders.attach_evaluation(cast, version)
        review = builders.ask_for_review(cast, version)
        reviews.reject(review=review, stage="technical", rationale="Not again.", by=cast.technical)
    page = shown(cast.auditor, model, on(4))
    assert "no approval counted any more. In the technical review Technical had rejected it." in page
    assert "approved by Technical (technical)." in shown(cast.auditor, model, on(3, 12))


def test_nothing_ran_and_why(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    page = shown(cast.auditor, model, on(2))
    assert "On 2 Mar 2026 10:00:00 UTC nothing ran in production. The model was registered on 1 Mar 2026" in page
    deployed(cast, version, on(3), "staging")
    live = deployed(cast, version, on(4))
    ended(cast, live, on(5))
    page = shown(cast.auditor, model, on(6))
    assert "nothing ran in production. v1 had run until 5 Mar 2026 10:00:00 UTC." in page
    assert f"Release took {version} out of production" in page
    assert "The clinic has closed." in page


def test_before_it_was_registered_there_was_no_such_model(cast: Cast) -> None:
    model = registered(cast, on(2))
    page = signed_in(cast.auditor).get(address(model, at=written(on(1))))
    assert page.status_code == 200
    assert "This model did not exist yet" in said(page)
    assert "It came in on 2 Mar 2026 10:00:00 UTC." in text_of(page)
    assert page.context["later"] in said(page)


def test_without_a_date_it_is_now_with_an_address_that_stays(cast: Cast) -> None:
    version = builders.deployed_version(cast)
    page = signed_in(cast.auditor).get(address(version.model))
    assert "v1 ran in production" in said(page)
    assert page.context["here"].endswith(address(version.model, at=written(page.context["past"].at)))
    assert not page.context["later"]


def test_the_readers_clock_leads_to_an_address_that_means_the_same_everywhere(cast: Cast) -> None:
    model = registered(cast, on(1))
    client = signed_in(in_zone(cast.auditor, "Europe/Berlin"))
    answer = client.get(address(model, at="2026-03-03T10:00"))
    assert (answer.status_code, answer["Location"]) == (302, f"/models/{model.name}/on/?at=2026-03-03T09:00:00Z")
    page = client.get(answer["Location"])
    assert 'value="2026-03-03"' in said(page)
    assert 'value="10:00:00"' in said(page)
    assert "On 3 Mar 2026 10:00:00 CET" in text_of(page)
    for same in ("2026-03-03T09:00:00+00:00", "2026-03-03T10:00:00 01:00", "2026-03-03T09:00:00.000Z"):
        assert client.get(address(model, at=same))["Location"] == answer["Location"], same


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2026-03-03", "2026-03-03T22:59:59.999999Z"),
        ("2026-03-29", "2026-03-29T21:59:59.999999Z"),
        ("2025-10-26", "2025-10-26T22:59:59.999999Z"),
    ],
)
def test_a_date_alone_is_the_end_of_that_day_where_the_reader_is(cast: Cast, day: str, end: str) -> None:
    """Also of a day on which clocks are changed, in spring and in autumn."""
    model = registered(cast, on(1))
    client = signed_in(in_zone(cast.auditor, "Europe/Berlin"))
    for page in (address(model), reverse("approvals:ran_list")):
        for query in ({"at": day}, {"at": day, "at_time": ""}):
            assert client.get(page, query)["Location"] == f"{page}?at={end}"
        assert client.get(page, {"at": day, "at_time": "12:00"})["Location"].endswith(":00:00Z")
    assert "without a time, the end of the day" in said(client.get(address(model)))


def test_the_end_of_today_is_now(cast: Cast) -> None:
    model = registered(cast, on(1))
    client = signed_in(in_zone(cast.auditor, "Pacific/Kiritimati"))
    today = timezone.localdate(timezone=zoneinfo.ZoneInfo("Pacific/Kiritimati"))
    page = client.get(address(model, at=str(today)), follow=True)
    assert page.status_code == 200
    assert timezone.now() - page.context["past"].at < datetime.timedelta(minutes=1)


def in_zone(person: Person, zone: str) -> Person:
    sign_in.choose_time_zone(time_zone=zone, by=person)
    return Person.objects.get(pk=person.pk)


def test_sending_the_form_again_never_goes_before_what_is_shown(cast: Cast) -> None:
    model = registered(cast, on(1))
    exactly = on(3, second=7.123456)
    version = approved(cast, model, on(2))
    deployed(cast, version, exactly, "staging")
    client = signed_in(cast.auditor)
    page = client.get(address(model, at=written(exactly)))
    assert page.context["past"].places[1].running
    typed = page.context["form"]["at"].value()
    assert typed == "2026-03-03T10:00:07.124"
    again = client.get(address(model, at=typed), follow=True)
    assert again.context["past"].places[1].running


def test_what_was_typed_stays_where_a_browser_can_show_it(cast: Cast) -> None:
    client, model = signed_in(cast.auditor), registered(cast, on(1))
    for query in ({"at": "2099-01-01T10:00"}, {"at": "2099-01-01", "at_time": "10:00"}):
        page = said(client.get(address(model, **query)))
        assert ('value="2099-01-01"' in page, 'value="10:00"' in page) == (True, True), query
    assert "nonsense" not in said(client.get(address(model, at="nonsense"))).partition("<main")[2]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Choose a date."),
        ("yesterday", "Write a date and a time"),
        ("2026-02-30T10:00", "Write a date and a time"),
        ("2026-03-03T10:00:00Z\x00", "Write a date and a time"),
        ("1999-12-31T10:00Z", "Write a day of the years 2000 to 2099."),
        ("2099-01-01T10:00Z", "This moment is still to come."),
        ("2026-02-30", "There is no such day."),
        ("1999-12-31", "Write a day of the years 2000 to 2099."),
        ("2099-01-01", "This day is still to come."),
        ("2026-03-29T01:30", "showed this time not at all"),
        ("2025-10-26T01:30", "showed this time twice"),
    ],
)
def test_a_wrong_moment_is_said_beside_its_field(cast: Cast, typed: str, words: str) -> None:
    model = registered(cast, on(1))
    page = signed_in(in_zone(cast.auditor, "Europe/London")).get(address(model, at=typed))
    assert page.status_code == 422
    assert any(words in error for error in page.context["form"].errors["at"])
    assert "ran in production" not in said(page)


def test_who_may_not_read_the_ledger_gets_the_same_answer_without_its_links(cast: Cast) -> None:
    model = registered(cast, on(1))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    auditor, pipeline = (signed_in(who).get(address(model, at=written(on(3)))) for who in (cast.auditor, cast.pipeline))
    assert "/ledger/" in said(auditor).partition("<main")[2]
    assert "/ledger/" not in said(pipeline).partition("<main")[2]
    assert text_of(auditor).partition("Show what ran")[2] == text_of(pipeline).partition("Show what ran")[2]


def test_a_model_that_is_not_there_and_somebody_who_sees_none(cast: Cast) -> None:
    assert signed_in(cast.auditor).get("/models/not-here/on/").status_code == 404
    model = builders.build_model(cast)
    assert signed_in(cast.stranger).get(address(model)).status_code == 403
    assert Client().get(address(model)).status_code == 302


def test_the_way_there_is_on_the_model_and_on_its_deployments(cast: Cast) -> None:
    version = builders.build_version(cast)
    client = signed_in(cast.author)
    pages = [
        reverse("registry:model_detail", args=[version.model.name]),
        reverse("approvals:deployment_list", args=[version.model.name, version.number]),
    ]
    for page in pages:
        assert f'href="{address(version.model)}"' in said(client.get(page)), page


def test_the_newest_retirements_are_listed(cast: Cast) -> None:
    model = registered(cast, on(1))
    for number in range(MOST_RETIRED + 2):
        retired(cast, builders.build_version(cast, model=model), on(2, number))
    page = shown(cast.auditor, model, on(3))
    assert f"v{MOST_RETIRED + 2} by Author" in page
    assert "v3 by Author" in page
    assert "v2 by Author" not in page
    assert "and 2 versions before" in page


def test_the_page_costs_the_same_with_much_as_with_little(cast: Cast) -> None:
    model = registered(cast, on(1), "high")
    client = signed_in(cast.author)
    here = address(model, at=written(on(30)))
    version = approved(cast, model, on(2))
    deployed(cast, version, on(3), "staging")
    few = statements(client, here)
    deployed(cast, version, on(4))
    for hour in range(3):
        deployed(cast, approved(cast, model, on(5, hour)), on(6, hour), "staging")
        retired(cast, builders.build_version(cast, model=model), on(7, hour))
    assert statements(client, here) == few <= BUDGET
