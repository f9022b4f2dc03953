"""A server on this machine that answers as a recorded MLflow server did, or as one does that means no good."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

RECORDED = json.loads((Path(__file__).parent / "registry" / "recorded" / "mlflow.json").read_text())
API = "/api/2.0/mlflow/"


@dataclass
class MlflowServer:
    """`asked` are the paths it was asked for, `tokens` what it was shown; without `token` it lets everybody in."""

    port: int = 0
    token: str = ""
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"http://{self.host}"


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for as long as anybody listens."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        return


def sending_elsewhere(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest/meta-data/")
    handler.end_headers()


def answering(content: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@contextmanager
def mlflow_server(token: str = "") -> Iterator[MlflowServer]:
    server = MlflowServer(token=token)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(server))
    http.daemon_threads = True
    http.block_on_close = False
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def _handler_of(server: MlflowServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            shown = self.headers.get("Authorization", "")
            server.tokens.add(shown)
            if server.answer:
                server.answer(self)
            elif server.token and shown != f"Bearer {server.token}":
                answering(b"{}", 401)(self)
            else:
                found = _recorded(self.path)
                answering(json.dumps(found).encode(), 200 if found is not None else 404)(self)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


def _recorded(path: str) -> dict[str, Any] | None:
    parts = urlsplit(path)
    query = parse_qs(parts.query)
    match parts.path.removeprefix(API):
        case "registered-models/search":
            return _page("registered_models", RECORDED["models"], query)
        case "model-versions/search":
            return _page("model_versions", RECORDED["versions"], query)
        case "runs/get":
            run = RECORDED["runs"].get(query["run_id"][0])
            return {"run": run} if run else None
    return None


def _page(name: str, listed: list[Any], query: dict[str, list[str]]) -> dict[str, Any]:
    """Two at a time, whatever was asked for, so that there are pages to follow."""
    start = int(query.get("page_token", ["0"])[0])
    rest = {"next_page_token": str(start + 2)} if start + 2 < len(listed) else {}
    return {name: listed[start : start + 2]} | rest
