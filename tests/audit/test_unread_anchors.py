"""An anchor that cannot be read at night is no tampering, and is told for what it is. What is kept is read once."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit import anchoring, anchors, record, tasks
from audit.models import Anchoring, Event
from audit.record import State
from registry.actions import people
from tests.attacks import past_the_guards
from tests.audit.shelves import Shelf
from tests.audit.test_checkpoints import sign
from tests.builders import Cast

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.engines,
    pytest.mark.usefixtures("signer_of_its_own"),
]


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "copies"
    options = {"path": str(path)}
    settings.LEDGER_ANCHORS = [{"NAME": "folder", "ANCHOR": "audit.anchors.folder.Folder", "OPTIONS": options}]
    return path


@pytest.fixture
def shelf(settings: Any) -> Shelf:
    options = {"label": str(uuid.uuid4())}
    settings.LEDGER_ANCHORS = [{"NAME": "shelf", "ANCHOR": "tests.audit.shelves.Shelf", "OPTIONS": options}]
    return anchors.configured()["shelf"]


@pytest.fixture
def add(cast: Cast) -> Callable[[str], None]:
    def added(name: str) -> None:
        people.create_team(name=name, by=cast.admin)
        sign()
        anchoring.keep_due()

    return added


def names_in_the_anchor() -> list[str]:
    (anchor,) = anchors.configured().values()
    return [name for name, _ in anchor.kept(anchors.nothing)]


def filled(add: Callable[[str], None]) -> list[str]:
    """The names of the copies that the anchor then keeps, in their order."""
    for name in ("First", "Second", "Third"):
        add(name)
    return names_in_the_anchor()


@pytest.fixture
def in_folder(folder: Path, add: Callable[[str], None]) -> list[str]:
    return filled(add)


@pytest.fixture
def on_shelf(shelf: Shelf, add: Callable[[str], None]) -> list[str]:
    return filled(add)


def unreachable(*_: Any) -> Any:
    raise ConnectionError("The bucket does not answer")


def verify(*options: str) -> tuple[int, str]:
    """The exit code of the command, and what it says."""
    said = io.StringIO()
    try:
        call_command("ledger_verify", *options, stdout=said)
    except CommandError as refusal:
        return refusal.returncode, str(refusal)
    return 0, said.getvalue()


def last_verification() -> dict[str, Any]:
    return Event.objects.filter(kind=record.VERIFIED).first().facts


class TestAFolderThatIsNotMounted:
    @pytest.fixture
    def mount(self, folder: Path, in_folder: list[str]) -> Callable[[], None]:
        """Mounts it again."""
        away = folder.with_name("away")
        folder.rename(away)
        folder.mkdir()

        def again() -> None:
            folder.rmdir()
            away.rename(folder)

        return again

    def test_is_no_tampering(self, mount: Any) -> None:
        code, said = verify()
        assert code == 3
        assert "Whole as far as it could be read" in said
        assert "Not read: the anchor folder" in said

    def test_nor_is_one_that_is_not_there(self, mount: Any, folder: Path) -> None:
        folder.rmdir()
        assert verify()[0] == 3

    def test_is_said_on_every_page_with_its_name_and_since_when(self, mount: Any, cast: Cast) -> None:
        tasks.verify_ledger()
        first = last_verification()["unread"]["folder"]["since"]
        tasks.verify_ledger()
        assert last_verification()["unread"]["folder"]["since"] == first, "Since it began, not since last night."
        stands = record.current()
        assert (stands.state, list(stands.unread)) == (State.UNREAD, ["folder"])

        client = Client()
        client.force_login(cast.auditor, backend="governance.roles.SignInBackend")
        page = client.get(reverse("audit:event_list")).content.decode()
        for words in ("An anchor could not be read", "as when it is not mounted", "but an anchor could not be read"):
            assert words in page
        assert "nothing is amiss, but not every anchor could be read" in page
        assert "Not whole" not in page

    def test_goes_by_itself_once_it_can_be_read(self, mount: Callable[[], None]) -> None:
        tasks.verify_ledger()
        mount()
        tasks.verify_ledger()
        assert record.current().state is State.INTACT
        assert last_verification()["unread"] == {}

    def test_gets_no_copy_that_would_lie_under_the_mount(
        self, mount: Callable[[], None], folder: Path, add: Callable[[str], None]
    ) -> None:
        add("New")
        assert list(folder.iterdir()) == []
        waiting = Anchoring.objects.get(kept_at=None)
        assert "is not mounted" in waiting.last_error
        mount()
        Anchoring.objects.filter(pk=waiting.pk).update(due_at=waiting.checkpoint.signed_at)
        assert anchoring.keep_due() == 1
        assert verify()[0] == 0

    def test_hides_no_difference_that_is_elsewhere(self, mount: Any) -> None:
        with past_the_guards("audit_event"):
            Event.objects.filter(pk=Event.objects.last().pk).update(label="Forged")
        assert verify()[0] == 1


class TestAPlaceThatDoesNotAnswer:
    def test_is_no_tampering(self, on_shelf: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as away:
            away.setattr(Shelf, "kept", unreachable)
            code, said = verify("--deep")
        assert (code, "The bucket does not answer" in said) == (3, True)
        assert verify("--deep")[0] == 0

    def test_misses_nothing_when_it_breaks_off(self, on_shelf: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        whole = Shelf.kept

        def broken_off(self: Shelf, *wanted: Any) -> Any:
            yield next(whole(self, *wanted))
            unreachable()

        monkeypatch.setattr(Shelf, "kept", broken_off)
        assert verify()[0] == 3


def test_what_differs_is_a_difference_and_not_unread(folder: Path, in_folder: list[str]) -> None:
    path = folder / in_folder[-1]
    path.unlink()
    path.symlink_to("/dev/null")
    code, said = verify()
    assert (code, "is no plain file" in said) == (1, True)


class TestAtNight:
    def test_only_what_is_new_is_read_and_the_newest_of_before(
        self, shelf: Shelf, on_shelf: list[str], add: Callable[[str], None]
    ) -> None:
        tasks.verify_ledger()
        assert shelf.read == on_shelf, "The first time all of them."
        shelf.read.clear()
        add("New")
        add("Newer")
        tasks.verify_ledger()
        assert shelf.read == names_in_the_anchor()[-3:]

    def test_a_proof_that_could_not_read_it_counts_for_nothing(
        self, shelf: Shelf, on_shelf: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as away:
            away.setattr(Shelf, "kept", unreachable)
            tasks.verify_ledger()
        tasks.verify_ledger()
        assert shelf.read == on_shelf

    def test_every_copy_has_to_be_there(self, folder: Path, in_folder: list[str]) -> None:
        tasks.verify_ledger()
        (folder / in_folder[0]).unlink()
        tasks.verify_ledger()
        assert f"the copy {in_folder[0]} in the folder {folder} is gone" in last_verification()["fault"]

    def test_what_is_in_each_is_read_by_the_deep_proof(self, folder: Path, in_folder: list[str]) -> None:
        tasks.verify_ledger()
        first = folder / in_folder[0]
        first.chmod(0o600)
        first.write_text(first.read_text().replace("ledger", "legder"))
        tasks.verify_ledger()
        assert last_verification()["fault"] == ""
        code, said = verify("--deep")
        assert (code, in_folder[0] in said) == (1, True)
