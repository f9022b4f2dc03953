"""What is logged: one line a request, one a task, the request's id on each of them, and no secret anywhere."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from celery import shared_task
from celery.app.trace import trace_task
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from audit import ledger
from governance import celery_app, logs
from governance.access import PAGES, PUBLIC
from governance.redaction import REDACTED
from governance.urls import urlpatterns as real
from registry.models import Person
from tests import callers
from tests.builders import Cast

pytestmark = pytest.mark.django_db

BACKEND = "governance.roles.SignInBackend"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What the portal's own handler writes, each line read as JSON."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.formatter(logs.JSON))
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def of(lines: Lines, event: str) -> dict[str, Any]:
    (line,) = [line for line in lines() if line["event"] == event]
    return line


def failing(request: HttpRequest) -> HttpResponse:
    password = "local-variable-password"
    raise RuntimeError(f"broken for {request.headers.get('Authorization')} {len(password)}")


urlpatterns = [*real, path("healthz/fails", failing, name="fails")]
handler500 = "governance.views.failures.server_error"


class TestRequests:
    def test_a_request_is_one_line_without_address_or_name(self, client: Client, cast: Cast, lines: Lines) -> None:
        client.force_login(cast.author, backend=BACKEND)
        client.get("/models/?q=alzheimer&token=abc", headers={"X-Request-ID": "pipeline-0001"})
        line = of(lines, "request")
        assert line["method"] == "GET"
        assert (line["route"], line["status"], line["level"]) == ("registry:model_list", 200, "info")
        assert line["ms"] > 0
        assert (line["request_id"], line["person"]) == ("pipeline-0001", str(cast.author.pk))
        assert not {"alzheimer", cast.author.username, cast.author.name} & set(json.dumps(line).split('"'))

    def test_a_token_is_told_by_its_person(self, cast: Cast, lines: Lines) -> None:
        secret = callers.secret_for(cast.author)
        Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/models")
        assert of(lines, "request")["person"] == str(cast.author.pk)
        assert secret not in json.dumps(lines())

    def test_nobody_is_nobody(self, client: Client, lines: Lines) -> None:
        client.get("/nowhere/")
        line = of(lines, "request")
        assert (line["route"], line["status"], line["person"]) == ("unknown", 404, None)

    def test_what_libraries_say_within_carries_the_id_too(self, lines: Lines) -> None:
        with logs.about("pipeline-0002"):
            for name in ("django.security", "celery.worker", "_granian", "allauth.account", "redis"):
                logging.getLogger(name).warning("trouble of %s", name)
        logging.getLogger("django").warning("afterwards")
        *within, after = lines()
        assert {line["request_id"] for line in within} == {"pipeline-0002"}
        assert len(within) == 5
        assert "request_id" not in after


class TestFailures:
    @pytest.fixture(autouse=True)
    def _addresses(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.ROOT_URLCONF = __name__
        monkeypatch.setitem(PAGES, "fails", PUBLIC)

    def test_a_failure_has_its_traceback_and_its_id_and_the_page_tells_the_id(self, lines: Lines) -> None:
        answer = Client(raise_request_exception=False).get(
            "/healthz/fails", headers={"X-Request-ID": "pipeline-0003", "Authorization": "Basic c2VjcmV0LXBhc3M="}
        )
        assert answer.status_code == 500
        assert "pipeline-0003" in answer.content.decode()
        failure = of(lines, "Internal Server Error: /healthz/fails")
        assert (failure["request_id"], failure["level"]) == ("pipeline-0003", "error")
        assert "RuntimeError: broken for" in failure["exception"]
        assert "c2VjcmV0LXBhc3M=" not in json.dumps(lines())
        assert "local-variable-password" not in json.dumps(lines())
        assert of(lines, "request")["status"] == 500

    def test_what_is_merely_refused_is_no_second_line(self, client: Client, lines: Lines) -> None:
        client.get("/nowhere/")
        assert [line["event"] for line in lines()] == ["request"]


KEY = "Mg-cx3vqk-2f0d6c3b1a9e8d7c6b5a"
LEAKS = [
    ("token", "sent gh_Zm9vYmFyYmF6cXV4", "gh_Zm9vYmFyYmF6cXV4"),
    ("header", "Authorization: Bearer opaque-credential", "opaque-credential"),
    ("header in a dictionary", repr({"HTTP_AUTHORIZATION": "Basic b3BhcXVl"}), "b3BhcXVl"),
    ("cookie header", "Cookie: sessionid=abcdef123456; theme=dark", "abcdef123456"),
    ("cookie of this host", "sent __Host-sessionid=abcdef123456", "abcdef123456"),
    ("cookie in a dictionary", repr({"HTTP_COOKIE": "csrftoken=qwertz0987"}), "qwertz0987"),
    ("form", repr({"username": "ada", "password": "correct horse battery"}), "horse"),
    ("query dictionary", "<QueryDict: {'password1': ['correct horse']}>", "horse"),
    ("json", json.dumps({"new_password": 'with "quotes" inside'}), "inside"),
    ("repr of a repr", repr(repr({"password": "it's mine"})), "mine"),
    ("a quote never closed", "password='correct horse", "horse"),
    ("one-time link", f"GET /accounts/password/reset/key/{KEY}/ failed", KEY),
    ("one-time link in an address", f"https://portal.example.org/accounts/password/reset/key/{KEY}/", KEY),
    ("database address", "postgresql://gatehouse:hunter22@db:5432/gatehouse", "hunter22"),
    ("redis address", "redis://:hunter22@cache:6379/0", "hunter22"),
    ("constraint", "Key (session_key)=(k3ys3ss10n) already exists.", "k3ys3ss10n"),
    ("single sign-on", "/accounts/oidc/callback/?code=0neT1me&state=st4te", "0neT1me"),
    ("source line", 'secret_key = "in-the-source"', "in-the-source"),
]


@pytest.mark.parametrize(("text", "secret"), [leak[1:] for leak in LEAKS], ids=[leak[0] for leak in LEAKS])
class TestSecrets:
    def test_none_in_a_message(self, lines: Lines, text: str, secret: str) -> None:
        logging.getLogger("django").warning("It said %s", text)
        self.assert_untold(lines, secret)

    def test_none_in_a_value_however_deep(self, lines: Lines, text: str, secret: str) -> None:
        structlog.get_logger("governance").warning("said", deep={"list": [(text, {"inner": text.encode()})]})
        self.assert_untold(lines, secret)

    def test_none_in_a_traceback_its_causes_and_its_locals(self, lines: Lines, text: str, secret: str) -> None:
        kept_here = text
        try:
            try:
                raise ValueError(kept_here)
            except ValueError as cause:
                raise RuntimeError([kept_here]) from cause
        except RuntimeError:
            logging.getLogger("approvals").exception("failed")
        assert "RuntimeError" in lines()[0]["exception"]
        self.assert_untold(lines, secret)

    def assert_untold(self, lines: Lines, secret: str) -> None:
        (line,) = lines()
        assert secret not in json.dumps(line)
        assert REDACTED in json.dumps(line)


def test_own_secrets_are_found_wherever_they_stand(lines: Lines, settings: Any) -> None:
    settings.METRICS_TOKEN = "scraper-7f3e"
    settings.EMAIL_HOST_PASSWORD = "mailer-91aa"
    settings.OIDC_CLIENT_SECRET = "provider-c04e"
    given = (settings.SECRET_KEY, settings.METRICS_TOKEN, settings.EMAIL_HOST_PASSWORD, settings.OIDC_CLIENT_SECRET)
    for secret in given:
        logging.getLogger("django").error("plain %s here", secret)
    assert [line["event"] for line in lines()] == [f"plain {REDACTED} here"] * 4


def test_a_line_is_told_where_there_is_no_key_yet(lines: Lines, settings: Any) -> None:
    """Django raises an error of its own when an empty key is read, which would take the place of what failed."""
    settings.SECRET_KEY = ""
    logging.getLogger("django").error("no such table")
    assert [line["event"] for line in lines()] == ["no such table"]


@pytest.mark.parametrize("name", ["password", "Authorization", "Cookie", "HTTP_COOKIE", "csrf_token", "SECRET_KEY"])
def test_a_value_under_a_secret_name_is_not_told(lines: Lines, name: str) -> None:
    structlog.get_logger("governance").error("said", **{name: object()})
    assert lines()[0][name] == REDACTED


def test_ordinary_words_stay(lines: Lines) -> None:
    said = "Review 3 of diabetes-progression v1 moved to production: 12 rows, code business-approval"
    logging.getLogger("approvals").error(said)
    assert lines()[0]["event"] == said


def test_what_nobody_caught_is_a_line(lines: Lines) -> None:
    try:
        raise RuntimeError("password='hunter22'")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    (line,) = lines()
    assert line["level"] == "critical"
    assert "RuntimeError" in line["exception"]
    assert "hunter22" not in line["exception"]


def test_text_for_people_is_redacted_too() -> None:
    record = logging.LogRecord("django", logging.ERROR, "", 0, "password=%s", ("hunter22",), None)
    told = logs.formatter(logs.TEXT).format(record)
    assert "hunter22" not in told
    assert not told.startswith("{")


@pytest.mark.parametrize("form", [logs.JSON, logs.TEXT])
@pytest.mark.parametrize("sign", ["\n", "\r\n", "\x1b[2K", "\x00"])
def test_what_somebody_sent_begins_no_line_and_moves_no_cursor(form: str, sign: str) -> None:
    sent = f"tester{sign}2026-11-20 [critical] everything is lost"
    record = logging.LogRecord("django", logging.WARNING, "", 0, "Not found: %s", (sent,), None)
    told = logs.formatter(form).format(record)
    assert sign not in told
    assert len(told.splitlines()) == 1
    assert "everything is lost" in told


@shared_task(name="tests.note_request_id")
def note_request_id(fail: bool = False) -> str:
    logging.getLogger("approvals.tasks").warning("inside")
    with ledger.entry("registry.person.signed_out", by=Person.objects.system()):
        pass
    if fail:
        raise RuntimeError("password='hunter22'")
    return ledger.request_id.get()


class TestTasks:
    def test_a_task_carries_the_id_of_the_request_that_woke_it(self, lines: Lines) -> None:
        with logs.about("pipeline-0004"):
            headers = published()
        assert worked_on(headers) == "pipeline-0004"
        assert {line["request_id"] for line in lines()} == {"pipeline-0004"}
        assert {(line["task"], line["task_id"]) for line in lines()} == {(note_request_id.name, headers["id"])}
        assert of(lines, "task")["state"] == "SUCCESS"
        assert ledger.request_id.get() == ""

    def test_a_task_of_the_schedule_has_none(self, lines: Lines) -> None:
        worked_on(published())
        assert {line.get("request_id") for line in lines()} == {None}
        assert "task" not in {line["event"] for line in lines()}

    def test_a_task_that_fails_says_so_without_secrets(self, lines: Lines) -> None:
        worked_on(published(), fail=True)
        assert of(lines, "task")["state"] == "FAILURE"
        assert "hunter22" not in json.dumps(lines())


def published() -> dict[str, Any]:
    """The headers of a message that is sent now."""
    with celery_app.connection_for_write("memory://") as connection:
        note_request_id.apply_async(connection=connection)
        return connection.SimpleQueue("celery").get(timeout=5).headers


def worked_on(headers: dict[str, Any], **kwargs: Any) -> Any:
    """As a worker does with a message that carries these headers."""
    return trace_task(note_request_id, headers["id"], [], kwargs, request=headers, app=celery_app)[0]
