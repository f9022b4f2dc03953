"""Lists as CSV: everything that the address asks for, in its order, and nothing that a spreadsheet would run."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.csv import cell
from audit.models import Event
from registry.actions import consumers, people
from registry.models import Person
from tests import builders, stories
from tests.builders import Cast
from tests.csv_files import table
from tests.registry.pages import signed_in


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=1", "'\n'=1"),
        ("a;=1", "a;'=1"),
        ("a\t@b\r\n- c", "a\t'@b\r\n'- c"),
        ("5;6 = 11; -1", "5;6 = 11; -1"),
        ('"=1', '"=1'),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("", ""),
        (None, ""),
        (-1, "-1"),
        (Decimal("-0.50"), "-0.50"),
        (True, "yes"),
        (False, "no"),
        ({"b": "=1", "a": 1}, '{"a": 1, "b": "=1"}'),
        ({"a": "x;=1"}, '{"a": "x;\\u003d1"}'),
        (datetime.date(2026, 11, 3), "2026-11-03"),
    ],
)
def test_what_a_spreadsheet_would_run_is_text(value: object, written: str) -> None:
    assert cell(value) == written


def test_moments_are_iso_in_utc() -> None:
    east = datetime.timezone(datetime.timedelta(hours=3))
    assert cell(datetime.datetime(2026, 11, 3, 1, 2, 3, tzinfo=east)) == "2026-11-02T22:02:03+00:00"


def names(client: Client, query: str = "") -> list[str]:
    return [row["model"] for row in table(client.get(reverse("registry:model_download") + query))]


@pytest.mark.django_db
@pytest.mark.engines
def test_the_file_has_every_row_of_the_address_in_its_order(cast: Cast) -> None:
    for number in range(60):
        builders.build_model(cast, name=f"model-{number:03}", owner=cast.colleague if number % 2 else cast.author)
    client = signed_in(cast.author)
    assert names(client) == [f"model-{number:03}" for number in range(60)]
    assert names(client, "?owner=me&sort=-name") == [f"model-{number:03}" for number in range(58, -1, -2)]
    next_url = client.get(reverse("registry:model_list")).context["page"].next_url
    assert len(names(client, next_url)) == 60
    assert names(client, "?tier=banana") == []


@pytest.mark.django_db
def test_the_file_is_named_by_list_and_day(cast: Cast) -> None:
    answer = signed_in(cast.author).get(reverse("registry:model_download"))
    assert answer["Content-Disposition"] == f'attachment; filename="models-{timezone.localdate():%Y-%m-%d}.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.django_db
@pytest.mark.engines
def test_every_list_can_be_taken_out(cast: Cast) -> None:
    version = stories.everything_at_once(cast)
    client = signed_in(cast.auditor)
    found = {
        name: table(client.get(reverse(name, args=arguments)))
        for name, arguments in {
            "registry:model_download": [],
            "registry:version_download": [version.model.name],
            "registry:use_case_download": [],
            "approvals:review_download": [],
            "approvals:performance_review_download": [],
        }.items()
    }
    model = next(row for row in found["registry:model_download"] if row["model"] == version.model.name)
    assert (model["version in production"], model["tier"], model["owner"]) == ("1", "High risk", "Author")
    [row] = found["registry:version_download"]
    assert (row["version"], row["status"], row["artifact sha256"]) == ("1", "production", version.artifact_sha256)
    assert {row["status"] for row in found["registry:use_case_download"]} == {"proposed", "approved"}
    assert [row["status"] for row in found["approvals:review_download"]] == ["draft"]
    assert [row["model"] for row in found["approvals:performance_review_download"]] == [version.model.name]


@pytest.mark.django_db
def test_a_formula_in_a_purpose_reaches_no_spreadsheet(cast: Cast) -> None:
    builders.build_model(cast, purpose="=cmd|' /C calc'!A0")
    [row] = table(signed_in(cast.author).get(reverse("registry:model_download")))
    assert row["purpose"] == "'=cmd|' /C calc'!A0"


@pytest.mark.django_db
@pytest.mark.engines
class TestLedger:
    URL = "/ledger/export/"

    def test_exporting_is_an_event_and_ends_before_it(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        for number in range(3):
            consumers.declare(version=version, name=f"=c{number}", contact="a@example.org", by=cast.author)
        before = list(Event.objects.filter(kind="registry.consumer.declared").order_by("-pk"))
        client = signed_in(cast.auditor)
        rows = table(client.post(self.URL + "?kind=registry.consumer.declared"))
        assert [row["event id"] for row in rows] == [str(event.uid) for event in before]
        assert (rows[0]["who"], rows[0]["what"]) == ("Author", f"declared that =c2 uses {version}")
        exported = Event.objects.get(kind="audit.ledger.exported")
        assert (exported.actor, exported.facts["conditions"]) == (
            cast.auditor.pk,
            "kind registry.consumer.declared",
        )
        assert exported.facts["newest"] == exported.pk - 1
        everything = table(client.post(self.URL + "?sort=number"))
        assert [int(row["number"]) for row in everything] == sorted(int(row["number"]) for row in everything)
        assert int(everything[-1]["number"]) == exported.pk

    def test_reading_the_address_writes_nothing(self, cast: Cast) -> None:
        assert signed_in(cast.auditor).get(self.URL).status_code == 405
        assert signed_in(cast.stranger).post(self.URL).status_code == 403
        assert signed_in(cast.auditor).post(self.URL + "?since=yesterday").status_code == 422
        assert not Event.objects.filter(kind__startswith="audit.").exists()

    def test_people_are_picked_by_name_and_kinds_are_said_in_words(self, cast: Cast) -> None:
        client = signed_in(cast.auditor)
        team = people.create_team(slug="operations", name="Operations", by=Person.objects.system())
        people.join_team(person=cast.colleague, team=team, by=cast.admin)
        for actor in ("admin", "Admin", "ADMIN"):
            page = client.get("/ledger/", {"actor": actor})
            assert [event.kind for event in page.context["page"].rows] == ["registry.team.joined"]
        page = client.get("/ledger/?kind=registry.team.joined").content.decode()
        assert '<option value="colleague">Colleague</option>' in page
        assert "Team joined · registry.team.joined" in page
