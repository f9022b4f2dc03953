"""Bytes at the web server itself: messages whose end two readers could see at different places, and odd ones."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

START_SECONDS = 60
ANSWER_SECONDS = 5
HOST = b"Host: 127.0.0.1\r\n"
LAST = b"Connection: close\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + LAST
HONEST = b"GET /healthz HTTP/1.1\r\n" + HOST + LAST


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The portal as `serve` starts it, on an empty database of its own."""
    folder = tmp_path_factory.mktemp("portal")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "GATEHOUSE_VAR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PORT": str(free),
    }
    run = [sys.executable, "manage.py"]
    for command in (["migrate", "-v0"], ["collectstatic", "-v0", "--noinput"]):
        subprocess.run([*run, *command], env=environment, cwd=settings.BASE_DIR, check=True, capture_output=True)
    with (folder / "web.log").open("wb") as log:
        web = subprocess.Popen(
            [sys.executable, "-m", "governance.serving.web"],
            env=environment,
            cwd=settings.BASE_DIR,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(free, web, folder / "web.log")
        yield free
    finally:
        web.terminate()
        web.wait(30)


def wait_for(port: int, web: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert web.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())


def statuses(port: int, sent: bytes) -> list[int]:
    """Of every answer that comes back on one connection before it ends or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as line:
        line.settimeout(ANSWER_SECONDS / 2)
        line.sendall(sent)
        answer = b""
        try:
            while chunk := line.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
        except ConnectionResetError:
            pass
    return [int(each[:3]) for each in answer.split(b"HTTP/1.1 ")[1:]]


def post(*headers: bytes, body: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"POST /accounts/login/ HTTP/1.1\r\n" + HOST + lines + b"\r\n" + body


def test_an_honest_connection_is_answered_twice(port: int) -> None:
    """What the others would look like if something were smuggled."""
    assert statuses(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED) == [200, 404]


def test_chunks_count_and_a_length_beside_them_does_not(port: int) -> None:
    """By the length the rest would be a request; by the chunks it is the body. By either, nothing is smuggled."""
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    sent = post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=body)
    answers = statuses(port, sent)
    assert 404 not in answers
    assert answers in ([403], [400], [])


UNCLEAR = [
    (b"Content-Length: 5", b"Content-Length: 0"),
    (b"Content-Length: 0, 5",),
    (b"Content-Length: +0",),
    (b"Content-Length: 0x0",),
    (b"Content-Length: -1",),
    (b"Transfer-Encoding: chunked, identity",),
    (b"Transfer-Encoding: xchunked",),
    (b"Transfer-Encoding: chunked", b"Transfer-Encoding: x"),
    (b"Transfer-Encoding : chunked",),
    (b" Transfer-Encoding: chunked",),
    (b"Transfer-Encoding\x00: chunked",),
    (b"X: a\r\n Content-Length: 5",),
    (b"Content-Length: 0\rX: y",),
]


def test_a_message_whose_end_is_not_clear_is_refused(port: int) -> None:
    answers = {headers: statuses(port, post(*headers, body=SMUGGLED)) for headers in UNCLEAR}
    assert {headers: said for headers, said in answers.items() if said not in ([400], [])} == {}


def test_a_broken_chunk_ends_the_connection(port: int) -> None:
    for chunk in (b"5;\nX\r\n", b"-1\r\n", b"0x5\r\n", b"g\r\n", b"ffffffffffffffffff\r\n"):
        body = chunk + b"hello\r\n0\r\n\r\n" + SMUGGLED
        assert 404 not in statuses(port, post(b"Transfer-Encoding: chunked", body=body)), chunk


NO_HTTP = {
    "version": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "nul": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "method": b"G\xffT / HTTP/1.1\r\n" + HOST + b"\r\n",
    "line": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\nX: y\r\nBad\r\n\r\n",
    "long": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 600_000 + b"\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


def test_what_is_no_http_is_refused_and_the_next_visitor_served(port: int) -> None:
    for name, sent in NO_HTTP.items():
        assert set(statuses(port, sent)) <= {400, 414, 431}, name
        assert statuses(port, HONEST) == [200], name


def test_no_answer_tells_a_version_of_what_gave_it(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as line:
        line.sendall(HONEST)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nserver: granian\r\n" in head + b"\r\n"
    assert not any(name in head for name in (b"x-powered-by", b"django", b"python", b"wsgi"))
