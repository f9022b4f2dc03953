"""An event shows what its rows said before and after, and whether that is what it was sealed with."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import differences
from audit.models import Event
from registry.actions import people
from registry.models import ModelCard
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast

pytestmark = pytest.mark.django_db
BACKEND = "governance.roles.SignInBackend"


@pytest.fixture
def revised(cast: Cast) -> Event:
    version = builders.build_version(cast)
    builders.write_card(cast, version, seen_revision=0, overview="It sorts letters.")
    builders.write_card(cast, version, seen_revision=1, overview="It sorts letters <b>well</b>.")
    return Event.objects.filter(kind="registry.card.revised").first()


def row_of(event: Event, table: str) -> differences.ChangedRow:
    return next(row for row in differences.of(event) if row.record["table"] == table)


def test_what_changed_is_shown_column_by_column(revised: Event) -> None:
    row = row_of(revised, "registry_modelcard")
    changed = {each.column: (each.before, each.after) for each in row.differences}
    assert changed["overview"] == ("It sorts letters.", "It sorts letters <b>well</b>.")
    assert changed["revision"] == ("1", "2")
    assert "version_id" not in changed
    assert row.is_proved


def test_of_a_new_row_everything_is_new(cast: Cast) -> None:
    team = people.create_team(name="New", by=cast.admin)
    row = row_of(Event.objects.first(), "registry_team")
    assert {each.column: each.after for each in row.differences}["name"] == team.name
    assert {each.before for each in row.differences} == {""}


def test_of_a_row_that_is_gone_everything_is_gone(cast: Cast) -> None:
    people.leave_team(person=cast.author, team=cast.team, by=cast.admin)
    row = row_of(Event.objects.first(), "registry_teammembership")
    assert row.record["change"] == "deleted"
    assert {each.after for each in row.differences} == {""}
    assert row.is_proved


def test_history_that_was_forged_is_shown_as_not_proved(revised: Event) -> None:
    with past_the_guards("registry_historicalmodelcard"):
        ModelCard.history.filter(revision=2).update(overview="It sorts everything.")
    row = row_of(revised, "registry_modelcard")
    assert not row.is_proved
    assert "It sorts everything." in {each.after for each in row.differences}


def test_the_page_shows_it_escaped(cast: Cast, revised: Event) -> None:
    client = Client()
    client.force_login(cast.author, backend=BACKEND)
    page = client.get(reverse("audit:event_detail", args=[revised.uid])).content.decode()
    assert "It sorts letters &lt;b&gt;well&lt;/b&gt;." in page
    assert "is what the event says" in page


def test_many_rows_cost_no_more_statements(cast: Cast, django_assert_num_queries: Any) -> None:
    version = builders.ready_version(cast)
    event = Event.objects.about(version).filter(kind="registry.version.registered").get()
    assert len(event.rows) > 7
    tables = {record["table"] for record in event.rows}
    with django_assert_num_queries(1 + len(tables)):  # nothing was there before
        assert all(row.is_proved for row in differences.of(event))


def test_each_row_is_shown_as_its_own_though_tables_count_their_history_alike(cast: Cast) -> None:
    builders.ready_version(cast)
    events = list(Event.objects.all())
    assert any(len({each["history"] for each in event.rows}) < len(event.rows) for event in events)
    for event in events:
        assert [row.record for row in differences.of(event)] == event.rows


def test_events_are_found_by_their_environment(cast: Cast) -> None:
    builders.deployed_version(cast)
    client = Client()
    client.force_login(cast.auditor, backend=BACKEND)
    page = client.get("/ledger/?environment=production").content.decode().partition('id="events-h"')[2]
    assert "to production" in page
    assert "to staging" not in page
    assert client.get("/ledger/?environment=nowhere").status_code == 422
