"""The pages of an import: what they promise before, what they make, whom they show it, and how they say no."""

from __future__ import annotations

import csv as spreadsheet
import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as portal
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.csv import FORMULA_STARTS
from audit.models import Event
from registry import tasks
from registry.actions import imports as actions
from registry.actions import people
from registry.imports import csv, planner, runs
from registry.imports.candidates import LONGEST_DETAIL, MOST_DETAILS, Candidate
from registry.imports.reading import MOST_BYTES, MOST_ROWS
from registry.models import AIModel, ImportRun, ModelVersion, Person, Team
from registry.views import imports as views
from tests import builders, imports
from tests.builders import Cast, build_cast
from tests.imports import drafted, imported, outcomes, table
from tests.mlflow_server import dripping, mlflow_server
from tests.registry.pages import signed_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db

INVENTORY = table("Credit Scoring,1,Scores credit.", "Credit Scoring,2,", "Churn,7,Who leaves.", "模型,1,No such name.")
BEGIN = "/imports/begin/"
EXPORT = Path(__file__).parent / "recorded" / "sagemaker.json"


def file(content: bytes, name: str = "models.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def given(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"team": cast.team.pk, "owner": cast.author.pk} | more


def uploaded(browser: Client, cast: Cast, content: bytes = INVENTORY) -> ImportRun:
    answer = browser.post(BEGIN, given(cast, file=file(content)))
    assert answer.status_code == 302, answer.context["form"].errors
    return ImportRun.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def page_of(run: ImportRun, query: str = "") -> str:
    return reverse("registry:import_detail", args=[run.pk]) + query


def started(browser: Client, run: ImportRun, seen: str | None = None) -> Any:
    """Presses the button of the page as it is now, or of a page seen before."""
    if seen is None:
        seen = browser.get(page_of(run)).context["seen"]
    return browser.post(reverse("registry:import_start", args=[run.pk]), {"seen": seen})


def events(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


# From the file to the models


def test_a_file_is_read_looked_at_started_and_brought_in(cast: Cast) -> None:
    browser = signed_in(cast.author)
    run = uploaded(browser, cast)
    before = Event.objects.count()
    preview = browser.get(page_of(run))
    assert "Import 2 models and 3 versions" in preview.content.decode()
    assert [(line.slug, line.number, line.outcome) for line in preview.context["lines"]][:3] == [
        ("credit-scoring", 1, "model"),
        ("credit-scoring", 2, "version"),
        ("churn", 7, "model"),
    ]
    assert (AIModel.objects.count(), Event.objects.count()) == (0, before)

    assert started(browser, run)["Location"] == page_of(run)
    assert "0 of 4 rows" not in browser.get(page_of(run)).content.decode(), "what is refused is settled at once"
    tasks.go_on_with_import(run.pk)
    finished = browser.get(page_of(run)).content.decode()
    assert "Finished: 2 new models, 1 further version, 1 refused" in finished
    assert reverse("governance:version_detail", args=["credit-scoring", 2]) in finished
    assert reverse("registry:model_list") + "?tier=unassessed" in finished
    assert list(AIModel.objects.order_by("name").values_list("name", "tier")) == [
        ("churn", None),
        ("credit-scoring", None),
    ]


def test_the_same_file_makes_nothing_new(cast: Cast) -> None:
    browser = signed_in(cast.author)
    imported(cast, INVENTORY)
    made = list(ModelVersion.objects.values_list("pk", flat=True))
    again = uploaded(browser, cast)
    page = browser.get(page_of(again))
    assert page.context["counts"] == {"there": 3, "refused": 1}
    assert "No row of it is new" in page.content.decode()
    answer = started(browser, again)
    assert answer.status_code == 422
    assert "Nothing in it can be imported" in answer.content.decode()
    assert list(ModelVersion.objects.values_list("pk", flat=True)) == made
    assert again.state == "draft"

    whole = browser.get(page_of(uploaded(browser, cast, table("Churn,7,"))))
    assert "Everything in it is here already" in whole.content.decode()


def test_an_export_of_sagemaker_is_read(cast: Cast) -> None:
    browser = signed_in(cast.author)
    answer = browser.post(f"{BEGIN}?source=sagemaker", given(cast, file=file(EXPORT.read_bytes(), "export.json")))
    assert answer.status_code == 302
    assert ImportRun.objects.get().source == "sagemaker"
    assert "readmission-30d" in browser.get(answer["Location"]).content.decode()


# What is wrong with a file stands beside its field


@pytest.mark.engines
def test_an_export_with_an_odd_address_is_shown_with_what_is_wrong(cast: Cast) -> None:
    browser = signed_in(cast.author)
    export = file(b'{"ModelPackageArn": "a\\u0000b\\ud800", "ModelPackageGroupName": "churn"}', "export.json")
    answer = browser.post(f"{BEGIN}?source=sagemaker", given(cast, file=export))
    assert answer.status_code == 302
    assert "no address of a model package" in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("source", "content", "words"),
    [
        ("csv", b"", "The file is empty"),
        ("csv", b"\n \n", "The file is empty"),
        ("csv", b"name,modle\na,1", "There is no column “modle”"),
        ("csv", b"version\n1", "names no column “name”"),
        ("csv", "Modèle".encode("utf-16"), "not written in UTF-8"),
        ("csv", b"name\na\x00b", "The file is no text"),
        ("csv", b"name\n", "a header and no lines"),
        ("csv", b'name\n"open', "quotation mark that is not closed"),
        ("csv", b"x" * (MOST_BYTES + 1), "larger than 5 MiB"),
        ("csv", b"name\n" + b"a\n" * (MOST_ROWS + 1), "more than 5000 versions"),
        ("csv", b"name," + b",".join(b"tag:%d" % n for n in range(300)) + b"\na", "more than 300 columns"),
        ("sagemaker", b"", "The file is empty"),
        ("sagemaker", b"name\na", "It is not JSON from line 1"),
        ("sagemaker", b"{}", "neither what list-model-packages"),
        ("sagemaker", b'{"ModelPackageSummaryList": []}', "lists no model package"),
        ("sagemaker", b"[" * 100_000, "It is not JSON"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_file(cast: Cast, source: str, content: bytes, words: str) -> None:
    answer = signed_in(cast.author).post(f"{BEGIN}?source={source}", given(cast, file=file(content)))
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors["file"])
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_file_has_to_be_chosen_and_a_team_of_ones_own(cast: Cast) -> None:
    other = people.create_team(slug="lending", name="Lending", by=Person.objects.system())
    answer = signed_in(cast.author).post(BEGIN, given(cast, team=other.pk, owner=cast.stranger.pk))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"file", "team", "owner"}
    assert "Choose a file." in answer.content.decode()
    assert signed_in(cast.admin).post(BEGIN, given(cast, team=other.pk, file=file(INVENTORY))).status_code == 302


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\u202eb\x07.csv", "x" * 250 + ".csv", "<script>.csv"])
def test_an_odd_file_name_is_kept_harmless(cast: Cast, name: str) -> None:
    browser = signed_in(cast.author)
    answer = browser.post(BEGIN, given(cast, file=file(INVENTORY, name)))
    kept = ImportRun.objects.get().name
    assert "/" not in kept and "\u202e" not in kept and "\x07" not in kept
    assert "<script>." not in browser.get(answer["Location"]).content.decode()


def test_nobody_fills_the_database_with_drafts(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_DRAFTS", 2)
    browser = signed_in(cast.author)
    for _ in range(2):
        uploaded(browser, cast)
    answer = browser.post(BEGIN, given(cast, file=file(INVENTORY)))
    assert answer.status_code == 422
    assert "Start or discard one first" in answer.content.decode()
    assert ImportRun.objects.count() == 2


def test_the_sample_explains_every_column_and_can_be_imported(cast: Cast) -> None:
    browser = signed_in(cast.author)
    sample = browser.get(reverse("registry:import_sample"))
    assert "attachment" in sample["Content-Disposition"]
    page = browser.get(BEGIN).content.decode()
    assert all(f"<code>{column.name}</code>" in page for column in csv.COLUMNS)
    run = uploaded(browser, cast, sample.content)
    assert browser.get(page_of(run)).context["counts"] == {"model": 1}


def test_the_handbook_explains_every_column_and_every_limit() -> None:
    said = (Path(portal.BASE_DIR) / "docs" / "import.md").read_text()
    assert [column.name for column in csv.COLUMNS if f"`{column.name}`" not in said] == []
    for limit in ("5 MiB and 5 000 versions", "300 columns", "20 previews", "20 seconds", "200 entries of 1 000"):
        assert limit in " ".join(said.split())
    assert (MOST_BYTES, MOST_ROWS, csv.MOST_COLUMNS) == (5 * 2**20, 5_000, 300)
    assert (runs.MOST_DRAFTS, views.MLFLOW_SECONDS, MOST_DETAILS, LONGEST_DETAIL) == (20, 20, 200, 1_000)


# The preview


def test_rows_are_filtered_by_outcome_and_each_problem_names_its_field(cast: Cast) -> None:
    builders.build_model(cast, name="taken")
    lines = ("Good,1,x,", "Bad,1,x,nodigest", "taken,1,x,", "Good,1,x,", "Good,2,x,")
    run = drafted(cast, table(*lines, columns="name,version,purpose,artifact_sha256"))
    browser = signed_in(cast.author)
    page = browser.get(page_of(run, "?outcome=refused"))
    assert [(line.line, [problem.field for problem in line.problems]) for line in page.context["lines"]] == [
        (3, ["artifact_sha256"]),
        (4, ["name"]),
        (5, ["name"]),
    ]
    assert "<b>artifact_sha256</b> A SHA-256 digest has 64" in page.content.decode()
    tabs = {tab.label: (tab.count, tab.url) for tab in page.context["tabs"]}
    assert tabs == {
        "All rows": (5, "?"),
        "New models": (1, "?outcome=model"),
        "Further versions": (1, "?outcome=version"),
        "Refused": (3, "?outcome=refused"),
    }
    for label, (count, query) in tabs.items():
        assert len(browser.get(page_of(run, query)).context["lines"]) == count, label
    assert len(browser.get(page_of(run, "?outcome=nonsense")).context["lines"]) == 5
    assert "No row has this outcome" in browser.get(page_of(run, "?outcome=there")).content.decode()


@pytest.mark.parametrize("begun", [False, True])
def test_many_rows_are_paged_there_and_back(cast: Cast, begun: bool) -> None:
    run = drafted(cast, table(*(f"m{number},1,x" for number in range(60)), columns="name,version,purpose"))
    if begun:
        actions.start(run=run, by=cast.author)
    browser = signed_in(cast.author)
    first = browser.get(page_of(run))
    second = browser.get(page_of(run, first.context["page"].next_url))
    third = browser.get(page_of(run, second.context["page"].next_url))
    names = [line.name for page in (first, second, third) for line in page.context["lines"]]
    assert names == [f"m{number}" for number in range(60)]
    back = browser.get(page_of(run, third.context["page"].previous_url))
    assert [line.name for line in back.context["lines"]] == names[25:50]
    assert browser.get(page_of(run, "?after=tampered")).status_code == 404


def test_a_preview_that_no_longer_holds_is_told_and_shown_anew(cast: Cast) -> None:
    browser = signed_in(cast.author)
    run = uploaded(browser, cast)
    seen = browser.get(page_of(run)).context["seen"]
    builders.build_model(cast, name="churn")
    answer = started(browser, run, seen)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "What is here has changed since you saw this preview" in page
    assert "Import 1 model and 2 versions" in page
    assert events("registry.import.started") == 0
    assert started(browser, run, answer.context["seen"]).status_code == 302
    assert outcomes(run) == ["pending", "pending", "refused", "refused"]


@pytest.mark.parametrize("seen", ["", "nonsense"])
def test_what_nobody_has_looked_at_is_not_started(cast: Cast, seen: str) -> None:
    browser = signed_in(cast.author)
    run = uploaded(browser, cast)
    assert started(browser, run, seen).status_code == 422
    run.refresh_from_db()
    assert run.state == "draft"


def test_a_preview_is_the_same_for_the_same_and_another_for_another(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    seen = planner.fingerprint(runs.preview(run, cast.author))
    assert planner.fingerprint(runs.preview(run, cast.author)) == seen
    other = drafted(cast, INVENTORY.replace(b"Churn,7", b"Churn,8"))
    assert planner.fingerprint(runs.preview(other, cast.author)) != seen


# Once, and by one person


def test_it_starts_once(cast: Cast) -> None:
    browser = signed_in(cast.author)
    run = uploaded(browser, cast)
    seen = browser.get(page_of(run)).context["seen"]
    assert started(browser, run, seen).status_code == 302
    answer = started(browser, run, seen)
    assert answer.status_code == 422
    assert "This import is running already." in answer.content.decode()
    assert events("registry.import.started") == 1


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_two_clicks_in_the_same_second_start_it_once() -> None:
    cast = build_cast()
    run = drafted(cast, INVENTORY)
    seen = planner.fingerprint(runs.preview(run, cast.author))
    failures = at_once([lambda: actions.start(run=run, by=cast.author, seen=seen)] * 2)
    assert [failure.code for failure in failures] == ["wrong-state"]
    assert events("registry.import.started") == 1


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_started_and_discarded_in_the_same_second_it_is_one_of_the_two() -> None:
    cast = build_cast()
    for number in range(4):
        run = drafted(cast, table(f"m{number},1,x"))
        failures = at_once([lambda run=run: actions.start(run=run, by=cast.author), lambda run=run: runs.discard(run)])
        kept = ImportRun.objects.filter(pk=run.pk).first()
        if kept:
            assert (failures, kept.state, kept.rows.count()) == ([], "running", 1)
        else:
            assert [failure.code for failure in failures] == ["discarded"]
    assert events("registry.import.started") == ImportRun.objects.count()


def test_somebody_elses_import_is_not_there_and_an_administrator_only_looks_on(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    addresses = [reverse(f"registry:import_{name}", args=[run.pk]) for name in ("detail", "discard", "download")]
    start = reverse("registry:import_start", args=[run.pk])
    for other in (cast.colleague, cast.technical, cast.auditor):
        browser = signed_in(other)
        assert [browser.get(address).status_code for address in addresses] == [404] * 3
        assert browser.post(start).status_code == 404
        assert list(browser.get(reverse("registry:import_list")).context["lines"]) == []
    admin = signed_in(cast.admin)
    page = admin.get(page_of(run)).content.decode()
    assert "Author read this in and has not started it" in page
    assert "Import 2 models" not in page
    assert "Not started" in admin.get(reverse("registry:import_list")).content.decode()
    assert started(admin, run).status_code == 403
    assert admin.post(addresses[1]).status_code == 403
    run.refresh_from_db()
    assert run.state == "draft"


def test_an_administrator_sees_what_comes_in_with_the_rights_of_who_read_it(cast: Cast) -> None:
    people.create_team(slug="lending", name="Lending", by=Person.objects.system())
    run = drafted(cast, table("a,Lending", columns="name,team"))
    assert signed_in(cast.admin).get(page_of(run)).context["counts"] == {"refused": 1}


def test_who_may_import_nothing_hears_what_it_takes(cast: Cast) -> None:
    browser = signed_in(cast.technical)
    answer = browser.get(BEGIN)
    assert answer.status_code == 403
    assert "Importing takes the role Data scientist" in answer.content.decode()
    assert "Data scientists import for their own teams" in browser.get(reverse("registry:import_list")).content.decode()


def test_an_administrator_without_any_team_is_told_to_add_one(db: None) -> None:
    admin = builders.build_person("admin", "admin")
    assert not Team.objects.exists()
    page = signed_in(admin).get(BEGIN)
    assert page.status_code == 200
    assert "There is no team yet" in page.content.decode()
    assert reverse("governance:team_create") in page.content.decode()


def test_discarding_asks_first_and_leaves_what_has_begun(cast: Cast) -> None:
    browser = signed_in(cast.author)
    run, begun = uploaded(browser, cast), uploaded(browser, cast)
    discard = reverse("registry:import_discard", args=[run.pk])
    assert "Keep it" in browser.get(discard).content.decode()
    assert ImportRun.objects.filter(pk=run.pk).exists()
    assert browser.post(discard)["Location"] == reverse("registry:import_list")
    assert not ImportRun.objects.filter(pk=run.pk).exists()
    assert browser.post(discard).status_code == 404
    started(browser, begun)
    for ask in (browser.get, browser.post):
        answer = ask(reverse("registry:import_discard", args=[begun.pk]), follow=True)
        assert "It has begun, so it stays" in answer.content.decode()
    assert begun.rows.count() == 4


# While it runs


def test_it_says_how_far_it_is_without_a_script(cast: Cast) -> None:
    run = drafted(cast, table(*(f"m{number},1,x" for number in range(3))))
    actions.start(run=run, by=cast.author)
    runs.go_on(run, seconds=0)
    page = signed_in(cast.author).get(page_of(run)).content.decode()
    assert "1 of 3 rows are settled" in page
    assert '<progress class="progress__bar" max="3" value="1"' in page
    assert "Show how far it is now" in page
    assert "data-running" in page
    assert "No worker was seen at it" not in page
    assert 'http-equiv="refresh"' not in page


def test_a_run_that_nobody_is_at_says_so(cast: Cast) -> None:
    run = actions.start(run=drafted(cast, INVENTORY), by=cast.author)
    ImportRun.objects.filter(pk=run.pk).update(started_at=run.started_at - 2 * runs.FORGOTTEN)
    page = signed_in(cast.author).get(page_of(run)).content.decode()
    assert "No worker was seen at it for a while" in page


# The refused rows


def saved(answer: Any) -> bytes:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content)


TRICKY = table(
    '"=HYPERLINK(""http://evil.example"")",1,nodigest,-0.5,@risk',
    "+44 scorer,,d,9,",
    f"Plain,2,nodigest,0.5,{'long ' * 80}",
    "模型,1,,,",
    "Loose,1,,,a,b",
    "Good,1,,,",
    columns="name,version,artifact_sha256,metric:loss,purpose",
)


@pytest.mark.parametrize("begun", [False, True])
def test_refused_rows_are_handed_out_harmless_and_read_again_the_same(cast: Cast, begun: bool) -> None:
    run = drafted(cast, TRICKY)
    if begun:
        actions.start(run=run, by=cast.author)
        runs.go_on(run)
    content = saved(signed_in(cast.author).get(reverse("registry:import_download", args=[run.pk])))
    header, *lines = spreadsheet.reader(io.StringIO(content.decode("utf-8-sig")))
    assert header == ["name", "version", "purpose", "artifact_sha256", "metric:loss", "problems", ""]
    assert [line[0] for line in lines] == [
        '\'=HYPERLINK("http://evil.example")',
        "'+44 scorer",
        "Plain",
        "模型",
        "Loose",
    ]
    assert not [cell for line in lines for cell in line if cell.startswith(FORMULA_STARTS)]
    assert "artifact_sha256: A SHA-256 digest has 64 hexadecimal digits." in lines[0][5]
    refused = [candidate for candidate in csv.read(TRICKY, "x").candidates if candidate.problems]
    again = csv.read(content, "refused.csv").candidates
    assert [candidate.given for candidate in again] == [candidate.given for candidate in refused]
    assert [fields(candidate) for candidate in again] == [fields(candidate) for candidate in refused]


def fields(candidate: Candidate) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in candidate.problems]


def test_a_mended_file_is_imported_and_nothing_comes_twice(cast: Cast) -> None:
    browser = signed_in(cast.author)
    run = imported(cast, INVENTORY)
    content = saved(browser.get(reverse("registry:import_download", args=[run.pk])))
    mended = uploaded(browser, cast, content.replace("模型".encode(), b"Moxing"))
    started(browser, mended)
    tasks.go_on_with_import(mended.pk)
    assert outcomes(mended) == ["model"]
    assert AIModel.objects.get(name="moxing").purpose == "No such name."


def test_refused_rows_of_a_server_can_be_mended_as_a_table_too(cast: Cast) -> None:
    builders.build_model(cast, name="readmission-30d")
    browser = signed_in(cast.author)
    browser.post(f"{BEGIN}?source=sagemaker", given(cast, file=file(EXPORT.read_bytes(), "export.json")))
    run = ImportRun.objects.get()
    content = saved(browser.get(reverse("registry:import_download", args=[run.pk])))
    mended = uploaded(browser, cast, content.replace(b"readmission-30d,", b"Readmission again,"))
    lines = browser.get(page_of(mended)).context["lines"]
    mended_ones = [(line.slug, line.number, line.outcome) for line in lines if line.slug != "bed-demand"]
    assert mended_ones == [("readmission-again", 1, "model"), ("readmission-again", 2, "version")]


def test_a_row_that_broke_is_shown_and_handed_out_all_the_same(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    actions.start(run=run, by=cast.author)
    broken = run.rows.first()
    broken.candidate = {"no": "candidate"}
    broken.save()
    runs.go_on(run)
    browser = signed_in(cast.author)
    assert "Gatehouse failed at this row" in browser.get(page_of(run)).content.decode()
    assert b"Gatehouse failed at this row" in saved(browser.get(reverse("registry:import_download", args=[run.pk])))


# An MLflow server

TOKEN = "mlflow-token-that-nobody-keeps"


def test_a_server_is_read_with_a_token_that_is_kept_nowhere(
    cast: Cast, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = signed_in(cast.author)
    with mlflow_server(token=TOKEN) as server:
        settings.IMPORT_MLFLOW_HOSTS = [server.host]
        answer = browser.post(f"{BEGIN}?source=mlflow", given(cast, address=server.address, token=TOKEN))
        wrong = browser.post(f"{BEGIN}?source=mlflow", given(cast, address=server.address, token=f"{TOKEN}-not"))
    assert answer.status_code == 302
    run = ImportRun.objects.get()
    assert (run.source, run.name) == ("mlflow", server.address)
    assert wrong.status_code == 422
    assert "The server turns us away" in str(wrong.context["form"].errors["token"])
    started(browser, run)
    tasks.go_on_with_import(run.pk)
    assert AIModel.objects.filter(name="credit-scoring").exists()
    said = wrong.content.decode() + browser.get(page_of(run)).content.decode() + caplog.text
    assert TOKEN not in said
    assert TOKEN not in everything_kept()


def everything_kept() -> str:
    """Every row of every table, and every session."""
    rows = [str(row) for model in apps.get_models(include_auto_created=True) for row in model._base_manager.values()]
    return "\n".join([*rows, *(json.dumps(session.get_decoded()) for session in Session.objects.all())])


def test_the_search_for_the_token_would_find_one(cast: Cast) -> None:
    drafted(cast, table(f"{TOKEN},1,x"))
    assert TOKEN in everything_kept()


def test_a_server_is_read_twice_and_makes_everything_once(cast: Cast, settings: Any) -> None:
    browser = signed_in(cast.author)
    counts = []
    with mlflow_server() as server:
        settings.IMPORT_MLFLOW_HOSTS = [server.host]
        for _ in range(2):
            browser.post(f"{BEGIN}?source=mlflow", given(cast, address=server.address))
            run = ImportRun.objects.latest("pk")
            counts.append(browser.get(page_of(run)).context["counts"])
            started(browser, run)
            tasks.go_on_with_import(run.pk)
    assert counts == [{"model": 4, "version": 1, "refused": 1}, {"there": 5, "refused": 1}]


def test_no_host_is_asked_that_no_operator_named(cast: Cast, settings: Any) -> None:
    browser = signed_in(cast.author)
    with mlflow_server() as server:
        page = browser.get(f"{BEGIN}?source=mlflow").content.decode()
        assert "No MLflow server may be asked from here yet" in page
        assert "IMPORT_MLFLOW_HOSTS" in page
        assert 'name="address"' not in page
        answer = browser.post(f"{BEGIN}?source=mlflow", given(cast, address=server.address))
        assert answer.status_code == 422
        settings.IMPORT_MLFLOW_HOSTS = ["mlflow.example.org"]
        answer = browser.post(f"{BEGIN}?source=mlflow", given(cast, address=server.address))
        assert "Gatehouse may ask mlflow.example.org" in str(answer.context["form"].errors["address"])
        assert server.asked == []


def test_a_page_waits_no_longer_than_it_says(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MLFLOW_SECONDS", 0.3)
    with mlflow_server() as server:
        settings.IMPORT_MLFLOW_HOSTS = [server.host]
        server.answer = dripping
        answer = signed_in(cast.author).post(f"{BEGIN}?source=mlflow", given(cast, address=server.address))
    assert answer.status_code == 422
    assert "It takes longer than a page can wait" in str(answer.context["form"].errors["address"])


@pytest.mark.parametrize("token", ["two words", "tok\u202een", "line\nbreak", "x" * 5000])
def test_what_is_no_token_is_sent_to_nobody(cast: Cast, settings: Any, token: str) -> None:
    with mlflow_server() as server:
        settings.IMPORT_MLFLOW_HOSTS = [server.host]
        answer = signed_in(cast.author).post(f"{BEGIN}?source=mlflow", given(cast, address=server.address, token=token))
        assert server.asked == []
    assert set(answer.context["form"].errors) == {"token"}


def test_another_source_is_not_there(cast: Cast) -> None:
    assert signed_in(cast.author).get(f"{BEGIN}?source=excel").status_code == 404


# Where one finds it


def test_the_list_shows_ones_own_with_what_became_of_them(cast: Cast) -> None:
    browser = signed_in(cast.author)
    empty = browser.get(reverse("registry:import_list")).content.decode()
    assert "Nothing was imported yet" in empty
    assert BEGIN in empty
    imported(cast, INVENTORY)
    drafted(cast, INVENTORY)
    drafted(cast, INVENTORY, by=cast.colleague)
    lines = browser.get(reverse("registry:import_list")).context["lines"]
    assert [(line.run.state, line.total, dict(line.counts)) for line in lines] == [
        ("draft", 4, {"pending": 4}),
        ("finished", 4, {"model": 2, "version": 1, "refused": 1}),
    ]
    assert len(signed_in(cast.admin).get(reverse("registry:import_list")).context["lines"]) == 3


def test_many_imports_are_paged(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_DRAFTS", 100)
    for _ in range(30):
        drafted(cast, table("a,1,x"))
    browser = signed_in(cast.author)
    first = browser.get(reverse("registry:import_list"))
    second = browser.get(reverse("registry:import_list") + first.context["page"].next_url)
    assert [len(page.context["lines"]) for page in (first, second)] == [25, 5]
    assert first.context["page"].count == "30 imports"


def test_the_models_page_leads_to_it_those_who_may(cast: Cast) -> None:
    models = reverse("registry:model_list")
    assert BEGIN in signed_in(cast.author).get(models).content.decode()
    assert BEGIN in signed_in(cast.admin).get(models).content.decode()
    assert BEGIN not in signed_in(cast.technical).get(models).content.decode()


def test_the_first_steps_lead_to_it_those_who_may(cast: Cast) -> None:
    assert BEGIN in signed_in(cast.author).get("/").content.decode()
    assert BEGIN in signed_in(cast.admin).get("/").content.decode()
    assert BEGIN not in signed_in(cast.auditor).get("/").content.decode()


@pytest.mark.parametrize("address", ["registry:model_detail", "governance:version_detail"])
def test_what_was_imported_says_from_where_when_and_by_whom(cast: Cast, address: str) -> None:
    browser = signed_in(cast.technical)
    page = browser.get(page_about(imports.imported_version(cast), address)).content.decode()
    assert "Where it came from" in page
    assert "csv:/Credit Scoring" in page
    by_hand = browser.get(page_about(builders.build_version(cast), address)).content.decode()
    assert "Where it came from" not in by_hand


@pytest.mark.parametrize("address", ["registry:model_detail", "governance:version_detail"])
def test_it_leads_to_its_import_those_who_see_that(cast: Cast, address: str) -> None:
    version = imports.imported_version(cast)
    page, run = page_about(version, address), page_of(ImportRun.objects.get())

    def is_led_there(person: Person) -> bool:
        return run in signed_in(person).get(page).content.decode()

    assert [is_led_there(person) for person in (cast.author, cast.admin, cast.colleague)] == [True, True, False]


def page_about(version: ModelVersion, address: str) -> str:
    name = version.model.name
    return reverse(address, args=[name, version.number] if address.startswith("governance") else [name])


def test_many_rows_are_settled_in_few_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    content = table(
        *(f"m{number},1,x,nodigest" for number in range(400)),
        "good,1,x,",
        columns="name,version,purpose,artifact_sha256",
    )
    run = drafted(cast, content)
    with django_assert_max_num_queries(35):
        actions.start(run=run, by=cast.author)
    assert outcomes(run) == ["refused"] * 400 + ["pending"]
    assert not connection.needs_rollback
