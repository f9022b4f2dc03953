"""`script/run` in a clean copy of the tree, as a stranger types it: what it says, serves, stops, and leaves behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_START_SECONDS = 300
START_SECONDS = 60
STOP_SECONDS = 10
NEW_DATABASE = "test_gatehouse_run_script"
OWN_VARIABLES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "DJANGO_SETTINGS_MODULE", "PYTHON")


class Run:
    """One `script/run`, its output, and every process that it has started."""

    def __init__(self, tree: Path, var: Path, port: int, **variables: str) -> None:
        self.var, self.port = var, port
        self.output = var.with_name(f"{var.name}-{port}.output")
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                ["script/run"],
                cwd=tree,
                env=environment(GATEHOUSE_VAR=str(var), PORT=str(port), **variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_served(self, seconds: float = START_SECONDS) -> float:
        """Returns how long it took."""
        started = time.monotonic()
        while "Gatehouse serves at" not in self.said():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() - started < seconds, self.said()
            time.sleep(0.1)
        return time.monotonic() - started

    def said(self) -> str:
        return self.output.read_text()

    def get(self, path: str) -> int:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        return self._process.wait(STOP_SECONDS)

    def left_behind(self) -> list[str]:
        """The commands of the processes that still run with this run's folder in their environment."""
        return commands_with(f"GATEHOUSE_VAR={self.var}")

    def kill_one(self, part: str) -> None:
        number = next(number for number, command in processes_with(f"GATEHOUSE_VAR={self.var}") if part in command)
        os.kill(number, signal.SIGKILL)

    def wait(self) -> int:
        return self._process.wait(STOP_SECONDS)

    def clear_away(self) -> None:
        """Whatever the test found: nothing of it runs on."""
        for number, _ in processes_with(f"GATEHOUSE_VAR={self.var}"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)


def environment(**variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    return inherited | {"GATEHOUSE_DEMO": "1"} | variables


def processes_with(variable: str) -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if variable.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")))
    return found


def commands_with(variable: str) -> list[str]:
    return [command for _, command in processes_with(variable)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refused(tree: Path, var: Path, **variables: str) -> str:
    """What a start says that is refused; one line, exit code 1, nothing left running."""
    settings = {"GATEHOUSE_VAR": str(var), "PORT": str(free_port())} | variables
    run = subprocess.run(
        ["script/run"], cwd=tree, env=environment(**settings), capture_output=True, text=True, timeout=START_SECONDS
    )
    assert (run.returncode, run.stderr.count("\n")) == (1, 1), run.stderr
    assert commands_with(f"GATEHOUSE_VAR={var}") == []
    return run.stderr


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as a clone has it: what git knows or would add, and no environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    copy = tmp_path_factory.mktemp("tree")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def installed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The tree and a folder in which the demo was loaded by a first start."""
    var = tmp_path_factory.mktemp("installed") / "var"
    run = Run(tree, var, free_port())
    run.wait_until_served(FIRST_START_SECONDS)
    assert run.get("/healthz") == 200
    assert run.end(signal.SIGINT) == 0
    assert run.left_behind() == []
    return tree, var


@pytest.fixture
def started(installed: tuple[Path, Path]) -> Iterator[Callable[..., Run]]:
    tree, var = installed
    runs = []

    def start(var: Path = var, **variables: str) -> Run:
        runs.append(Run(tree, var, free_port(), **variables))
        return runs[-1]

    yield start
    for run in runs:
        run.clear_away()


def test_the_first_start_keeps_secrets_to_itself(installed: tuple[Path, Path]) -> None:
    _, var = installed
    credentials = var / "demo-credentials.json"
    accounts = json.loads(credentials.read_text())
    assert all({"role", "name", "username", "password", "token"} <= account.keys() for account in accounts)
    secret_files = [credentials, *(var / "keys").iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret_files} == {0o600}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_second_start_takes_seconds_and_stops_whole(started: Callable[..., Run], how: signal.Signals) -> None:
    run = started()
    assert run.wait_until_served() < 20
    assert "Installing" not in run.said()
    assert run.get("/healthz") == 200
    assert run.end(how) == 0
    assert run.left_behind() == []


def test_nothing_outlives_a_killed_supervisor(started: Callable[..., Run]) -> None:
    run = started()
    run.wait_until_served()
    run.end(signal.SIGKILL)
    time.sleep(1)
    assert run.left_behind() == []


@pytest.mark.parametrize(
    ("part", "name"), [("celery", "worker"), ("governance.serving.web", "web server"), ("guardian", "guardian")]
)
def test_a_part_that_ends_ends_the_whole(started: Callable[..., Run], part: str, name: str) -> None:
    run = started()
    run.wait_until_served()
    run.kill_one(part)
    assert run.wait() == 1
    assert f"The {name} stopped by itself" in run.said()
    assert run.left_behind() == []


def test_two_do_not_serve_from_one_folder(started: Callable[..., Run], installed: tuple[Path, Path]) -> None:
    tree, var = installed
    started().wait_until_served()
    second = subprocess.run(
        ["script/run"],
        cwd=tree,
        env=environment(GATEHOUSE_VAR=str(var), PORT=str(free_port())),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert (second.returncode, "Another Gatehouse serves from" in second.stderr) == (1, True)


def test_without_the_demo_it_starts_empty(started: Callable[..., Run], tmp_path: Path) -> None:
    run = started(tmp_path / "var", GATEHOUSE_DEMO="0")
    run.wait_until_served()
    assert not (run.var / "demo-credentials.json").exists()
    assert run.get("/healthz") == 200
    assert "Nobody can sign in yet" in run.said()
    assert run.end(signal.SIGTERM) == 0


def test_an_interrupted_install_is_repaired(installed: tuple[Path, Path], started: Callable[..., Run]) -> None:
    tree, _ = installed
    (tree / ".venv-unfinished").touch()
    shutil.rmtree(next((tree / ".venv").glob("lib/python*/site-packages/django")))
    run = started()
    run.wait_until_served(FIRST_START_SECONDS)
    assert "Installing" in run.said()
    assert not (tree / ".venv-unfinished").exists()
    assert run.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"GATEHOUSE_DEMO": "0", "SECRET_KEY": "changeme"}, "SECRET_KEY is weak"),
        ({"GATEHOUSE_DEMO": "0", "SECRET_KEY": ""}, "SECRET_KEY is empty"),
        ({"GATEHOUSE_DEMO": "0", "DEBUG": "1"}, "DEBUG is on"),
        ({"GATEHOUSE_DEMO": "0"}, "demo accounts"),
        ({"DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/none"}, "The database none at 127.0.0.1:1"),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}, "Redis at 127.0.0.1:1 "),
        ({"PORT": "eighty"}, "PORT is eighty"),
    ],
)
def test_a_refusal_is_one_sentence(installed: tuple[Path, Path], variables: dict[str, str], sentence: str) -> None:
    said = refused(*installed, **variables)
    assert sentence in said
    assert "secret" not in said.replace("SECRET_KEY", "")


def test_a_taken_port_is_one_sentence(installed: tuple[Path, Path]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} cannot be used (Address already in use)" in refused(*installed, PORT=str(port))


def test_a_folder_that_cannot_be_written_is_one_sentence(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    assert "cannot write in" in refused(tree, tmp_path / "var")


def test_a_python_too_old_is_one_sentence(tree: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3.9\n")
    old.chmod(0o755)
    said = refused(tree, tmp_path / "var", PYTHON=str(old))
    assert said == "Gatehouse needs Python 3.11 or newer; this is 3.9.\n"


@pytest.fixture
def services() -> Iterator[dict[str, str]]:
    """A new database and the Redis, where this run of the proofs has them; else the embedded default."""
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
    if "DATABASE_URL" in given:
        given["DATABASE_URL"] = new_database(given["DATABASE_URL"])
    yield given
    if "DATABASE_URL" in given:
        drop_database(os.environ["DATABASE_URL"])


def new_database(url: str) -> str:
    drop_database(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NEW_DATABASE}")
    return f"{url.rpartition('/')[0]}/{NEW_DATABASE}"


def drop_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NEW_DATABASE} WITH (FORCE)")


@pytest.mark.engines
def test_the_same_command_runs_on_the_services_given(
    started: Callable[..., Run], services: dict[str, str], tmp_path: Path
) -> None:
    run = started(tmp_path / "var", **services)
    run.wait_until_served()
    assert run.get("/healthz") == 200
    wait_for_heartbeat(run)
    assert (run.var / "gatehouse.sqlite3").exists() == ("DATABASE_URL" not in services)
    assert run.end(signal.SIGTERM) == 0
    assert run.left_behind() == []


def wait_for_heartbeat(run: Run) -> None:
    """Scheduler, broker and worker work when /readyz says so."""
    deadline = time.monotonic() + START_SECONDS
    while run.get("/readyz") != 200:
        assert time.monotonic() < deadline, (run.var / "log" / "worker.log").read_text()
        time.sleep(1)
