"""The parts of `serve` that can be asked without starting it; tests/proofs/test_run_script.py starts it."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from audit import ledger
from governance import boot
from governance.management.commands import load_demo, serve
from governance.serving import ground, services
from governance.serving.ground import Refusal
from governance.serving.processes import Ended, Processes
from registry.models import Person
from tests.builders import Cast

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [
    *SLEEPER[:-1],
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)",
]


@pytest.mark.parametrize("told", ["0", "65536", "eighty", "-1", "8000 "])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("PORT", told)
    with pytest.raises(Refusal, match="number from 1 to 65535"):
        ground.port()


@pytest.mark.parametrize(("told", "port"), [("", 8000), ("1", 1), ("65535", 65535)])
def test_the_port_is_the_one_told(monkeypatch: pytest.MonkeyPatch, told: str, port: int) -> None:
    monkeypatch.setenv("PORT", told)
    assert ground.port() == port


def test_a_taken_port_is_refused_and_a_free_one_is_not() -> None:
    with socket.socket() as taken:
        taken.bind((ground.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=f"Port {port} cannot be used"):
            ground.refuse_taken(port)
    ground.refuse_taken(port)


def test_the_folders_are_made_for_this_account_only(tmp_path: Path) -> None:
    ground.make_folders(tmp_path / "var")
    ground.make_folders(tmp_path / "var")
    modes = {stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) for name in ground.FOLDERS}
    assert modes == {0o700}


@pytest.mark.parametrize("in_the_way", ["var", "var/keys"])
def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path, in_the_way: str) -> None:
    (tmp_path / in_the_way).parent.mkdir(exist_ok=True)
    (tmp_path / in_the_way).touch()
    with pytest.raises(Refusal, match=f"cannot write in {tmp_path / in_the_way}"):
        ground.make_folders(tmp_path / "var")


def test_the_ground_needs_nothing_installed(tmp_path: Path) -> None:
    environment = {"GATEHOUSE_VAR": str(tmp_path / "var"), "PORT": "none"}
    run = subprocess.run([sys.executable, "-I", "-S", ground.__file__], env=environment, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (1, "PORT is none; it has to be a number from 1 to 65535.\n")


def test_one_folder_is_served_once(tmp_path: Path) -> None:
    with serve._alone_in(tmp_path), pytest.raises(Refusal, match="Another Gatehouse"), serve._alone_in(tmp_path):
        pass
    with serve._alone_in(tmp_path):
        pass


def test_a_key_is_made_only_where_none_was_given(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path
    given = settings.SECRET_KEY
    serve._have_secret_key()
    assert given == settings.SECRET_KEY
    monkeypatch.delenv("SECRET_KEY")
    serve._have_secret_key()
    made = tmp_path / "keys" / "django-secret.key"
    assert (settings.SECRET_KEY, stat.S_IMODE(made.stat().st_mode)) == (made.read_text(), 0o600)
    serve._have_secret_key()
    assert made.read_text() == settings.SECRET_KEY


def test_an_empty_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    with pytest.raises(Refusal, match="SECRET_KEY is empty"):
        serve._have_secret_key()


@pytest.mark.django_db
class TestUnsafe:
    def test_a_weak_key(self, settings: Any) -> None:
        settings.SECRET_KEY = "a" * 60
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is weak"):
            boot.refuse_unsafe()

    def test_debug(self, settings: Any) -> None:
        settings.DEBUG = True
        with pytest.raises(ImproperlyConfigured, match="DEBUG is on"):
            boot.refuse_unsafe()

    def test_demo_accounts_outside_the_demo(self, settings: Any) -> None:
        _engage_demo_account()
        settings.DEMO = True
        boot.refuse_unsafe()
        settings.DEMO = False
        with pytest.raises(ImproperlyConfigured, match="demo accounts"):
            boot.refuse_unsafe()


@pytest.mark.django_db
class TestDemo:
    def test_an_empty_database_is_nobodys_organisation(self) -> None:
        assert (serve._is_own_organisation(), serve._is_demo_loaded()) == (False, False)

    def test_people_who_are_no_demo_make_an_organisation(self, cast: Cast) -> None:
        assert serve._is_own_organisation()

    def test_the_demo_is_no_organisation_of_its_own(self) -> None:
        _engage_demo_account()
        assert not serve._is_own_organisation()

    def test_the_demo_is_loaded_when_the_ledger_says_so(self) -> None:
        with ledger.entry(load_demo.LOADED, by=Person.objects.system()) as entry:
            entry.facts = {"models": 4}
        assert serve._is_demo_loaded()

    def test_an_own_organisation_is_not_mixed_with_the_demo(self, cast: Cast) -> None:
        with pytest.raises(Refusal, match="GATEHOUSE_DEMO=0"):
            serve.Command()._have_demo()


def _engage_demo_account() -> None:
    with ledger.entry("registry.person.created", by=Person.objects.system()) as entry:
        person = Person(username="demo", name="Demo", is_demo=True)
        person.set_unusable_password()
        person.save()
        entry.subject = person


@pytest.mark.engines
@pytest.mark.django_db
def test_services_that_answer_are_not_refused() -> None:
    services.refuse_silent()


@pytest.mark.django_db
def test_a_silent_database_is_named_without_its_password(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = {"ENGINE": "django.db.backends.postgresql", "NAME": "none", "USER": "a", "PASSWORD": "hidden"}
    monkeypatch.setitem(settings.DATABASES, "default", silent | {"HOST": "127.0.0.1", "PORT": 1, "OPTIONS": {}})
    with pytest.raises(Refusal, match=r"The database none at 127\.0\.0\.1:1 does not answer") as refusal:
        services.refuse_silent()
    assert "hidden" not in str(refusal.value)


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["redis://:hidden@127.0.0.1:1/0", "nothing://:hidden@127.0.0.1:1"])
def test_a_silent_redis_is_named_without_its_password(settings: Any, url: str) -> None:
    settings.REDIS_URL = url
    with pytest.raises(Refusal, match=r"Redis at 127\.0\.0\.1:1 does not answer") as refusal:
        services.refuse_silent()
    assert "hidden" not in str(refusal.value)


@pytest.fixture
def processes() -> Iterator[Processes]:
    started = Processes()
    yield started
    started.stop()


def test_what_is_started_together_stops_together(processes: Processes, tmp_path: Path) -> None:
    for name in ("one", "two"):
        processes.start(name, SLEEPER, folder=tmp_path)
    processes.refuse_ended()
    members = [member.pid for member in processes._members.values()]
    started = time.monotonic()
    processes.stop()
    assert time.monotonic() - started < 3
    assert not any(_runs(pid) for pid in members)


def test_one_that_ends_is_named(processes: Processes, tmp_path: Path) -> None:
    processes.start("short one", [*SLEEPER[:-1], "raise SystemExit(3)"], folder=tmp_path)
    with pytest.raises(Ended, match=r"The short one stopped by itself \(exit code 3\)"):
        _look_until_ended(processes)


def test_one_that_is_killed_is_named_with_the_signal(processes: Processes, tmp_path: Path) -> None:
    processes.start("long one", SLEEPER, folder=tmp_path)
    os.kill(processes._members["long one"].pid, signal.SIGKILL)
    with pytest.raises(Ended, match=r"The long one stopped by itself \(SIGKILL\)"):
        _look_until_ended(processes)


def test_one_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, processes: Processes, tmp_path: Path) -> None:
    monkeypatch.setattr("governance.serving.processes.GRACE_SECONDS", 0.2)
    with (tmp_path / "said").open("wb") as said:
        processes.start("stubborn one", STUBBORN, folder=tmp_path, output=said)
    while not (tmp_path / "said").read_bytes():
        time.sleep(0.02)
    processes.stop()
    assert processes._members["stubborn one"].returncode == -signal.SIGKILL


def _look_until_ended(processes: Processes) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        processes.refuse_ended()
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
