"""Asks an MLflow server for its model registry, as a stranger should: few addresses, no redirects, bounded answers.

A request from this machine to an address that somebody typed reaches what only this machine can reach. The page
therefore asks only hosts that `settings.IMPORT_MLFLOW_HOSTS` names. Whoever runs `manage.py` may name any.

It is asked while the page waits, not by a task: a task would need the token in the broker or in the database, and it
is kept nowhere.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ValidationError

from registry.imports.mlflow import NOT_MLFLOW, Answers
from registry.imports.reading import MOST_ROWS, too_many_rows, unreadable

API = "/api/2.0/mlflow/"
PORTS = {"http": 80, "https": 443}
CONNECT_SECONDS, READ_SECONDS = 5, 20
LARGEST_ANSWER = 8 * 1024 * 1024
PAGE = 200


def checked_address(address: str) -> str:
    """The address without a slash at its end. Raises ValidationError (code `address`) for what is none."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise _no_address("It cannot be read. Write it as in https://mlflow.example.org.") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise _no_address("It begins with http:// or https:// and names a host, as in https://mlflow.example.org.")
    if parts.username or parts.password:
        raise _no_address("Leave name and password out of it. A token has a field of its own.")
    if parts.query or parts.fragment or any(letter.isspace() or letter == "\\" for letter in address.strip()):
        raise _no_address("Leave out what comes after the path.")
    return f"{parts.scheme}://{_host(parts)}{parts.path.rstrip('/')}"


def is_allowed(address: str) -> bool:
    """Whether the page may ask this host. `mlflow.example.org` stands for its usual port, `host:5000` for that one."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {host} if (parts.port or PORTS[parts.scheme]) == PORTS[parts.scheme] else set()
    named = {each.strip().lower() for each in settings.IMPORT_MLFLOW_HOSTS}
    return bool(named & (usual | {f"{host}:{parts.port or PORTS[parts.scheme]}"}))


def fetch(address: str, *, seconds: float, token: str = "", account: tuple[str, str] | None = None) -> Answers:
    """Everything the registry lists. `token` and `account` go to the server and nowhere else.

    Raises ValidationError when it does not answer as an MLflow server does, redirects, or takes longer than `seconds`.
    A server that sends a byte now and then would outlast every limit of a single read, so a thread of its own listens
    to it, and is left behind when the time is over.
    """
    server = _Server(checked_address(address), token, account, time.monotonic() + seconds)
    answered: Future[Answers] = Future()
    threading.Thread(target=_listen, args=[server, answered], daemon=True).start()
    try:
        return answered.result(timeout=seconds)
    except TimeoutError:
        raise _too_slow() from None


def _listen(server: _Server, answered: Future[Answers]) -> None:
    try:
        answered.set_result(_everything(server))
    except Exception as error:
        answered.set_exception(error)


def _everything(server: _Server) -> Answers:
    models = list(server.every("registered-models/search", "registered_models"))
    versions = list(server.every("model-versions/search", "model_versions"))
    run_ids = {str(version["run_id"]) for version in versions if version.get("run_id")}
    return Answers(server.address, models, versions, {run_id: server.run(run_id) for run_id in sorted(run_ids)})


class _Server:
    def __init__(self, address: str, token: str, account: tuple[str, str] | None, until: float) -> None:
        self.address = address
        self.until = until
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy and no .netrc of whoever runs this
        self.session.auth = account
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def every(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """All pages of a search."""
        seen: set[str] = set()
        token, count = "", 0
        while True:
            page = self._get(path, {"max_results": PAGE} | ({"page_token": token} if token else {}))
            listed = page.get(name, [])
            if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
                raise _not_mlflow()
            yield from listed
            count += len(listed)
            token = str(page.get("next_page_token") or "")
            if not token:
                return
            if count > MOST_ROWS:
                raise too_many_rows()
            if token in seen:
                raise _not_mlflow()
            seen.add(token)

    def run(self, run_id: str) -> dict[str, Any]:
        """Empty when the run is gone, which the registry allows."""
        found = self._get("runs/get", {"run_id": run_id}, may_be_missing=True).get("run", {})
        return found if isinstance(found, dict) and isinstance(found.get("data", {}), dict) else {}

    def _get(self, path: str, query: dict[str, Any], *, may_be_missing: bool = False) -> dict[str, Any]:
        try:
            with self.session.get(
                self.address + API + path,
                params=query,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as answer:
                if may_be_missing and answer.status_code == requests.codes.not_found:
                    return {}
                self._refuse(answer.status_code)
                return _object(self._content(answer))
        except requests.RequestException as error:
            raise ValidationError(
                f"The server does not answer ({type(error).__name__}). Check its address, then try again.",
                code="no-answer",
            ) from None

    def _refuse(self, status: int) -> None:
        if 300 <= status < 400:
            raise ValidationError("The server sends its visitors elsewhere. Name the address itself.", code="redirect")
        if status in (requests.codes.unauthorized, requests.codes.forbidden):
            raise ValidationError("The server turns us away. Check the token and what it may read.", code="turned-away")
        if status != requests.codes.ok:
            raise ValidationError(f"The server answers {status}. Check that it is an MLflow server.", code="answer")

    def _content(self, answer: requests.Response) -> bytes:
        content = b""
        for chunk in answer.iter_content(64 * 1024):
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise ValidationError("One answer of the server is too large to be read.", code="too-large")
            if time.monotonic() > self.until:
                raise _too_slow()
        return content


def _object(content: bytes) -> dict[str, Any]:
    """Figures stay as they were written."""
    try:
        found = json.loads(content, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise _not_mlflow() from None
    if not isinstance(found, dict):
        raise _not_mlflow()
    return found


def _host(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port}" if parts.port else host


def _no_address(message: str) -> ValidationError:
    return ValidationError(message, code="address")


def _too_slow() -> ValidationError:
    return ValidationError(
        "It takes longer than a page can wait. Ask an operator to import this server with manage.py import_models.",
        code="too-slow",
    )


def _not_mlflow() -> ValidationError:
    return unreadable(*NOT_MLFLOW)
