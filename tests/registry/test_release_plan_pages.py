"""The release plan as a page: read, and revised without losing anybody's words."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from registry.actions import cards as card_actions
from registry.models import ModelVersion, ReleasePlan
from tests.builders import Cast, build_version, write_release_plan
from tests.registry.pages import MOST_STATEMENTS, address, retire, signed_in
from tests.statements import statements


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return build_version(cast)


def today(days: int = 0) -> str:
    return (timezone.localdate() + datetime.timedelta(days=days)).isoformat()


def written(**changes: str) -> dict[str, str]:
    return {
        "seen_revision": "0",
        "steps": "One clinic first.\r\nThen all.",
        "monitoring_url": "https://monitoring.example.org/d/1",
        "alerts_url": "https://monitoring.example.org/a/1",
        "on_call": "clinical-ml on call",
        "rollback_procedure": "Point the service at the version before.",
        "rollback_tested_on": today(-1),
        "rollback_test_result": "passed",
        "rollback_test_evidence": "https://ci.example.org/runs/1",
    } | changes


class TestReading:
    def test_without_a_plan_it_says_what_belongs_into_it(self, cast: Cast, version: ModelVersion) -> None:
        text = signed_in(cast.author).get(address("release_plan_detail", version)).content.decode()
        assert "There is no release plan yet" in text
        assert address("release_plan_revise", version) in text

    def test_everything_that_is_written_stands_on_it(self, cast: Cast, version: ModelVersion) -> None:
        write_release_plan(cast, version, steps="First <b>one</b> clinic.")

        text = signed_in(cast.auditor).get(address("release_plan_detail", version)).content.decode()
        assert "First &lt;b&gt;one&lt;/b&gt; clinic." in text
        assert 'href="https://monitoring.example.org/d/1"' in text
        assert "It worked" in text
        assert "Still missing" not in text
        assert address("release_plan_revise", version) not in text

    def test_what_is_missing_is_named(self, cast: Cast, version: ModelVersion) -> None:
        nothing = {"rollback_tested_on": None, "rollback_test_result": "", "rollback_test_evidence": ""}
        write_release_plan(cast, version, alerts_url="", **nothing)

        text = signed_in(cast.author).get(address("release_plan_detail", version)).content.decode()
        assert "Still missing: Alerts, Rollback test" in text
        assert "It was never tried" in text

    def test_an_old_revision_is_shown_with_a_notice(self, cast: Cast, version: ModelVersion) -> None:
        write_release_plan(cast, version, rollback_test_result="failed")
        write_release_plan(cast, version, 1)
        client = signed_in(cast.author)

        page = client.get(address("release_plan_detail", version), {"revision": "1"})
        assert "You are reading revision 1 of 2" in page.content.decode()
        assert "It did not work" in page.content.decode()
        assert page.context["revisions"].rows[0].changed == ("Rollback test",)
        assert client.get(address("release_plan_detail", version), {"revision": "3"}).status_code == 404

    def test_a_stranger_sees_nothing(self, cast: Cast, version: ModelVersion) -> None:
        assert signed_in(cast.stranger).get(address("release_plan_detail", version)).status_code == 403


def test_the_number_of_statements_does_not_grow(cast: Cast, version: ModelVersion) -> None:
    many = build_version(cast, model=version.model)
    for one, times in ((version, 2), (many, 30)):
        for seen in range(times):
            write_release_plan(cast, one, seen, on_call=f"person {seen}")
    client = signed_in(cast.author)

    few = statements(client, address("release_plan_detail", version))
    assert statements(client, address("release_plan_detail", many)) == few <= MOST_STATEMENTS
    assert statements(client, address("release_plan_revise", many)) <= MOST_STATEMENTS


class TestRevising:
    def test_a_whole_plan_is_saved(self, cast: Cast, version: ModelVersion) -> None:
        answer = signed_in(cast.author).post(address("release_plan_revise", version), written(), follow=True)

        assert answer.redirect_chain == [(address("release_plan_detail", version), 302)]
        plan = ReleasePlan.objects.get(version=version)
        assert (plan.revision, plan.steps) == (1, "One clinic first.\nThen all.")
        assert plan.rollback_tested_on == timezone.localdate() - datetime.timedelta(days=1)

    def test_part_of_it_may_be_saved_and_the_rest_is_named(self, cast: Cast, version: ModelVersion) -> None:
        answer = signed_in(cast.author).post(
            address("release_plan_revise", version), {"seen_revision": "0", "on_call": "Ada"}, follow=True
        )
        assert "Still missing: Release steps, Monitoring, Alerts" in answer.content.decode()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            (
                {"rollback_tested_on": today(2)},
                "rollback_tested_on",
            ),  # read before midnight, perhaps
            ({"rollback_tested_on": "yesterday"}, "rollback_tested_on"),
            ({"rollback_tested_on": ""}, "rollback_tested_on"),
            ({"rollback_test_result": ""}, "rollback_test_result"),
            ({"rollback_test_result": "perhaps"}, "rollback_test_result"),
            ({"monitoring_url": "javascript:alert(1)"}, "monitoring_url"),
            ({"alerts_url": "not an address"}, "alerts_url"),
            ({"on_call": "x" * 201}, "on_call"),
            ({"seen_revision": ""}, "seen_revision"),
        ],
    )
    def test_wrong_input_is_said_beside_its_field(
        self, cast: Cast, version: ModelVersion, changes: dict[str, str], field: str
    ) -> None:
        answer = signed_in(cast.author).post(address("release_plan_revise", version), written(**changes))

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert "Point the service at the version before.</textarea>" in answer.content.decode()
        assert not ReleasePlan.objects.exists()

    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ("rollback_test_result", ["rollback_tested_on", "rollback_test_evidence"]),
            ("rollback_tested_on", ["rollback_test_result", "rollback_test_evidence"]),
        ],
    )
    def test_everything_that_a_test_lacks_is_said_at_once(
        self, cast: Cast, version: ModelVersion, given: str, missing: list[str]
    ) -> None:
        sent = written(**dict.fromkeys(missing, ""))
        answer = signed_in(cast.author).post(address("release_plan_revise", version), sent)
        assert sent[given]
        assert sorted(answer.context["form"].errors) == sorted(missing)
        assert "Needed once a result is chosen." in answer.content.decode()

    def test_a_test_of_today_is_not_in_the_future(self, cast: Cast, version: ModelVersion) -> None:
        sent = written(rollback_tested_on=today())

        assert signed_in(cast.author).post(address("release_plan_revise", version), sent).status_code == 302

    def test_somebody_was_faster_and_no_word_is_lost(self, cast: Cast, version: ModelVersion) -> None:
        write_release_plan(cast, version)
        card_actions.revise_release_plan(version=version, by=cast.colleague, seen_revision=1, on_call="Theirs.")
        client = signed_in(cast.author)

        answer = client.post(address("release_plan_revise", version), written(seen_revision="1", on_call="Mine."))
        text = answer.content.decode()
        assert answer.status_code == 422
        assert "Colleague wrote revision 2 meanwhile" in text
        assert 'value="Mine."' in text
        assert "Theirs." in text
        assert ReleasePlan.objects.get(version=version).on_call == "Theirs."

        again = written(seen_revision=answer.context["form"]["seen_revision"].value(), on_call="Both.")
        assert client.post(address("release_plan_revise", version), again).status_code == 302
        assert ReleasePlan.objects.get(version=version).on_call == "Both."

    def test_nothing_changed_is_no_revision(self, cast: Cast, version: ModelVersion) -> None:
        client = signed_in(cast.author)
        client.post(address("release_plan_revise", version), written())

        client.post(address("release_plan_revise", version), written(seen_revision="1"))
        assert ReleasePlan.objects.get(version=version).revision == 1

    @pytest.mark.parametrize("who", ["auditor", "release", "admin", "stranger"])
    def test_who_does_not_belong_to_the_team_is_refused(self, cast: Cast, version: ModelVersion, who: str) -> None:
        client = signed_in(getattr(cast, who))

        assert client.get(address("release_plan_revise", version)).status_code == 403
        assert client.post(address("release_plan_revise", version), written()).status_code == 403
        assert not ReleasePlan.objects.exists()

    def test_a_retired_version_changes_no_more(self, cast: Cast, version: ModelVersion) -> None:
        write_release_plan(cast, version)
        retire(cast, version)
        client = signed_in(cast.author)

        assert 'aria-disabled="true"' in client.get(address("release_plan_detail", version)).content.decode()
        assert "seen_revision" not in client.get(address("release_plan_revise", version)).content.decode()
        assert client.post(address("release_plan_revise", version), written(seen_revision="1")).status_code == 422
        assert ReleasePlan.objects.get(version=version).revision == 1
