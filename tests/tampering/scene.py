"""A ledger with something of everything in it, and how whatever was done to it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from audit import anchoring, checkpoints, signing, tree
from audit.actions import ledger as ledger_actions
from audit.governed import governed_models
from audit.models import Checkpoint, Event, Leaf, WaitingEvent
from registry.actions import people
from registry.models import Person, Team
from tests import builders, stories
from tests.builders import Cast

ANCHOR = "folder"


@dataclass(frozen=True)
class Scene:
    """Two epochs under several checkpoints, each kept; behind them placed events that nobody signed for, and waiting
    ones. `folders` are the signer's and the anchor's."""

    keys: Path
    copies: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        return self.keys, self.copies

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside, to the database or to the files, has not happened."""
        before = state_of(self.folders)
        with forgotten():
            yield
        put_back(self.folders, before)

    def kept(self) -> list[Path]:
        return sorted(self.copies.rglob("*.checkpoint"))


@contextmanager
def forgotten() -> Iterator[None]:
    """By the database. A savepoint is no transaction around those of the actions, which have to be the outermost."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.set_rollback(False)  # what the database refused meanwhile is forgotten as well
        transaction.savepoint_rollback(mark)


def state_of(folders: Iterable[Path]) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def put_back(folders: Iterable[Path], before: dict[Path, bytes]) -> None:
    for path in state_of(folders).keys() - before.keys():
        path.unlink()
    for path, content in before.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, content)


def write(path: Path, content: bytes) -> None:
    """As the owner of the folder can, whatever the file's mode says."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)


def set_stage(settings: Any, keys: Path, copies: Path) -> Scene:
    """Needs a signer that has signed nothing yet, and an empty folder for copies."""
    settings.LEDGER_ANCHORS = [
        {"NAME": ANCHOR, "ANCHOR": "audit.anchors.folder.Folder", "OPTIONS": {"path": str(copies)}}
    ]
    return Scene(keys, copies)


def play(cast: Cast) -> None:
    sign()
    stories.everything_at_once(cast)
    sign()
    people.leave_team(person=cast.colleague, team=cast.team, by=cast.admin)
    people.revoke_role(person=cast.auditor, role="auditor", by=cast.admin)
    people.issue_token(person=cast.pipeline, label="nightly", scopes=["read"], by=cast.admin)
    sign()
    _lose_the_end(cast)
    for number in range(3):
        people.create_team(name=f"Afterwards {number}", by=cast.admin)
        sign()
    builders.build_version(cast)
    tree.integrate()
    people.create_team(name="Waiting", by=cast.admin)
    builders.build_model(cast)
    refused(cast)


def refused(cast: Cast) -> None:
    """The last event is about no row."""
    try:
        people.create_team(name="Not mine", by=cast.stranger)
    except PermissionDenied:
        return
    raise AssertionError("A stranger made a team.")


def sign() -> Checkpoint:
    tree.integrate(wait=True)
    signed = checkpoints.sign_now()
    assert signed is not None
    anchoring.keep_due()
    return signed


def _lose_the_end(cast: Cast) -> None:
    """The database is set back by an event that was signed for and kept, and a second epoch begins."""
    with forgotten():
        people.create_team(name="Lost", by=cast.admin)
        sign()
    checkpoints.look_back()
    ledger_actions.resume(reason="The disk had to be replaced.", by=Person.objects.system())
    assert signing.remembered().epoch == 2


def plain(model: type[models.Model]) -> models.QuerySet:
    """The rows without what a governed model refuses: as somebody sees them who has the database and not our code."""
    return models.QuerySet(model)


def rows_of(model: type[models.Model]) -> list[Any]:
    return list(plain(model).order_by("pk"))


def governed_with_rows() -> list[type[models.Model]]:
    return [model for model in governed_models() if plain(model).exists()]


def placed() -> list[Event]:
    return list(Event.objects.exclude(leaf=None).order_by("leaf__index"))


def waiting() -> list[Event]:
    return list(Event.objects.exclude(waiting=None).order_by("pk"))


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Event, Leaf, WaitingEvent, Checkpoint, Team))
