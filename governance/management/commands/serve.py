"""Prepares an installation, serves it, and keeps what it started together until it ends."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from audit.models import Event
from governance import boot, secrets, telemetry
from governance.management.commands import load_demo
from governance.serving import ground, services
from governance.serving.ground import Refusal
from governance.serving.processes import Ended, Processes
from registry.models import Person

FIRST_ANSWER_SECONDS = 60
ANSWER_SECONDS = 10
LOOK_SECONDS = 0.25
# The tasks are short statements and waits for other machines, and SQLite has one writer: threads do as well as
# processes, start faster, and leave no children behind. Time limits would need processes; no task has one.
WORKER_THREADS = "2"


class Command(BaseCommand):
    help = "Serves the portal, with its worker and scheduler, on 127.0.0.1:$PORT. docs/operations.md says more."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with one sentence when it refuses, or when what it started ends by itself."""
        _interrupt_on_every_signal()
        try:
            self._serve()
        except (Refusal, Ended, ImproperlyConfigured, CommandError) as refusal:
            sys.exit(str(refusal))
        except KeyboardInterrupt:
            self.stdout.write("Gatehouse has stopped.")

    def _serve(self) -> None:
        port = ground.port()
        ground.make_folders(settings.VAR)
        with _alone_in(settings.VAR):
            ground.refuse_taken(port)
            self._prepare()
            self._run(port)

    def _prepare(self) -> None:
        _have_secret_key()
        services.refuse_silent()
        call_command("migrate", verbosity=0, interactive=False)
        boot.refuse_unsafe()
        call_command("collectstatic", verbosity=0, interactive=False)
        if settings.DEMO:
            self._have_demo()
        elif not _people().exists():
            self.stdout.write(
                "Nobody can sign in yet. In another terminal, with the same variables: "
                ".venv/bin/python manage.py first_admin USERNAME"
            )

    def _have_demo(self) -> None:
        if _is_demo_loaded():
            self._tell_accounts()
        elif _is_own_organisation():
            raise Refusal("This database holds an organisation of its own. Start with GATEHOUSE_DEMO=0.")
        else:
            self.stdout.write("Loading the demo organisation ...")
            call_command("load_demo", stdout=self.stdout)

    def _tell_accounts(self) -> None:
        path = settings.VAR / "demo-credentials.json"
        if not path.exists():
            self.stdout.write(f"The passwords of the demo stood in {path}, which is gone. Start with an empty folder.")
            return
        self.stdout.write(f"Passwords and tokens of the demo stand in {path}. Sign in as:")
        for account in json.loads(path.read_text()):
            if account["password"]:
                self.stdout.write(f"  {account['username']:<8}{account['name']}, {account['role']}")

    def _run(self, port: int) -> None:
        processes = Processes()
        _count_together()
        try:
            with (settings.VAR / "log" / "worker.log").open("ab") as log:
                processes.start("worker", _worker(), folder=settings.BASE_DIR, output=log)
            web_server = processes.start("web server", _web_server(), folder=settings.BASE_DIR)
            (settings.VAR / "web.pid").write_text(f"{web_server}\n")
            _wait_for_first_answer(processes, port)
            self.stdout.write(f"Gatehouse serves at http://{ground.HOST}:{port}/ until Ctrl-C.")
            self.stdout.flush()
            while True:
                time.sleep(LOOK_SECONDS)
                processes.refuse_ended()
        finally:
            _ignore_every_signal()
            processes.stop()


class _alone_in:
    """Two schedulers over one folder would do everything twice. The lock goes with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "serve.lock"

    def __enter__(self) -> None:
        self._file: IO[str] = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise Refusal(
                f"Another Gatehouse serves from {self._path.parent}. Stop it, or name another folder in GATEHOUSE_VAR."
            ) from None

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _have_secret_key() -> None:
    """An installation that was given no key makes its own. One that was given an empty key has lost it: refused."""
    if os.environ.get("SECRET_KEY") == "":
        raise Refusal("SECRET_KEY is empty. Set it to at least 50 random characters, or unset it to have one made.")
    if "SECRET_KEY" not in os.environ:
        settings.SECRET_KEY = secrets.create(settings.VAR / "keys" / "django-secret.key")


def _is_demo_loaded() -> bool:
    return Event.objects.filter(kind=load_demo.LOADED).exists()


def _is_own_organisation() -> bool:
    return _people().exists() and not _people().filter(is_demo=True).exists()


def _people() -> QuerySet[Person]:
    return Person.objects.exclude(kind=Person.Kind.SYSTEM)


def _count_together() -> None:
    """From here on, what is started counts for /metrics into one folder. What an earlier run counted is gone."""
    folder = settings.VAR / "metrics"
    for file in folder.glob("*.db"):
        file.unlink()
    os.environ[telemetry.SHARED_FOLDER] = str(folder)


def _worker() -> list[str]:
    celery = [sys.executable, "-m", "celery", "-A", "governance", "worker", "--beat"]
    pool = ["--pool", "threads", "--concurrency", WORKER_THREADS]
    return [*celery, *pool, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]


def _web_server() -> list[str]:
    return [sys.executable, "-m", "governance.serving.web"]


def _wait_for_first_answer(processes: Processes, port: int) -> None:
    """Whatever /healthz says: it has said something, so the application is loaded."""
    deadline = time.monotonic() + FIRST_ANSWER_SECONDS
    while not _answers(port):
        processes.refuse_ended()
        if time.monotonic() > deadline:
            raise Ended(f"The web server gave no answer within {FIRST_ANSWER_SECONDS} seconds.")
        time.sleep(LOOK_SECONDS)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ground.HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _interrupt_on_every_signal() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def _ignore_every_signal() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
