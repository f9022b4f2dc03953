"""Installations of their own to measure on, one for each engine and size, written once and kept for the next run.

They live in the temporary folder; on PostgreSQL also as databases named test_gatehouse_bench_<models>. Standard library
and psycopg only, so that what measures shares no process with what is measured.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(tempfile.gettempdir()) / "gatehouse-bench"
DATABASE = "test_gatehouse_bench"
OWN_VARIABLES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "GATEHOUSE_VAR", "GATEHOUSE_DEMO", "PORT")
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Installation:
    """A portal with so many models. `server` is the address of a PostgreSQL server, "" for SQLite."""

    models: int
    server: str
    port: int

    @property
    def engine(self) -> str:
        return "postgresql" if self.server else "sqlite"

    @property
    def folder(self) -> Path:
        return FOLDER / f"{self.engine}-{self.models}"

    @property
    def database_url(self) -> str:
        if self.server:
            return urlunsplit(urlsplit(self.server)._replace(path=f"/{DATABASE}_{self.models}"))
        return f"sqlite:///{self.folder / 'gatehouse.sqlite3'}"

    def have(self) -> None:
        """Writes it when it is not there, and brings one that is to today's migrations."""
        whole = self.folder / "whole"
        if whole.exists():
            self.run("manage.py", "migrate", "--skip-checks", "--verbosity", "0")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            if self.server:
                self._make_database()
            self.run("-m", "benchmarks.write", str(self.models))
            whole.touch()
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")

    def have_empty(self) -> None:
        """One with nothing but what every portal begins with, made anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.server:
            self._make_database()
        self.run("manage.py", "migrate", "--skip-checks", "--verbosity", "0")

    def addresses(self) -> list[dict[str, Any]]:
        """What `benchmarks.addresses` says of it."""
        said = self.run("-m", "benchmarks.addresses")
        return json.loads(said)

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        with (self.folder / "web.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "governance.serving.web"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_for_answer(process)
            yield
        finally:
            process.terminate()
            process.wait(WAIT_SECONDS)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
        return kept | {
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "governance.settings",
            "GATEHOUSE_VAR": str(self.folder),
            "PORT": str(self.port),
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment | {"LOG_LEVEL": "WARNING"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def _make_database(self) -> None:
        name = f"{DATABASE}_{self.models}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name}")

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "web.log").read_text())
            time.sleep(0.1)

    def _answers(self) -> bool:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == http.HTTPStatus.OK
            except OSError:
                return False
