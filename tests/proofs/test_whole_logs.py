"""Logs of real portals: an honest one raises no alarm, however it came about, and an older copy of one does."""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import io
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from audit import anchoring, bundles, clock, guards, halts, signing, tree, verify
from audit.bundles import Scope
from registry.actions import people, use_cases
from registry.models import AIModel, ApiToken, Person, UseCase
from tests import builders
from tests.attacks import past_the_guards
from tests.builders import Cast
from tests.snapshots import Baseline
from tests.tampering import attack
from tests.tampering.scene import Scene, put_back, set_stage, sign, state_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engines]

VERIFIER = Path(bundles.__file__).parent / "standalone" / "verify_evidence.py"
LONGEST = 25
_numbers = itertools.count(1)


@pytest.fixture
def stage(signer_of_its_own: Path, settings: Any, tmp_path: Path) -> Scene:
    return set_stage(settings, signer_of_its_own, tmp_path / "copies")


def run(path: Path) -> Callable[[list[str]], int]:
    """The `main` of a program, as on an auditor's machine."""
    spec = importlib.util.spec_from_file_location("verify_evidence", path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program.main


# Honest logs


def _team(cast: Cast, random: Random) -> None:
    team = people.create_team(name=f"Team {next(_numbers)}", by=cast.admin)
    people.rename_team(team=team, name=f"Renamed {next(_numbers)}", by=cast.admin)


def _membership(cast: Cast, random: Random) -> None:
    if cast.stranger.memberships.exists():
        people.leave_team(person=cast.stranger, team=cast.team, by=cast.admin)
    else:
        people.join_team(person=cast.stranger, team=cast.team, by=cast.admin)


def _token(cast: Cast, random: Random) -> None:
    people.issue_token(person=cast.pipeline, label="one more", scopes=["read"], by=cast.admin)
    if random.random() < 0.5:
        people.revoke_token(token=ApiToken.objects.order_by("-pk")[0], by=cast.admin)


def _account(cast: Cast, random: Random) -> None:
    person = Person.objects.get(pk=cast.colleague.pk)
    if person.is_active:
        people.deactivate(person=person, reason="On leave.", by=cast.admin)
    else:
        people.reactivate(person=person, by=cast.admin)


def _use_case(cast: Cast, random: Random) -> None:
    builders.build_use_case(cast, approved=False)
    decide = random.choice([use_cases.approve, use_cases.reject])
    decide(use_case=UseCase.objects.order_by("-pk")[0], reason="So it is.", by=cast.business)


def _model(cast: Cast, tier: str) -> AIModel:
    """Registered by the action each time, as everything about it: what a test would write down again has no queue."""
    return builders.build_model(cast, tier, owner=cast.author)


def _version(cast: Cast, random: Random) -> None:
    version = builders.build_version(cast, model=_model(cast, random.choice(["low", "medium"])))
    for revision in range(random.randint(0, 3)):
        builders.write_card(cast, version, seen_revision=revision, overview=f"Número {random.random()} 模型 \u2028 “x”")


def _approval(cast: Cast, random: Random) -> None:
    builders.approved_version(cast, "low", model=_model(cast, "low"))


def _refusal(cast: Cast, random: Random) -> None:
    people.create_team(name="Not mine", by=random.choice([cast.stranger, cast.author, cast.auditor]))


def _sign(cast: Cast, random: Random) -> None:
    sign()


def _integrate(cast: Cast, random: Random) -> None:
    tree.integrate(wait=random.random() < 0.5)


def _lay_guards(cast: Cast, random: Random) -> None:
    guards.install(connection)


def _change_a_table(cast: Cast, random: Random) -> None:
    """As a migration does, which is followed by the guards."""
    table = random.choice(guards.append_only_models())
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(table)
        else:
            name = editor.quote_name(table._meta.db_table)
            editor.execute(f"ALTER TABLE {name} ADD COLUMN of_tomorrow integer NULL")
            editor.execute(f"ALTER TABLE {name} DROP COLUMN of_tomorrow")
    guards.install(connection)


WORK = [_team, _membership, _token, _account, _use_case, _version, _approval, _refusal]
CARE = [_sign, _sign, _integrate, _lay_guards, _change_a_table]


def live(cast: Cast, random: Random) -> list[str]:
    """Some days of a portal; returns what was done."""
    done = []
    for _ in range(random.randint(1, LONGEST)):
        step = random.choice(WORK if random.random() < 0.7 else CARE)
        with contextlib.suppress(PermissionDenied, ValidationError):
            step(cast, random)
        done.append(step.__name__)
    return done


def alarms(stage: Scene, bundle: Path) -> list[str]:
    found = [str(look().fault) for look in (verify.events_whole, verify.rows_as_recorded) if look().fault]
    found += guards.missing(connection)
    checkpoint = bundles.newest_checkpoint()
    anchoring.keep_due()
    found += [halted.reason for halted in [halts.current()] if halted]
    with bundle.open("wb") as file:
        bundles.write(file, Scope(), checkpoint)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run(VERIFIER)([str(bundle), "--key", str(signing.verifier()), "--anchors", str(stage.copies)])
    return found + ([said.getvalue()] if code else [])


def test_an_honest_log_raises_no_alarm(stage: Scene, tmp_path: Path, seeds: Iterator[int]) -> None:
    cast = builders.build_cast()
    first, files = Baseline.now(), state_of(stage.folders)
    for seed in seeds:
        done = live(cast, Random(seed))
        assert alarms(stage, tmp_path / "evidence.zip") == [], f"seed {seed}: {done}"
        restore(first)
        put_back(stage.folders, files)


def restore(of_before: Baseline) -> None:
    with past_the_guards(*(model._meta.db_table for model in guards.append_only_models())):
        of_before.restore()


# Older copies


def test_an_older_copy_of_the_database_in_its_place_is_found(
    stage: Scene, seeds: Iterator[int], tmp_path: Path
) -> None:
    """By the signer as soon as it looks, and by the proof: through its memory, and without that through the anchors.
    Whoever sets back everything at once is found by nobody here, but by those who kept a copy."""
    cast = builders.build_cast()
    first, files = Baseline.now(), state_of(stage.folders)
    for seed in seeds:
        random = Random(seed)
        live(cast, random)
        sign()
        copy, files_of_then = Copy.taken(tmp_path / f"{seed}.sqlite3"), state_of(stage.folders)
        live(cast, random)
        _team(cast, random)
        sign()
        copy.put_in_place()

        assert "speaks of" in attack.events(), seed
        assert "were signed for" in attack.the_signer(), seed
        halts.end()
        put_back([stage.keys], {path: files_of_then[path] for path in files_of_then if stage.keys in path.parents})
        # As somebody looks who comes later: what is signed while the proof reads is not held against the ledger.
        later = clock.now() + datetime.timedelta(minutes=1)
        with mock.patch.object(clock, "now", lambda later=later: later):
            assert "speaks of" in attack.events(), seed
        assert attack.the_signer() == "", seed
        put_back(stage.folders, files_of_then)
        assert (attack.events(), attack.rows(), attack.the_signer()) == ("", "", ""), seed

        restore(first)
        put_back(stage.folders, files)


class Copy:
    """Of a database as it stands: of the whole file where it is one."""

    def __init__(self, take_back: Callable[[], None]) -> None:
        self.put_in_place = take_back

    @classmethod
    def taken(cls, path: Path) -> Copy:
        if connection.vendor == "postgresql":
            now = Baseline.now()
            return cls(lambda: restore(now))
        live = Path(connection.settings_dict["NAME"])
        with contextlib.closing(sqlite3.connect(live)) as source, contextlib.closing(sqlite3.connect(path)) as target:
            source.backup(target)

        def take_back() -> None:
            connection.close()
            for ending in ("-wal", "-shm"):
                Path(f"{live}{ending}").unlink(missing_ok=True)
            shutil.move(path, live)

        return cls(take_back)
