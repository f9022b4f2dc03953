"""The page of one version and its history."""

from __future__ import annotations

import datetime
import html
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.actions import deployments, retirement, reviews
from approvals.models import Clearance, Condition
from registry.actions import consumers
from registry.models import AIModel, ModelVersion, Person
from tests import builders
from tests.builders import Cast
from tests.statements import statements

pytestmark = pytest.mark.django_db
BACKEND = "governance.roles.SignInBackend"
BUDGET = 13


def address(version: ModelVersion, side: str = "") -> str:
    return f"/models/{version.model.name}/versions/{version.number}/{side}"


def read(client: Client, person: Person, version: ModelVersion, side: str = "") -> str:
    client.force_login(person, backend=BACKEND)
    response = client.get(address(version, side))
    assert response.status_code == 200
    return response.content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def verdict(page: str) -> str:
    return text_of(page.split('class="verdict ')[1].split("</div></div>")[0])


def test_it_opens_with_the_verdict_and_the_one_next_step(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = read(client, cast.author, version)
    said = verdict(page)
    assert "Not cleared for production" in said
    assert re.search(r"\d of \d+ met", said)
    assert "attach an evaluation with the purpose “staging”" in said
    assert page.count("button--primary") == 1
    assert address(version, "evaluations/attach/") in page


def test_the_count_of_the_verdict_is_that_of_the_production_road(client: Client, cast: Cast) -> None:
    page = read(client, cast.author, builders.build_version(cast))
    said = re.search(r"(\d+) of (\d+) met", verdict(page)).group()
    production = page.split('class="roadhead"')[2]
    assert said in text_of(production)


def test_what_nobody_has_measured_is_not_called_missed(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast, "high")
    page = text_of(read(client, cast.author, version))
    assert "Not measured yet" in page
    assert "Missed" not in page
    builders.attach_evaluation(cast, version, "production", builders.GOOD | {"recall": "0.5"})
    assert "Recall Missed" in text_of(read(client, cast.author, version))


def test_preparation_comes_before_asking_for_review(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    builders.attach_evaluation(cast, version, "staging")
    page = read(client, cast.author, version)
    assert "write the missing sections" in verdict(page)


def test_a_reviewer_is_led_to_the_review_and_no_author_step_is_offered(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    page = read(client, cast.technical, version)
    assert f'class="button button--primary" href="/reviews/{review.pk}/"' in page
    assert "Your step" in page
    assert address(version, "card/revise/") not in page


def yours(page: str, environment: str = "Production") -> list[str]:
    """The requirements of one road that are marked as the reader's."""
    road = next(part for part in page.split('class="roadhead"') if f"</svg>{environment}</h3>" in part)
    titles = re.findall(r'<h4 class="road__title">(.*?)</h4>', road, re.DOTALL)
    return [text_of(title).replace("Your step", "").strip() for title in titles if "Your step" in title]


APPROVALS = ("Technical approval", "Business approval", "Compliance approval", "Deployment approval")


def approvals_of(page: str) -> list[str]:
    return [title for title in yours(page) if title in APPROVALS]


def test_asking_is_one_step_of_the_author_and_the_decisions_are_steps_of_others(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    page = read(client, cast.author, version)
    assert approvals_of(page) == ["Technical approval"]
    assert "1 of the 5 that are left is yours" in verdict(page)
    assert "Ask for review" in verdict(page)
    reviews.open_draft(version=version, by=cast.author)
    assert approvals_of(read(client, cast.author, version)) == ["Technical approval"]


def test_requested_changes_are_the_author_s_step_at_the_stage_that_asked(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    reviews.request_changes(review=review, stage="compliance", rationale="Say more.", by=cast.compliance)
    page = read(client, cast.author, version)
    assert approvals_of(page) == ["Compliance approval"]
    assert "are yours" not in verdict(page)
    for reviewer in (cast.business, cast.compliance, cast.release):
        assert approvals_of(read(client, reviewer, version)) == []


def test_in_review_a_stage_is_the_step_of_whoever_decides_it(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    assert approvals_of(read(client, cast.author, version)) == []
    assert approvals_of(read(client, cast.business, version)) == ["Business approval"]
    assert approvals_of(read(client, cast.compliance, version)) == ["Compliance approval"]
    assert approvals_of(read(client, cast.release, version)) == []


def test_somebody_who_cannot_do_the_next_step_gets_no_button_for_it(client: Client, cast: Cast) -> None:
    page = read(client, cast.auditor, builders.build_version(cast))
    assert "button--primary" not in page
    assert "Your step" not in page


def promised(cast: Cast, owner: Person, days: int, environment: str = "") -> ModelVersion:
    """Approved on a condition that falls due so many days from now."""
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    due = timezone.localdate() + datetime.timedelta(days=days)
    given = {"text": "Watch group B.", "owner": owner, "due_on": due}
    builders.approve_stage(cast, review, "technical", conditions=[given])
    if environment:
        builders.deploy(cast, version, environment)
    return version


def test_a_condition_that_is_not_due_yet_is_open_and_not_met(client: Client, cast: Cast) -> None:
    version = promised(cast, cast.author, 30, "staging")
    due = f"{timezone.localdate() + datetime.timedelta(days=30):%-d %b %Y}"
    page = read(client, cast.author, version)
    assert "Cleared for production" in verdict(page)
    met, asked = (int(number) for number in re.search(r"(\d+) of (\d+) met", verdict(page)).groups())
    assert met == asked - 1
    assert f"1 condition open, due {due}" in verdict(page)
    row = page.split("road__item--open")[1].split("</li>")[0]
    assert f"Open, due {due} : Watch group B." in text_of(row)
    assert 'class="chip chip--warn"' in row
    assert "Met" not in text_of(row)
    assert "Your step" not in row
    assert f"{met} of {asked} met, 1 open" in text_of(page)


def test_several_open_conditions_are_said_with_whether_one_is_overdue(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = builders.ready_version(cast)
    today = timezone.localdate()
    days = [today + datetime.timedelta(days=each) for each in (0, 30, 40)]
    given = [{"text": f"Watch until {day}.", "owner": cast.author, "due_on": day} for day in days]
    builders.approve_stage(cast, builders.ask_for_review(cast, version), "technical", conditions=given)
    assert f"3 conditions open, none overdue, the first due {today:%-d %b %Y}" in verdict(
        read(client, cast.author, version)
    )
    later = timezone.now() + datetime.timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    said = verdict(read(client, cast.author, version))
    assert "2 conditions open, the first due" in said
    assert "none overdue" not in said


def test_in_production_an_open_condition_is_said_and_holds_nothing_against_it(client: Client, cast: Cast) -> None:
    said = verdict(read(client, cast.author, promised(cast, cast.author, 30, "production")))
    assert "1 condition open, due" in said
    assert "no longer met" not in said


def test_an_overdue_condition_is_the_step_of_its_owner_alone(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = promised(cast, cast.release, 0, "staging")
    condition = Condition.objects.get()
    later = timezone.now() + datetime.timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    page = read(client, cast.release, version)
    assert yours(page) == ["Condition of an approval"]
    assert reverse("approvals:condition_fulfil", args=[condition.pk]) in page.split('class="verdict ')[1][:2000]
    assert "Not cleared for production" in verdict(page)
    assert yours(read(client, cast.author, version)) == []


def test_cleared_is_said_as_plainly(client: Client, cast: Cast) -> None:
    version = builders.deployed_version(cast, environment="staging")
    page = read(client, cast.release, version)
    assert "Cleared for production" in verdict(page)
    assert f'button--primary" href="{address(version, "deployments/record/")}"' in page


def test_who_records_the_deployment_is_named_to_the_others(client: Client, cast: Cast) -> None:
    version = builders.approved_version(cast)
    assert "Release manager: Release." in verdict(read(client, cast.author, version))
    assert "Release manager:" not in verdict(read(client, cast.release, version))


def test_the_worst_group_stands_under_its_metric(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    builders.attach_evaluation(cast, version)
    assert "Worst: sex male, 0.120" in text_of(read(client, cast.technical, version))


def test_a_figure_says_what_it_is_counted_in_and_what_below_nothing_means(client: Client, cast: Cast) -> None:
    model = builders.build_model(cast, task=AIModel.Task.REGRESSION)
    version = builders.build_version(cast, model=model)
    builders.write_card(cast, version)
    rows = [{"metric": "r2", "value": Decimal("-0.2")}, {"metric": "mae", "value": Decimal("47.315")}]
    for slice_, value in (("young", "-0.054"), ("old", "0.3")):
        rows.append({"metric": "r2", "value": Decimal(value), "group": "age", "slice": slice_, "sample_size": 40})
    builders.attach_evaluation(cast, version, measurements=rows)
    review = builders.ask_for_review(cast, version)
    card, *pages = (text_of(read(client, cast.technical, version, side)) for side in ("card/", "", "evaluations/"))
    review_page = text_of(client.get(f"/reviews/{review.pk}/").content.decode())
    remark = "Below 0: worse than always predicting the average"
    assert remark in card
    assert "How far off it is on average, in the unit of what it predicts" in review_page  # no bound gives it a size
    for page in (*pages, review_page):
        assert remark in page
        assert "Worst: age young, −0.054 (worse than always predicting the average)" in page
    assert "R² is -0.200, worse than always predicting the average, must be at least 0" in review_page
    assert "R² of age young is -0.054, worse than always predicting the average; of all cases" in review_page


def test_a_figure_is_said_alike_on_every_page_and_exactly_on_hover(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    exact = builders.GOOD | {"accuracy": "0.934567", "recall": "0.871234"}
    for purpose in ("staging", "production"):
        builders.attach_evaluation(cast, version, purpose, exact)
    review = builders.ask_for_review(cast, version)
    pages = [read(client, cast.technical, version, side) for side in ("", "evaluations/", "card/")]
    pages.append(client.get(f"/reviews/{review.pk}/").content.decode())
    for page in pages:
        assert '<data value="0.934567" title="0.934567">0.935</data>' in page
        assert '<data value="0.871234" title="0.871234">0.871</data>' in page
        assert "0.934567" not in text_of(page)


def test_where_its_training_data_come_from_stands_on_the_page(client: Client, cast: Cast) -> None:
    data = {
        "name": "visits",
        "sha256": f"{7:064x}",
        "reference": "s3://data/visits/2026-01",
        "source": "Hospital records, <released> by the ethics board.",
        "period": "2021 to 2025",
    }
    page = read(client, cast.compliance, builders.build_version(cast, training_data=data))
    for said in ("s3://data/visits/2026-01", "Hospital records, &lt;released&gt; by the ethics board.", "2021 to 2025"):
        assert said in page
    without = read(client, cast.compliance, builders.build_version(cast))
    assert "Data source" not in without


def test_the_environment_that_is_still_open_stands_first(client: Client, cast: Cast) -> None:
    def order(version: ModelVersion) -> list[str]:
        return re.findall(r'class="roadhead".*?</svg>(\w+)</h3>', read(client, cast.author, version), re.DOTALL)

    assert order(builders.build_version(cast)) == ["Staging", "Production"]
    assert order(builders.deployed_version(cast, environment="staging")) == ["Production", "Staging"]


def test_in_production_says_since_when(client: Client, cast: Cast) -> None:
    page = read(client, cast.author, builders.deployed_version(cast))
    assert "In production" in verdict(page)
    assert "deployed by Release" in verdict(page)


def test_in_production_says_what_is_no_longer_met(client: Client, cast: Cast) -> None:
    version = builders.deployed_version(cast)
    builders.write_release_plan(cast, version, seen_revision=1, on_call="")
    assert "no longer met: monitoring configured" in verdict(read(client, cast.author, version))


def test_a_retired_version_says_why_and_what_takes_its_place(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    after = builders.build_version(cast, model=version.model)
    clearance = retirement.ask_clearance(
        version=version, reason="A better one is there.", replacement=after, by=cast.author
    )
    clearance = retirement.compute_clearance(
        clearance=Clearance.objects.get(pk=clearance.pk), by=Person.objects.system()
    )
    retirement.retire(clearance=clearance, by=cast.author)
    page = read(client, cast.author, version)
    said = verdict(page)
    assert "Retired" in said
    assert "A better one is there." in said
    assert address(after) in page
    assert "button--primary" not in page


def test_figures_stand_beside_their_thresholds_and_misses_first(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    builders.attach_evaluation(cast, version, "staging", {"accuracy": "0.5", "recall": "0.91"})
    page = read(client, cast.author, version)
    table = page.split("Evidence")[1].split("</table>")[0]
    assert "0.5" in table
    assert "at least 0.9" in table
    assert table.index("table__row--bad") < table.index("0.91")


def test_missing_lineage_is_said(client: Client, cast: Cast) -> None:
    page = read(client, cast.author, builders.build_version(cast, training_data=None, code_commit=""))
    assert "Missing: the code commit, the training data" in page


def test_lineage_is_shown(client: Client, cast: Cast) -> None:
    base = builders.build_version(cast)
    version = builders.build_version(cast, built_on=base)
    page = read(client, cast.auditor, version)
    for shown in (version.artifact_uri, version.code_commit, "training-2026", "max_depth", "run-8f31c0", address(base)):
        assert shown in page


def test_consumers_can_be_ended_by_those_who_may_declare_them(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    consumer = consumers.declare(version=version, name="scheduler", contact="a@example.org", by=cast.author)
    assert f"/consumers/{consumer.pk}/end/" in read(client, cast.author, version)
    page = read(client, cast.auditor, version)
    assert "scheduler" in page
    assert f"/consumers/{consumer.pk}/end/" not in page


def test_a_deployment_that_would_be_refused_is_shown_closed_with_its_reason(client: Client, cast: Cast) -> None:
    page = read(client, cast.release, builders.build_version(cast))
    assert "Record deployment" in page
    assert "more for staging are met" in page
    assert 'aria-disabled="true"' in page


def test_verbs_without_the_permission_are_left_out(client: Client, cast: Cast) -> None:
    page = read(client, cast.auditor, builders.build_version(cast))
    for verb in ("Record deployment", "Declare consumer", "Retire"):
        assert f">{verb}</" not in page


def test_what_is_said_by_people_is_escaped(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast, summary="<script>alert(1)</script>", hyperparameters={"<b>": "<i>"})
    page = read(client, cast.author, version)
    assert "<script>alert" not in page
    assert "<i>" not in page


def test_strangers_and_wrong_addresses_get_nothing(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    client.force_login(cast.stranger, backend=BACKEND)
    assert client.get(address(version)).status_code == 403
    client.force_login(cast.author, backend=BACKEND)
    assert client.get(f"/models/{version.model.name}/versions/99/").status_code == 404
    assert client.get("/models/unknown/versions/1/history/").status_code == 404


@pytest.mark.parametrize("side", ["", "history/"])
def test_statements_do_not_grow_with_what_happened(client: Client, cast: Cast, side: str) -> None:
    version = builders.ready_version(cast, "high")
    client.force_login(cast.author, backend=BACKEND)
    consumers.declare(version=version, name="first", contact="a@example.org", by=cast.author)
    before = statements(client, address(version, side))
    for number in range(30):
        consumers.declare(version=version, name=f"consumer-{number}", contact="a@example.org", by=cast.author)
    assert statements(client, address(version, side)) == before
    assert before <= BUDGET


def test_history_pages_lead_through_all_events_once(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    for number in range(60):
        consumers.declare(version=version, name=f"c-{number}", contact="a@example.org", by=cast.author)
    client.force_login(cast.author, backend=BACKEND)
    seen: list[int] = []
    path = address(version, "history/")
    url = path
    while url:
        page = client.get(url).context["page"]
        seen += [event.pk for event in page.rows]
        url = path + page.next_url if page.next_url else ""
    assert len(seen) == len(set(seen)) == 61
    assert seen == sorted(seen, reverse=True)
    assert client.get(path + page.previous_url).context["page"].rows[-1].pk > page.rows[0].pk


def test_history_is_about_this_version_only(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    other = builders.build_version(cast, model=version.model)
    page = read(client, cast.author, version, "history/")
    assert f"registered {version}" in page
    assert f"registered {other}" not in page


def test_a_deployment_is_on_the_road_and_in_the_history(client: Client, cast: Cast) -> None:
    version = builders.approved_version(cast)
    deployments.record(version=version, environment="staging", by=cast.release)
    assert "running since" in read(client, cast.author, version)
    assert f"deployed {version} to staging" in read(client, cast.author, version, "history/")


def test_the_form_for_a_missing_evaluation_is_begun_with_its_purpose_and_the_metrics_asked(
    client: Client, cast: Cast
) -> None:
    version = builders.build_version(cast, "high")
    page = read(client, cast.author, version)
    asked = re.search(rf'href="({address(version, "evaluations/attach/")}[^"]*purpose=production[^"]*)"', page)
    form = client.get(html.unescape(asked[1])).content.decode()
    assert '<option value="production" selected>' in form
    metrics = re.findall(r'name="figures-\d-metric" value="([^"]+)"', form)
    assert set(metrics) >= {"ROC AUC"}
    assert len(metrics) == len(set(metrics))


def test_a_form_begun_with_nonsense_is_an_empty_form(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    form = read(client, cast.author, version, "evaluations/attach/?purpose=nowhere&" + "metric=a&" * 90)
    assert "selected" not in form
    assert form.count('value="a"') == 6
