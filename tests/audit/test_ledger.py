"""The one write path: a change and its event commit together or not at all, and nothing changes beside it."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.deletion import Collector
from django.db.utils import DatabaseError
from django.test import TransactionTestCase
from django.utils import timezone

from approvals import places
from approvals.actions import comments
from approvals.models import CommentMention
from audit import canonical, guards, keys, kinds, ledger, names, refusals, rows, telemetry, tree, turns, verify
from audit.governed import governed_models
from audit.ledger import Ungoverned
from audit.models import Event, OutboxMessage, RefusalTally, WaitingEvent
from registry.actions import cards, people, use_cases
from registry.models import AIModel, ApiToken, ModelCard, Person, Team, UseCase
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.mails import reached
from tests.snapshots import Baseline
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def newest() -> Event:
    return Event.objects.order_by("-id")[0]


def test_an_event_tells_who_what_and_which_rows(cast: Cast) -> None:
    model = builders.build_model(cast)
    event = newest()
    assert (event.kind, event.actor, event.label) == ("registry.model.registered", cast.author.pk, model.name)
    assert event.subject == f"registry.aimodel:{model.pk}"
    assert {row["table"] for row in event.rows} == {"registry_aimodel", "registry_riskassessment"}
    assert all(len(row["digest"]) == 64 and row["change"] == "created" for row in event.rows)
    assert not keys.Ring().fault(bytes(event.canonical), bytes(event.mac), event.key_id)


class TestRowsWrittenTogether:
    def mentions(self, cast: Cast, *people: Person) -> list[CommentMention]:
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        comment = comments.write(review=review, place=places.WHOLE, text="Look.", by=cast.technical)
        return [CommentMention(comment=comment, person=person) for person in people]

    def written(self, cast: Cast, *mentions: CommentMention) -> None:
        with ledger.entry("approvals.comment.written", by=cast.technical, subject=cast.technical):
            CommentMention.create_all(mentions)

    def test_each_is_in_the_event_and_has_a_history_of_its_own(self, cast: Cast) -> None:
        mentions = self.mentions(cast, cast.business, cast.compliance)
        self.written(cast, *mentions)
        told = newest().rows
        assert [row["key"] for row in told] == [str(each.pk) for each in mentions]
        assert {row["change"] for row in told} == {"created"} and len({row["history"] for row in told}) == 2
        histories = CommentMention.history.order_by("pk")
        assert [each.person_id for each in histories] == [cast.business.pk, cast.compliance.pk]
        assert {each.history_user_id for each in histories} == {cast.technical.pk}
        assert verify.rows_as_recorded().fault is None

    def test_none_is_nothing(self, cast: Cast) -> None:
        self.written(cast)
        assert newest().rows == []

    def test_only_within_an_entry(self, cast: Cast) -> None:
        with pytest.raises(Ungoverned):
            CommentMention.create_all(self.mentions(cast, cast.business))

    def test_only_what_is_new(self, cast: Cast) -> None:
        mentions = self.mentions(cast, cast.business)
        self.written(cast, *mentions)
        with pytest.raises(Ungoverned):
            self.written(cast, *mentions)

    def test_all_or_none(self, cast: Cast) -> None:
        with pytest.raises(ledger.Conflict):
            self.written(cast, *self.mentions(cast, cast.business, cast.compliance, cast.business))
        assert not CommentMention.objects.exists()

    def test_what_a_field_refuses_is_refused(self, cast: Cast) -> None:
        mentions = self.mentions(cast, cast.business)
        mentions[0].person = None
        with pytest.raises(ValidationError):
            self.written(cast, *mentions)


def test_events_about_one_subject_are_numbered_without_a_gap(cast: Cast) -> None:
    version = builders.build_version(cast)
    for revision in range(3):
        builders.write_card(cast, version, seen_revision=revision, overview=f"Revision {revision}")
    numbers = list(Event.objects.about(version).order_by("id").values_list("subject_number", flat=True))
    assert numbers == [1, 2, 3, 4]


def test_an_event_is_listed_under_its_model(cast: Cast) -> None:
    version = builders.build_version(cast)
    kinds_of_model = Event.objects.in_stream(version.model).values_list("kind", flat=True)
    assert set(kinds_of_model) == {"registry.model.registered", "registry.version.registered"}


STEPS_OF_WRITING = [
    (rows, "remember"),
    (rows, "digests"),
    (rows, "history"),
    (turns, "take"),
    (canonical, "plain"),
    (canonical, "encode"),
    (keys, "sign"),
    (Event, "save"),
    (tree, "enqueue"),
    (names, "keep"),
    (telemetry, "count_event"),
]


@pytest.mark.parametrize(("owner", "step"), STEPS_OF_WRITING, ids=[step for _, step in STEPS_OF_WRITING])
def test_when_the_event_cannot_be_written_nothing_else_was(cast: Cast, owner: Any, step: str) -> None:
    before = Baseline.now()
    for act in (
        lambda: people.create_team(slug="other", name="Other", by=cast.admin),
        lambda: builders.build_model(cast, name="other", owner=cast.author),
    ):
        with (
            mock.patch.object(owner, step, side_effect=OSError("disk full")),
            pytest.raises(OSError, match="disk full"),
        ):
            act()
        assert Baseline.now() == before


def test_when_the_inner_event_is_the_last_that_can_be_written_nothing_was(cast: Cast) -> None:
    version = builders.ready_version(cast)
    before = Baseline.now()
    signed = [keys.sign(b"inner"), OSError("disk full")]
    with mock.patch.object(keys, "sign", side_effect=signed), pytest.raises(OSError, match="disk full"):
        builders.ask_for_review(cast, version)
    assert Baseline.now() == before


def test_an_inner_entry_names_the_outer_as_its_cause(cast: Cast) -> None:
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    outer = newest()
    inner = Event.objects.get(kind="approvals.review.opened")
    assert outer.kind == "approvals.review.submitted"
    assert inner.cause == outer.uid
    assert outer.cause is None


def test_a_governed_row_cannot_be_saved_outside_an_entry(cast: Cast) -> None:
    with pytest.raises(Ungoverned):
        cast.team.save()
    with pytest.raises(Ungoverned):
        cast.team.delete()


def test_a_row_that_was_not_locked_cannot_be_saved(cast: Cast) -> None:
    with ledger.entry("registry.team.created", by=cast.admin), pytest.raises(Ungoverned):
        Team.objects.get(pk=cast.team.pk).save()


def test_a_row_read_before_somebody_locked_it_cannot_be_saved(cast: Cast) -> None:
    stale = Team.objects.get(pk=cast.team.pk)
    with ledger.entry("registry.team.created", by=cast.admin, subject=stale) as entry:
        locked = entry.lock_one(stale)
        locked.name = "Newer"
        locked.save()
        locked.save()
        for write in (stale.save, stale.delete):
            with pytest.raises(Ungoverned):
                write()
    with ledger.entry("registry.team.created", by=cast.admin), pytest.raises(Ungoverned):
        locked.save()


@pytest.mark.parametrize(
    "write",
    [
        lambda team: team.save_base(),
        lambda team: team.save_base(raw=True),
        lambda team: next(serializers.deserialize("json", serializers.serialize("json", [team]))).save(),
        lambda team: _collected(team).delete(),
    ],
)
def test_a_write_past_save_and_delete_is_refused_even_inside_an_entry(cast: Cast, write: Any) -> None:
    with ledger.entry("registry.team.created", by=cast.admin) as entry:
        team = entry.lock_one(cast.team)
        with pytest.raises(Ungoverned), transaction.atomic():
            write(team)


def _collected(row: Any) -> Collector:
    collector = Collector(using="default", origin=row)
    collector.add([row])
    return collector


@pytest.mark.parametrize(
    "write",
    [
        lambda teams: teams.update(name="x"),
        lambda teams: teams.delete(),
        lambda teams: Team.objects.bulk_create([Team(slug="a", name="a")]),
        lambda teams: Team.objects.bulk_update(list(teams), ["name"]),
        lambda teams: teams._raw_delete("default"),
    ],
)
def test_every_bulk_write_is_refused_even_inside_an_entry(cast: Cast, write: Any) -> None:
    with ledger.entry("registry.team.created", by=cast.admin), pytest.raises(Ungoverned):
        write(Team.objects.all())


def test_a_partial_or_computed_save_is_refused(cast: Cast) -> None:
    with ledger.entry("registry.team.created", by=cast.admin) as entry:
        team = entry.lock_one(cast.team)
        with pytest.raises(Ungoverned):
            team.save(update_fields=["name"])
        team.name = F("slug")
        with pytest.raises(Ungoverned):
            team.save()
        entry.lock(Team.objects.filter(pk=team.pk))
        with pytest.raises(Ungoverned):
            Team.objects.only("id").get(pk=team.pk).save()


def test_history_cannot_be_switched_off(cast: Cast, settings: Any) -> None:
    settings.SIMPLE_HISTORY_ENABLED = False
    with pytest.raises(RuntimeError, match="without a history row"):
        people.create_team(slug="other", name="Other", by=cast.admin)
    settings.SIMPLE_HISTORY_ENABLED = True
    with ledger.entry("registry.team.created", by=cast.admin) as entry:
        team = entry.lock_one(cast.team)
        with pytest.raises(Ungoverned):
            team.save_without_historical_record()


def test_names_of_people_are_in_no_event_and_no_history(cast: Cast) -> None:
    assert not {"name", "username", "email", "password"} & {f.name for f in Person.history.model._meta.fields}
    for event in Event.objects.filter(subject__startswith="registry.person:"):
        assert b"author@example.org" not in bytes(event.canonical)
        assert b"Author" not in bytes(event.canonical)


def test_a_password_can_be_saved_alone_and_leaves_no_history(cast: Cast) -> None:
    before = cast.author.history.count()
    people.change_password(person=cast.author, password="a long enough secret 7", by=cast.author)
    assert Person.objects.get(pk=cast.author.pk).check_password("a long enough secret 7")
    assert cast.author.history.count() == before
    assert newest().kind == "registry.person.password_changed"


def test_an_inactive_person_and_an_ended_token_act_no_more(cast: Cast) -> None:
    pipeline = builders.with_token(cast.pipeline, "register")
    with ledger.entry("registry.person.created", by=Person.objects.system()) as entry:
        token = entry.lock_one(pipeline.token)
        token.revoked_at = timezone.now()
        token.save()
        author = entry.lock_one(cast.author)
        author.is_active = False
        author.save()
    for actor in (pipeline, cast.author):
        with pytest.raises(PermissionDenied):
            builders.build_model(cast, by=actor)


class TestRefusals:
    def test_a_refused_attempt_is_written_down_with_its_codes(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        with pytest.raises(ValidationError):
            builders.ask_for_review(cast, version)
        event = newest()
        assert event.kind == "approvals.review.submitted.refused"
        assert event.facts == {"codes": ["card-incomplete", "evaluation-missing"], "times": 1}
        assert event.rows == []

    def test_the_same_refusal_is_written_once_a_minute_with_a_count(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        for _ in range(3):
            with pytest.raises(ValidationError):
                builders.ask_for_review(cast, version)
        refused = Event.objects.filter(kind="approvals.review.submitted.refused")
        assert refused.count() == 1
        RefusalTally.objects.update(written_at=timezone.now() - refusals.WINDOW)
        with pytest.raises(ValidationError):
            builders.ask_for_review(cast, version)
        assert [event.facts["times"] for event in refused.order_by("id")] == [1, 3]

    def test_a_stranger_s_attempt_is_written_under_their_name(self, cast: Cast) -> None:
        with pytest.raises(PermissionDenied):
            builders.build_model(cast, by=cast.stranger)
        assert (newest().actor, newest().facts["codes"]) == (cast.stranger.pk, ["permission-denied"])
        assert not AIModel.objects.exists()


class TestVerify:
    def test_a_whole_ledger_is_proved_whole(self, cast: Cast) -> None:
        builders.deployed_version(cast, "high")
        assert verify.events_whole() == verify.Proof(Event.objects.count())
        proof = verify.rows_as_recorded()
        assert proof.fault is None
        assert proof.count == sum(model._base_manager.count() for model in governed_models())

    def test_a_changed_event_is_named(self, cast: Cast) -> None:
        builders.build_version(cast)
        forged = Event.objects.get(kind="registry.model.registered")
        with past_the_guards("audit_event"):
            Event.objects.filter(pk=forged.pk).update(actor=cast.stranger.pk)
        fault = verify.events_whole().fault
        assert fault and f"event {forged.pk} " in fault.where and "columns differ" in fault.what

    def test_forged_bytes_are_found(self, cast: Cast) -> None:
        builders.build_version(cast)
        forged = Event.objects.get(kind="registry.model.registered")
        forged.reason = "because"
        with past_the_guards("audit_event"):
            Event.objects.filter(pk=forged.pk).update(reason="because", canonical=ledger.canonical_bytes(forged))
        fault = verify.events_whole().fault
        assert fault and "not those that were signed" in fault.what

    def test_a_removed_event_is_missed(self, cast: Cast) -> None:
        version = builders.build_version(cast)
        for revision in range(2):
            builders.write_card(cast, version, seen_revision=revision, overview=f"Revision {revision}")
        middle = Event.objects.about(version).get(subject_number=2)
        with past_the_guards("audit_event"):
            Event.objects.filter(pk=middle.pk).delete()
        fault = verify.events_whole().fault
        assert str(fault) == f"event {middle.pk}, which waits for a place in the tree, is gone"

        WaitingEvent.objects.filter(pk=middle.pk).delete()
        fault = verify.events_whole().fault
        assert str(fault) == f"number 2 about registry.modelversion:{version.pk} is missing, though there are 3"

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("UPDATE registry_aimodel SET purpose = 'Something else'", "differs from what the ledger last recorded"),
            ("DELETE FROM registry_rolegrant", "is gone, and no event says that it was deleted"),
            (
                "INSERT INTO registry_team (slug, name) VALUES ('ghost', 'Ghost')",
                "is in the database, but no event tells of it",
            ),
        ],
    )
    def test_a_row_changed_past_the_portal_is_found_by_the_deep_proof(
        self, cast: Cast, statement: str, what: str
    ) -> None:
        builders.build_model(cast)
        with connection.cursor() as cursor:
            cursor.execute(statement)
        fault = verify.rows_as_recorded().fault
        assert fault and fault.what == what

    def test_a_deleted_row_that_comes_back_is_found(self, cast: Cast) -> None:
        with ledger.entry("registry.role.granted", by=cast.admin, subject=cast.auditor) as entry:
            (grant,) = entry.lock(cast.auditor.role_grants.all())
            key = grant.pk
            grant.delete()
        assert verify.rows_as_recorded().fault is None
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO registry_rolegrant (id, role, person_id) VALUES (%s, 'auditor', %s)",
                [key, cast.auditor.pk.hex if connection.vendor == "sqlite" else cast.auditor.pk],
            )
        fault = verify.rows_as_recorded().fault
        assert fault and "deleted" in fault.what

    def test_an_event_signed_with_a_key_that_is_not_here_is_named(self, cast: Cast) -> None:
        with past_the_guards("audit_event"):
            Event.objects.filter(pk=newest().pk).update(key_id="0009-deadbeef")
        fault = verify.events_whole().fault
        assert fault and fault.where == f"event {newest().pk}" and "key 0009-deadbeef" in fault.what

    @pytest.mark.parametrize("statement", ["DELETE FROM audit_rowshape", "UPDATE audit_rowshape SET columns = '[]'"])
    def test_a_row_whose_shape_is_gone_is_named(self, cast: Cast, statement: str) -> None:
        with past_the_guards("audit_rowshape"), connection.cursor() as cursor:
            cursor.execute(statement)
        fault = verify.rows_as_recorded().fault
        assert fault and "which is gone" in fault.what

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("UPDATE {table} SET fairness = 'We warned you' WHERE history_id = {first}", "differs"),
            ("UPDATE {table} SET history_type = '-' WHERE history_id = {first}", "differs"),
            ("UPDATE {table} SET history_type = 'x' WHERE history_id = {first}", "differs"),
            ("DELETE FROM {table} WHERE history_id = {first}", "is gone"),
            ("UPDATE {table} SET history_id = history_id + 1000 WHERE history_id = {first}", "is gone"),
            (
                "INSERT INTO {table} ({columns}) SELECT {moved} FROM {table} WHERE history_id = {first}",
                "is history that no event tells of",
            ),
        ],
    )
    def test_a_forged_history_is_found_by_the_deep_proof(self, cast: Cast, statement: str, what: str) -> None:
        version = builders.build_version(cast)
        for revision in range(2):
            builders.write_card(cast, version, seen_revision=revision, overview=f"Revision {revision}")
        history = ModelCard.history.model
        table, first = history._meta.db_table, history.objects.order_by("history_id")[0].history_id
        columns = [field.column for field in history._meta.concrete_fields]
        values = {"table": table, "first": first, "columns": ", ".join(columns)}
        values["moved"] = values["columns"].replace("history_id", "history_id + 1000")
        assert verify.rows_as_recorded().fault is None
        with past_the_guards(table), connection.cursor() as cursor:
            cursor.execute(statement.format(**values))
        fault = verify.rows_as_recorded().fault
        assert fault and what in fault.what
        assert table in fault.where and str(first) in fault.where

    def test_a_column_that_a_release_has_dropped_is_named_with_the_first_row_that_had_it(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        columns = [field for field in Team._governed_columns() if field.name != "slug"]
        monkeypatch.setattr(Team, "_governed_columns", lambda: columns)
        fault = verify.rows_as_recorded().fault
        assert str(fault) == f"registry_team {cast.team.pk} has a record of the column slug, which is gone"

    def test_a_table_that_a_release_has_dropped_is_named(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        others = [model for model in governed_models() if model is not Team]
        monkeypatch.setattr(verify.rows, "governed_models", lambda: others)
        fault = verify.rows_as_recorded().fault
        assert str(fault) == f"registry_team {cast.team.pk} is in the ledger, and its whole table is gone"

    @pytest.mark.parametrize(
        ("statement", "table"),
        [
            ("ALTER TABLE registry_modelcard DROP COLUMN overview", "registry_modelcard"),
            ("ALTER TABLE registry_historicalmodelcard DROP COLUMN overview", "registry_modelcard"),
            ("DROP TABLE registry_historicalmodelcard", "registry_modelcard"),
        ],
    )
    def test_a_column_or_a_table_that_somebody_has_dropped_is_a_finding(
        self, cast: Cast, statement: str, table: str
    ) -> None:
        builders.write_card(cast, builders.build_version(cast), overview="It sorts letters.")
        mark = transaction.savepoint()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")
            cursor.execute(statement)
        proof = verify.rows_as_recorded()
        transaction.savepoint_rollback(mark)
        assert proof.fault and proof.fault.where == table
        assert "cannot be read" in proof.fault.what

    def test_every_save_in_one_entry_is_recorded(self, cast: Cast) -> None:
        with ledger.entry("registry.team.created", by=cast.admin) as outer:
            team = outer.subject = outer.lock_one(cast.team)
            team.name = "First"
            team.save()
            with ledger.entry("registry.team.created", by=cast.admin, subject=team) as inner:
                team = inner.lock_one(team)
                team.name = "Second"
                team.save()
                team.name = "Third"
                team.save()
        records = [event.rows for event in Event.objects.order_by("-id")[:2]]
        assert [len(each) for each in records] == [1, 2]
        assert verify.rows_as_recorded().fault is None


@pytest.mark.django_db(transaction=True)
def test_the_proof_reads_one_moment_and_lets_others_write() -> None:
    cast = builders.build_cast()
    with verify.snapshot():
        before = Event.objects.count()
        failures = at_once([lambda: people.create_team(slug="other", name="Other", by=cast.admin)])
        assert (failures, Event.objects.count(), verify.rows_as_recorded().fault) == ([], before, None)
    said = io.StringIO()
    call_command("ledger_verify", deep=True, stdout=said)
    assert f"Whole: {before + 1} events, " in said.getvalue()


class TestKeys:
    @pytest.fixture(autouse=True)
    def folder(self, settings: Any, tmp_path: Path) -> Path:
        settings.LEDGER_KEYS = tmp_path
        return tmp_path

    def test_a_key_is_its_owner_s_alone_and_numbered_after_the_last(self, folder: Path) -> None:
        first, second = keys.create(), keys.create()
        (folder / f"ledger-{first}.key").unlink()
        third = keys.create()
        assert [each[:4] for each in (first, second, third)] == ["0001", "0002", "0003"]
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        assert keys.sign(b"x")[1] == third
        assert keys.ids() == {second, third}

    @pytest.mark.parametrize("text", ["", "ab", "z" * 64])
    def test_a_broken_key_is_refused(self, folder: Path, text: str) -> None:
        (folder / f"ledger-{keys.create()}.key").write_text(text)
        with pytest.raises(ImproperlyConfigured, match="holds no whole ledger key"):
            keys.sign(b"x")

    def test_a_key_that_others_can_read_is_refused(self, folder: Path) -> None:
        (folder / f"ledger-{keys.create()}.key").chmod(0o640)
        with pytest.raises(ImproperlyConfigured, match="chmod 600"):
            keys.exist()

    def test_a_key_of_another_name_is_refused(self, folder: Path) -> None:
        (folder / f"ledger-{keys.create()}.key").rename(folder / "ledger-copy.key")
        with pytest.raises(ImproperlyConfigured, match="no name of a ledger key"):
            keys.exist()

    def test_no_first_key_is_made_for_a_ledger_that_lost_its_own(self) -> None:
        assert Event.objects.exists()
        with pytest.raises(CommandError, match="Put the lost keys back"):
            call_command("ledger_key")
        assert not keys.exist()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET reason = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_rowshape SET \"table\" = 'x'",
        "DELETE FROM registry_historicalaimodel",
        "UPDATE approvals_historicaldecision SET rationale = 'x'",
    ],
)
def test_the_database_refuses_to_change_the_past(cast: Cast, statement: str) -> None:
    builders.approved_version(cast)
    with pytest.raises((IntegrityError, DatabaseError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_database_refuses_to_replace_the_past(cast: Cast) -> None:
    builders.build_model(cast)
    refused = (
        "TRUNCATE audit_event"
        if connection.vendor == "postgresql"
        else "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event LIMIT 1"
    )
    with pytest.raises((IntegrityError, DatabaseError), match="append-only"), transaction.atomic():
        connection.cursor().execute(refused)


@pytest.mark.parametrize("unique", [["uid"], ["subject", "subject_number"]])
def test_the_database_refuses_to_replace_an_event_by_any_unique_columns(cast: Cast, unique: list[str]) -> None:
    on_postgresql = connection.vendor == "postgresql"
    other = {
        "id": "id + 1000",
        "uid": "gen_random_uuid()" if on_postgresql else "hex(randomblob(16))",
        "subject_number": "subject_number + 1000",
    }
    columns = [field.column for field in Event._meta.concrete_fields]
    values = [column if column in unique else other.get(column, column) for column in columns]
    copy = (
        f"INTO audit_event ({', '.join(columns)}) SELECT {', '.join(values)} FROM audit_event WHERE id = {newest().pk}"
    )
    statement = (
        f"INSERT {copy} ON CONFLICT ({', '.join(unique)}) DO UPDATE SET reason = 'forged'"
        if on_postgresql
        else f"INSERT OR REPLACE {copy}"
    )
    with pytest.raises((IntegrityError, DatabaseError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


NEUTERED = {
    "postgresql": [
        [
            "CREATE OR REPLACE FUNCTION gatehouse_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NEW; END $$"
        ],
        ["ALTER TABLE audit_event DISABLE TRIGGER keep_audit_event_row"],
        ["ALTER TABLE audit_event ENABLE TRIGGER keep_audit_event_row"],
        [
            "DROP TRIGGER keep_audit_event_row ON audit_event",
            "CREATE TRIGGER keep_audit_event_row BEFORE UPDATE ON audit_event"
            " FOR EACH ROW WHEN (false) EXECUTE FUNCTION gatehouse_refuse_change()",
            "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER keep_audit_event_row",
        ],
        ["ALTER TABLE audit_event RENAME TO moved", "CREATE TABLE audit_event (LIKE moved INCLUDING ALL)"],
    ],
    "sqlite": [
        [
            "DROP TRIGGER keep_audit_event_update",
            "CREATE TRIGGER keep_audit_event_update BEFORE UPDATE ON audit_event BEGIN SELECT 1; END",
        ],
        [
            "DROP TRIGGER keep_audit_event_update",
            "CREATE TRIGGER keep_audit_event_update BEFORE UPDATE ON audit_heartbeat BEGIN SELECT 1; END",
        ],
        ["ALTER TABLE audit_event RENAME TO moved", "CREATE TABLE audit_event AS SELECT * FROM moved"],
    ],
}


def test_a_guard_that_guards_nothing_counts_as_missing_and_is_laid_again() -> None:
    for statements in NEUTERED[connection.vendor]:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            assert "audit_event" in guards.missing(connection), statements
            guards.install(connection)
            assert guards.missing(connection) == []
            transaction.set_rollback(True)


def test_what_the_check_advises_lays_the_guards_again() -> None:
    drop, kind = guards.DROP[connection.vendor], next(iter(guards.APPEND_ONLY[connection.vendor]))
    with connection.cursor() as cursor:
        cursor.execute(drop.format(name="keep_audit_event", table="audit_event", kind=kind))
    with pytest.raises(SystemCheckError, match="migrate --skip-checks"):
        call_command("migrate", verbosity=0, skip_checks=False)
    call_command("migrate", verbosity=0, skip_checks=True)
    assert guards.missing(connection) == []


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 pair"])
def test_what_an_engine_would_not_keep_is_refused(cast: Cast, text: str) -> None:
    version = builders.build_version(cast)
    with pytest.raises(ValidationError):
        builders.write_card(cast, version, overview=text)


def test_figures_with_a_fraction_in_json_are_refused(cast: Cast) -> None:
    with ledger.entry("registry.token.issued", by=cast.admin) as entry:
        token = ApiToken(person=cast.author, label="x", prefix="gh_x", digest="0" * 64, scopes=[0.1])
        with pytest.raises(ValidationError, match="written as text"):
            token.save()
        entry.subject = cast.author


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.100000"), "0.1"),
        (Decimal("-0.000"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.5"), "12.5"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC), "2026-01-02T03:04:05.000006Z"),
        (2**60, str(2**60)),
    ],
)
def test_a_value_has_one_canonical_form_on_every_engine(value: Any, text: str) -> None:
    assert canonical.plain(value) == text


def test_a_kind_that_no_room_declared_cannot_be_written(cast: Cast) -> None:
    with pytest.raises(KeyError), ledger.entry("registry.team.exploded", by=cast.admin):
        pass
    assert kinds.declared("registry.team.created")


def test_messages_are_written_with_the_change_and_dropped_with_it(cast: Cast) -> None:
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    message = OutboxMessage.objects.get()
    assert reached() == ["technical@example.org"]
    assert message.event == newest().uid
    with pytest.raises(ValidationError):
        builders.ask_for_review(cast, version)
    assert OutboxMessage.objects.count() == 1


def test_cards_are_not_overwritten_by_somebody_who_did_not_see_them(cast: Cast) -> None:
    version = builders.build_version(cast)
    builders.write_card(cast, version)
    with pytest.raises(ValidationError) as refusal:
        cards.revise_card(version=version, by=cast.colleague, seen_revision=0, overview="Mine")
    assert refusal.value.error_list[0].code == "newer-revision"


@pytest.mark.django_db(transaction=True)
class TestTogether:
    """Real transactions, several people in the same second."""

    def test_events_about_one_subject_number_themselves_when_written_side_by_side(self) -> None:
        cast = builders.build_cast()
        version = builders.build_version(cast)
        failures = at_once(
            [
                lambda purpose=purpose: builders.attach_evaluation(cast, version, purpose)
                for purpose in ("development", "staging", "production", "staging")
            ]
        )
        assert failures == []
        numbers = list(Event.objects.about(version).order_by("subject_number").values_list("subject_number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert verify.rows_as_recorded().fault is None

    def test_two_people_decide_one_use_case_in_the_same_second(self) -> None:
        cast = builders.build_cast()
        use_case = builders.build_use_case(cast, approved=False)
        failures = at_once(
            [
                lambda: use_cases.approve(use_case=use_case, reason="Yes", by=cast.business),
                lambda: use_cases.reject(use_case=use_case, reason="No", by=cast.business),
            ]
        )
        assert [refusals.codes(failure) for failure in failures] == [["use-case-decided"]]
        assert UseCase.objects.get().status in ("approved", "rejected")


@pytest.mark.engines
@pytest.mark.django_db(transaction=True)
def test_what_a_test_with_real_transactions_wrote_goes_and_the_guards_stand_again() -> None:
    before = Event.objects.count()
    builders.build_model(builders.build_cast())
    TransactionTestCase._fixture_teardown(None)
    assert guards.missing(connection) == []
    assert not AIModel.objects.exists()
    assert Event.objects.count() == before
