"""What an operator does to the ledger at the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from audit import halts, keys, tables, verify
from audit.halts import Halted
from audit.models import Event, Halt
from registry.actions import people
from tests.builders import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signer_of_its_own")]


def said_by(command: str, *arguments: str) -> str:
    said = io.StringIO()
    call_command(command, *arguments, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("command", ["clean_old_history", "clean_duplicate_history", "populate_history"])
@pytest.mark.parametrize("arguments", [[], ["--auto"], ["registry.AIModel"]])
def test_history_is_not_cleaned_or_made_up(command: str, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command(command, *arguments)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("ledger_verify", []),
        ("ledger_resume", ["--reason", "A new disk."]),
        ("ledger_adopt", ["--reason", "A new disk."]),
        ("ledger_export", ["none.zip"]),
        ("ledger_key", ["--rotate"]),
        ("first_admin", ["anna", "--name", "Anna"]),
        ("issue_token", ["ci-anna", "--team", "clinical"]),
        ("end_sessions", ["anna", "--reason", "Lost."]),
        ("reset_second_factor", ["anna", "--reason", "Lost."]),
        ("second_factor_key", []),
    ],
)
def test_without_a_database_a_command_ends_with_one_sentence(command: str, arguments: list[str]) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("no such table: registry_person\nLINE 1: SELECT")

    said = "The database cannot be used: OperationalError: no such table: registry_person. If it is new, run manage.py"
    with connection.execute_wrapper(refuse), pytest.raises(CommandError, match=said):
        call_command(command, *arguments)


def test_the_next_key_seals_from_its_own_event_on(cast: Cast, signer_of_its_own: Path) -> None:
    before = keys.sign(b"")[1]
    assert "Made ledger key 0002" in said_by("ledger_key", "--rotate")

    event = Event.objects.first()
    assert (event.kind, event.facts) == ("audit.key.rotated", {"key": keys.sign(b"")[1], "before": before})
    assert event.key_id == event.facts["key"] != before
    assert (signer_of_its_own / f"ledger-{event.key_id}.key").stat().st_mode & 0o777 == 0o600
    assert "The ledger has a key" in said_by("ledger_key")
    people.create_team(name="Another", by=cast.admin)
    assert verify.events_whole().fault is None


def test_no_key_is_made_while_nothing_can_be_written(cast: Cast, signer_of_its_own: Path) -> None:
    halts.begin("It was set back")
    keys_before = keys.ids()
    with pytest.raises(Halted):
        call_command("ledger_key", "--rotate")
    assert keys.ids() == keys_before


def test_a_portal_is_resumed_with_a_reason() -> None:
    with pytest.raises(CommandError, match="--reason"):
        call_command("ledger_resume")
    with pytest.raises(CommandError, match="nothing to resume"):
        call_command("ledger_resume", reason="To be sure")

    halts.begin("Somebody was wrong")
    with pytest.raises(CommandError, match="Say what happened"):
        call_command("ledger_resume", reason=" ")
    assert "no event was lost" in said_by("ledger_resume", "--reason", "It was a wrong file")
    assert not Halt.objects.exists()
    assert Event.objects.first().reason == "It was a wrong file"


def test_the_scope_says_of_every_table_why_it_is_covered_or_not() -> None:
    said = {line.split()[1]: line for line in said_by("ledger_verify", "--scope").splitlines()}
    assert set(said) >= {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert said["registry_modelversion"].startswith("covered")
    assert said["registry_historicalmodelversion"].startswith("covered")
    assert said["registry_modelword"].startswith("derived")
    assert said["django_session"].startswith("operational")
    assert all(len(line.split(maxsplit=2)[2]) > 15 for line in said.values())


def test_a_table_of_which_nobody_said_what_it_is_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(tables._declared, "audit.heartbeat")
    with pytest.raises(ImproperlyConfigured, match=r"audit\.Heartbeat"):
        list(tables.every())
