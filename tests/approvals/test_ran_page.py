"""What ran on a date in the whole portal, through the doors that people and pipelines use."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from approvals.presenting.past import address_of, written
from audit.models import Event
from audit.paging import ROWS
from registry.actions import people
from registry.models import AIModel, Deployment, ModelVersion
from registry.models.catalog import AIModelQuerySet
from tests import builders
from tests.approvals.pasts import approved, deployed, on, registered
from tests.builders import Cast
from tests.callers import caller, codes
from tests.csv_files import table
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db

BUDGET = 14


def address(name: str = "list", **query: str) -> str:
    path = reverse(f"approvals:ran_{name}")
    return f"{path}?{urlencode(query, safe=':')}" if query else path


def said(response: Any) -> str:
    """The page without its tags, as it is read."""
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def live(cast: Cast, day: int = 3, tier: str = "low") -> ModelVersion:
    """In production since an hour after it went to staging on that day."""
    version = approved(cast, registered(cast, on(1), tier), on(2))
    deployed(cast, version, on(day), "staging")
    deployed(cast, version, on(day, 11), reference="change 7")
    return version


def test_each_row_says_who_approved_it_under_which_policy_and_on_what(cast: Cast) -> None:
    version = live(cast, tier="medium")
    page = signed_in(cast.auditor).get(address(at=written(on(4))))
    html, words = page.content.decode(), said(page)
    assert "In production on 4 Mar 2026 10:00:00 UTC" in words
    for sentence in (
        f"{version.model.name} {version.model.team}",
        "v1 since 3 Mar 2026 11:00:00 UTC Release, event",
        "Medium risk Medium risk policy, revision 1",
        "Technical: Technical, event",
        "Business: Business, event",
    ):
        assert sentence in words, sentence
    assert address_of(version.model, on(4)) in html
    assert version.artifact_sha256 in html
    for kind in ("approvals.deployment.recorded", "approvals.review.approved"):
        event = Event.objects.in_stream(version.model).filter(kind=kind).latest("pk")
        assert reverse("audit:event_detail", args=[event.uid]) in html, kind


def test_conditions_of_the_address_narrow_it(cast: Cast) -> None:
    low, high = live(cast), live(cast, tier="high")
    staged = approved(cast, registered(cast, on(1)), on(2))
    deployed(cast, staged, on(3), "staging")

    def shown(**query: str) -> set[str]:
        page = signed_in(cast.auditor).get(address(at=written(on(5)), **query))
        return {row.model.name for row in page.context["rows"]}

    assert shown() == {low.model.name, high.model.name}
    assert shown(environment="production") == shown()
    assert shown(environment="staging") == {low.model.name, high.model.name, staged.model.name}
    assert shown(tier="high") == {high.model.name}
    assert shown(team=cast.team.slug) == shown()
    assert "Nothing that ran meets these conditions" in said(
        signed_in(cast.auditor).get(address(at=written(on(5)), tier="medium"))
    )


def test_nothing_ran_is_said(cast: Cast) -> None:
    live(cast)
    page = signed_in(cast.auditor).get(address(at=written(on(2))))
    assert "Nothing ran in production" in said(page)
    assert "4 Mar" not in said(page)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"at": "yesterday"}, "Write a date and a time"),
        ({"at": "2099-01-01T10:00Z"}, "This moment is still to come."),
        ({"environment": "moon"}, "Select a valid choice"),
        ({"team": "nobody"}, "There is no team “nobody”."),
        ({"tier": "nobody"}, "There is no risk tier “nobody”."),
    ],
)
def test_what_is_not_understood_is_no_answer(cast: Cast, query: dict[str, str], words: str) -> None:
    live(cast)
    for name in ("list", "download"):
        page = signed_in(cast.auditor).get(address(name, **query))
        assert page.status_code == 422
        assert words in said(page)
        assert not page.context.get("rows")


def test_without_a_date_all_pages_are_of_the_moment_the_first_was_opened(cast: Cast) -> None:
    for _ in range(ROWS + 1):
        builders.deployed_version(cast)
    client = signed_in(cast.auditor)
    first = client.get(address())
    assert first.context["here"].endswith(address(at=written(first.context["at"])))
    second = client.get(reverse("approvals:ran_list") + first.context["pages"].next_url)
    assert second.context["at"] == first.context["at"]
    names = [row.model.name for page in (first, second) for row in page.context["rows"]]
    assert names == sorted(Deployment.objects.filter(environment="production").values_list("model__name", flat=True))


def test_a_page_whose_models_all_began_a_moment_later_leads_on(cast: Cast) -> None:
    for _ in range(ROWS + 1):
        live(cast)
    page = signed_in(cast.auditor).get(address(at=written(on(3, 10, 59, 30))))
    assert page.context["rows"] == []
    assert page.context["pages"].next_url in page.content.decode().replace("&amp;", "&")
    assert "Nothing ran" not in said(page)


def test_the_readers_clock_leads_to_an_address_that_means_the_same_everywhere(cast: Cast) -> None:
    answer = signed_in(cast.auditor).get(address(at="2026-03-03T10:00", tier="low"))
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked == {"at": ["2026-03-03T10:00:00Z"], "tier": ["low"]}


def test_what_only_the_deployments_say_is_not_passed_off_as_told(cast: Cast) -> None:
    version = live(cast)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_deployment SET deployed_at = %s", [on(1).replace(tzinfo=None)])
    page = said(signed_in(cast.auditor).get(address(at=written(on(2)))))
    assert f"{version.model.name} {version.model.team} The deployments say that it ran, the ledger does not" in page


def test_the_file_has_every_row_with_the_digests(cast: Cast) -> None:
    version = live(cast, tier="high")
    live(cast, 9)
    (row,) = table(signed_in(cast.auditor).get(address("download", at=written(on(5)))))
    assert (row["model"], row["version"], row["environment"]) == (version.model.name, "1", "production")
    assert (row["at"], row["deployed at"]) == ("2026-03-05T10:00:00+00:00", "2026-03-03T11:00:00+00:00")
    assert (row["tier"], row["policy"], row["reference"]) == ("high", "high risk policy, revision 1", "change 7")
    assert (row["compliance review by"], row["compliance review"]) == ("Compliance", "Approved")
    assert row["compliance review at"] == "2026-03-02T10:00:00+00:00"
    decided = {each.stage: each.evidence for each in version.reviews.get().decisions.all()}
    assert json.loads(row["evidence"]) == decided
    assert Event.objects.get(uid=row["deployment event"]).kind == "approvals.deployment.recorded"


def test_who_may_not_read_the_ledger_gets_no_links_into_it_and_a_stranger_nothing(cast: Cast) -> None:
    live(cast)
    here = address(at=written(on(5)))
    auditor, without = (signed_in(who).get(here).content.decode() for who in (cast.auditor, cast.pipeline))
    assert "/ledger/" in auditor.partition("<main")[2]
    assert "/ledger/" not in without.partition("<main")[2]
    assert signed_in(cast.stranger).get(here).status_code == 403
    assert Client().get(here).status_code == 302


def test_a_model_that_a_reader_may_not_see_is_in_none_of_the_answers(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, seen = live(cast).model, live(cast).model
    monkeypatch.setattr(AIModelQuerySet, "visible_to", lambda found, reader: found.exclude(pk=hidden.pk))
    client, here = signed_in(cast.auditor), address(at=written(on(5)))
    page = client.get(here)
    assert [row.model for row in page.context["rows"]] == [seen]
    assert [row["model"] for row in table(client.get(page.context["csv"]))] == [seen.name]
    answer = caller(cast.pipeline).get("/past", at=written(on(5))).json()
    assert [item["model"] for item in answer["items"]] == [seen.name]


def test_the_way_there_is_on_the_ledger_and_on_the_models(cast: Cast) -> None:
    builders.build_model(cast)
    for page in ("audit:event_list", "registry:model_list"):
        assert f'href="{address()}"' in signed_in(cast.auditor).get(reverse(page)).content.decode(), page


def test_it_costs_the_same_with_many_models_as_with_one(cast: Cast) -> None:
    live(cast, tier="high")
    client, here = signed_in(cast.auditor), address(at=written(on(9)))
    few = statements(client, here)
    for _ in range(ROWS):
        live(cast)
    assert statements(client, here) == few <= BUDGET


class TestListPast:
    def test_pages_through_every_model_that_ran(self, cast: Cast) -> None:
        names = sorted(live(cast).model.name for _ in range(3))
        live(cast, 9)
        pipeline = caller(cast.pipeline)
        first = pipeline.get("/past", at=written(on(5)), limit=2).json()
        assert [item["model"] for item in first["items"]] == names[:2]
        last = pipeline.get("/past", at=written(on(5)), limit=2, after=first["next"]).json()
        assert ([item["model"] for item in last["items"]], last["next"]) == (names[2:], None)
        (decision,) = last["items"][0]["running"]["decisions"]
        assert (decision["policy"]["tier"], decision["policy"]["revision"]) == ("low", 1)
        assert Event.objects.get(uid=decision["policy"]["event"]).kind == "approvals.policy.published"
        model = AIModel.objects.get(name=names[2])
        alone = pipeline.get(f"/models/{model.name}/past", at=written(on(5))).json()
        assert last["items"][0]["running"] == alone["environments"][0]["running"]

    def test_takes_the_same_conditions_as_the_page(self, cast: Cast) -> None:
        version, another = live(cast, tier="high"), people.create_team(name="Another", by=cast.admin)
        pipeline = caller(cast.pipeline)

        def found(**query: str) -> int:
            return len(pipeline.get("/past", at=written(on(5)), **query).json()["items"])

        assert found(tier="high") == found(team=cast.team.slug) == found(environment="staging") == 1
        assert found(tier="low") == found(team=another.slug) == 0
        assert pipeline.get("/past", at=written(on(5)), environment="moon").status_code == 422
        assert pipeline.get("/past").status_code == 422
        assert version.model.team == cast.team

    @pytest.mark.parametrize("name", ["team", "tier"])
    def test_a_condition_that_names_nothing_is_refused_as_on_the_page(self, cast: Cast, name: str) -> None:
        live(cast)
        answer = caller(cast.pipeline).get("/past", at=written(on(5)), **{name: "no-such"})
        assert answer.status_code == 422
        assert codes(answer) == ["invalid-choice"]
        (error,) = answer.json()["errors"]
        assert (error["field"], "no-such" in error["message"]) == (name, True)
        page = signed_in(cast.auditor).get(address(at=written(on(5)), **{name: "no-such"}))
        assert (page.status_code, error["message"] in said(page)) == (422, True)
