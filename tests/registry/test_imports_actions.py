"""What an import makes: once, by whom it may, row by row, whoever else imports in the same second."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from audit import refusals, verify
from audit.models import Event
from registry import tasks
from registry.actions import imports as actions
from registry.actions import people
from registry.imports import csv, runs
from registry.models import AIModel, ImportRow, ImportRun, ModelVersion, Origin, Person
from tests import builders, imports
from tests.builders import Cast, build_cast
from tests.imports import codes, drafted, imported, outcomes, table
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

INVENTORY = table("Credit Scoring,1,Scores credit.", "Credit Scoring,2,", "Churn,v7,Who leaves.", "Idle,,Not used yet.")


def named() -> list[tuple[str, int]]:
    return list(ModelVersion.objects.order_by("model__name", "number").values_list("model__name", "number"))


def test_models_and_versions_arrive_with_an_event_each(cast: Cast) -> None:
    run = imported(cast, INVENTORY)
    assert outcomes(run) == ["model", "version", "model", "model"]
    assert named() == [("churn", 7), ("credit-scoring", 1), ("credit-scoring", 2)]
    model = AIModel.objects.get(name="credit-scoring")
    assert (model.tier, model.owner, model.team, model.registered_by) == (None, cast.author, cast.team, cast.author)
    assert Origin.objects.get(model=model, version=None).reference == "csv:/Credit Scoring"
    kinds = list(Event.objects.filter(kind__contains="import").order_by("pk").values_list("kind", flat=True))
    assert kinds.count("registry.model.imported") == 3
    assert kinds.count("registry.version.imported") == 3
    assert (kinds[0], kinds[-1]) == ("registry.import.started", "registry.import.finished")
    facts = Event.objects.get(kind="registry.import.finished").facts
    assert (facts["made"], facts["outcomes"]) == (4, {"model": 3, "version": 1})
    assert verify.rows_as_recorded().fault is None


def test_a_draft_changes_nothing(cast: Cast) -> None:
    before = Event.objects.count()
    run = drafted(cast, INVENTORY)
    assert [plan.outcome for plan in runs.preview(run, cast.author)] == ["model", "version", "model", "model"]
    runs.discard(run)
    assert (Event.objects.count(), ImportRun.objects.count(), AIModel.objects.count()) == (before, 0, 0)


def test_what_came_once_does_not_come_again(cast: Cast) -> None:
    imported(cast, INVENTORY)
    before = named()
    with pytest.raises(ValidationError) as refusal:
        imported(cast, INVENTORY)
    assert refusals.codes(refusal.value) == ["nothing-new"]
    more = imported(cast, INVENTORY + b"\nCredit Scoring,3,")
    assert outcomes(more) == ["there"] * 4 + ["version"]
    assert named() == sorted([*before, ("credit-scoring", 3)])


def test_a_name_in_use_is_no_place_for_another_model(cast: Cast) -> None:
    builders.build_model(cast, name="churn")
    run = imported(cast, table("Churn,1,x", "Other,1,x", "other,1,x", "Other,1,x"))
    assert codes(run) == [[("name", "name-taken")], [], [("name", "name-taken")], [("name", "given-twice")]]
    assert outcomes(run) == ["refused", "model", "refused", "refused"]


def test_numbers_stay_and_words_get_the_next(cast: Cast) -> None:
    run = drafted(cast, table("m,2026-beta,x", "m,5,", "m,v2,", "m,gold,"))
    assert [plan.number for plan in runs.preview(run, cast.author)] == [6, 5, 2, 7]
    actions.start(run=run, by=cast.author)
    runs.go_on(run)
    assert named() == [("m", 2), ("m", 5), ("m", 6), ("m", 7)]
    assert Origin.objects.get(version__number=6).name == "2026-beta"
    later = imported(cast, table("m,6,x", "m,8,"))
    assert codes(later) == [[("version", "number-taken")], []]


def test_owner_and_team_are_found_by_what_people_call_them(cast: Cast) -> None:
    lines = ("a,COLLEAGUE,Clinical ML", "b,technical@example.org,clinical-ml", "c,Nobody,Nowhere", "d,stranger,")
    run = drafted(cast, table(*lines, columns="name,owner,team"))
    plans = runs.preview(run, cast.author)
    assert [plan.owner.name for plan in plans] == ["Colleague", "Technical", "Author", "Author"]
    assert [len(plan.notes) for plan in plans] == [0, 0, 2, 1]


def test_an_author_imports_for_their_own_team_only_and_an_administrator_for_all(cast: Cast) -> None:
    people.create_team(slug="lending", name="Lending", by=Person.objects.system())
    content = table("a,Lending", "b,Clinical ML", columns="name,team")
    assert codes(imported(cast, content)) == [[("team", "team-not-yours")], []]
    assert outcomes(imported(cast, content, by=cast.admin)) == ["model", "there"]


@pytest.mark.parametrize("name", ["technical", "auditor", "pipeline", "stranger"])
def test_others_import_nothing(cast: Cast, name: str) -> None:
    run = drafted(cast, INVENTORY, by=getattr(cast, name))
    with pytest.raises(PermissionDenied):
        actions.start(run=run, by=run.by)
    assert not AIModel.objects.exists()


def test_who_loses_the_right_meanwhile_brings_nothing_more_in(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    actions.start(run=run, by=cast.author)
    runs.go_on(run, seconds=0)
    people.deactivate(person=cast.author, reason="Left.", by=cast.admin)
    assert runs.go_on(run)
    assert outcomes(run) == ["model", "refused", "refused", "refused"]


def test_an_import_begins_once(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    actions.start(run=run, by=cast.author)
    with pytest.raises(ValidationError) as refusal:
        actions.start(run=run, by=cast.author)
    assert refusals.codes(refusal.value) == ["wrong-state"]
    runs.discard(run)
    assert ImportRun.objects.filter(pk=run.pk).exists()


def test_an_import_goes_on_where_it_was_left(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    actions.start(run=run, by=cast.author)
    assert not runs.go_on(run, seconds=0)
    assert outcomes(run) == ["model", "pending", "pending", "pending"]
    tasks.go_on_with_import(run.pk)
    run.refresh_from_db()
    assert (run.state, outcomes(run)) == ("finished", ["model", "version", "model", "model"])
    tasks.go_on_with_import(run.pk)
    assert Event.objects.filter(kind="registry.import.finished").count() == 1


def test_the_sweep_finds_what_nobody_is_at_and_drops_what_nobody_came_back_to(cast: Cast, monkeypatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(tasks.go_on_with_import, "delay", woken.append)
    forgotten = drafted(cast, INVENTORY)
    ImportRun.objects.filter(pk=forgotten.pk).update(created_at=forgotten.created_at - runs.FORGOTTEN * 2)
    fresh, running = drafted(cast, INVENTORY), drafted(cast, INVENTORY)
    actions.start(run=running, by=cast.author)
    tasks.resume_imports()
    assert woken == [running.pk]
    assert set(ImportRun.objects.values_list("pk", flat=True)) == {fresh.pk, running.pk}
    runs.go_on(running, seconds=0)
    tasks.resume_imports()
    assert woken == [running.pk]


def test_a_row_that_breaks_holds_up_no_other(cast: Cast) -> None:
    run = drafted(cast, INVENTORY)
    actions.start(run=run, by=cast.author)
    broken = run.rows.first()
    broken.candidate = {"no": "candidate"}
    broken.save()
    assert runs.go_on(run)
    assert codes(run)[0] == [("", "failed")]
    assert outcomes(run)[1:] == ["model", "model", "model"]


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_in_the_same_second_make_everything_once() -> None:
    cast = build_cast()
    content = table(*(f"model {number % 4},{number},x" for number in range(1, 13)))
    both = [drafted(cast, content, by=by) for by in (cast.author, cast.colleague)]
    for run in both:
        actions.start(run=run, by=run.by)
    assert at_once([lambda run=run: runs.go_on(run) for run in both]) == []
    assert len(named()) == 12
    assert AIModel.objects.count() == 4
    made = ImportRow.objects.filter(outcome__in=["model", "version"]).count()
    assert made == 12
    assert ImportRow.objects.filter(outcome="there").count() == 12


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_import_make_everything_once() -> None:
    cast = build_cast()
    run = drafted(cast, table(*(f"model {number % 4},{number},x" for number in range(1, 13))))
    actions.start(run=run, by=cast.author)
    assert at_once([lambda: runs.go_on(ImportRun.objects.get(pk=run.pk))] * 3) == []
    assert sorted(outcomes(run)) == ["model"] * 4 + ["version"] * 8
    assert Event.objects.filter(kind="registry.import.finished").count() == 1
    assert not connection.in_atomic_block


def test_a_thousand_rows_are_planned_in_as_many_statements_as_one(cast: Cast, django_assert_max_num_queries) -> None:
    run = drafted(
        cast, table(*(f"m{number},1,x,author" for number in range(1000)), columns="name,version,purpose,owner")
    )
    with django_assert_max_num_queries(10):
        assert len(runs.preview(run, cast.author)) == 1000


def test_a_csv_of_unusual_size_stays_within_bounds(cast: Cast) -> None:
    details = csv.read(table("m," + "x" * 5000, columns="name,tag:long"), "x.csv").candidates[0].details
    assert len(details["tags"]["long"]) == 1000
    assert imports.imported_version(cast).hyperparameters == {"depth": "6"}
