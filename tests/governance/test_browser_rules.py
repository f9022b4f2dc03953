"""What browsers are told with every answer: pages, files, refusals and failures alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from governance.middleware import BrowserRulesMiddleware
from tests import builders
from tests.builders import Cast
from tests.permissions import story
from tests.permissions.table import Matrix
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

RULES = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
SCRIPTS = sorted((portal.BASE_DIR / "static" / "js").glob("*.js"))


@pytest.fixture
def static_files(settings: Any, tmp_path: Path) -> Path:
    """The folder that the portal serves, with one file of each kind."""
    for name in ("look.css", "move.js", "icons.svg", "letter.woff2"):
        (tmp_path / name).write_text("x")
    settings.STATIC_ROOT = tmp_path
    return tmp_path


def answers(cast: Cast) -> Iterator[tuple[str, Any]]:
    """Every page that can be read, an API, a download, and each way of saying no."""
    told = story.tell(cast)
    member = signed_in(cast.superuser)
    member.raise_request_exception = False
    for key in Matrix.read("pages").rows:
        if key.method == "GET":
            yield key.route, whole(member.get(story.address_of(key, told)))
    yield "visitor", Client().get("/")
    yield "another host", Client().get("/", headers={"host": "evil.example"})
    yield "no such page", member.get("/nowhere/")
    yield "not theirs", signed_in(cast.stranger).get("/models/")
    yield "foreign form", Client(enforce_csrf_checks=True).post(reverse("account_login"))
    yield "not with this method", member.delete("/models/")
    yield "api without token", Client().get("/api/v1/models")
    yield "api", member.get("/api/v1/models")


def whole(answer: Any) -> Any:
    """What streams is read to its end, which closes the file."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def complaints(answer: Any) -> Iterator[str]:
    for name, rule in (RULES | BrowserRulesMiddleware.RULES).items():
        if answer.get(name) != rule:
            yield f"{name}: {answer.get(name)}"
    policy = answer.get("Content-Security-Policy", "")
    if not all(rule in policy for rule in POLICY) or "unsafe" in policy:
        yield f"content policy: {policy}"
    kind = answer.get("Content-Type", "")
    has_body = answer.streaming or answer.content
    if (has_body and not kind) or (kind.startswith("text/") and "charset=utf-8" not in kind):
        yield f"content type: {kind}"
    reader = getattr(answer.wsgi_request, "user", None)
    if reader and reader.is_authenticated and "no-store" not in answer.get("Cache-Control", ""):
        yield f"cache: {answer.get('Cache-Control')}"


def test_every_answer_says_how_it_may_be_shown_and_kept(cast: Cast) -> None:
    """The rules, the content policy, which letters a text is written in, and that no cache keeps what is personal."""
    walked = {where: list(complaints(answer)) for where, answer in answers(cast)}
    assert len(walked) > 100
    assert {where: found for where, found in walked.items() if found} == {}


def test_a_host_that_is_refused_behind_https_is_told_too(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("look.css", 'text/css; charset="utf-8"'),
        ("move.js", 'text/javascript; charset="utf-8"'),
        ("icons.svg", "image/svg+xml; charset=utf-8"),
        ("letter.woff2", "font/woff2"),
    ],
)
def test_files_carry_them_and_are_for_this_site_only(static_files: Path, name: str, kind: str) -> None:
    answer = whole(Client().get(f"/static/{name}"))
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert "Access-Control-Allow-Origin" not in answer
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    for header, rule in RULES.items():
        assert answer[header] == rule, header


def test_no_folder_is_listed(static_files: Path) -> None:
    (static_files / "css").mkdir()
    for address in ("/static/", "/static", "/static/css/", "/static/css", "/media/"):
        answer = Client().get(address)
        assert answer.status_code in (302, 404), address
        assert b"look.css" not in answer.content


def test_no_answer_lets_another_site_read_it(cast: Cast) -> None:
    member = signed_in(cast.author)
    for origin in ("https://evil.example", "null"):
        for address in ("/models/", "/api/v1/models", "/api/v1/openapi.json", "/healthz"):
            answer = member.get(address, headers={"Origin": origin})
            assert not [name for name in answer.headers if name.startswith("Access-Control-")], address
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert member.options("/api/v1/models", headers=asked).status_code in (401, 405)


def test_what_is_downloaded_is_not_shown(cast: Cast) -> None:
    version = builders.build_version(cast, **story.UPLOADED, artifact=ContentFile(b"<script>", "model.html"))
    member = signed_in(cast.superuser)
    for address in (
        reverse("registry:artifact_download", args=[version.model.name, version.number]),
        reverse("registry:model_download"),
        reverse("registry:use_case_download"),
    ):
        answer = whole(member.get(address))
        assert answer["Content-Disposition"].startswith("attachment; filename="), address
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_signing_out_asks_the_browser_to_forget(cast: Cast) -> None:
    answer = signed_in(cast.author).post(reverse("account_logout"))
    assert answer["Clear-Site-Data"] == '"cache"'


class TestScripts:
    """Read as text: what they may not do, no test of one of them would find."""

    @pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
    def test_none_runs_text(self, script: Path) -> None:
        assert not re.search(r"\beval\(|new Function|document\.write|setTimeout\(['\"]|postMessage", script.read_text())

    @pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
    def test_none_writes_to_a_name_that_comes_from_data(self, script: Path) -> None:
        """Nothing to pollute a prototype with."""
        assert not re.search(r"\w\[[^\]'\"\d]+\]\s*=[^=]|__proto__|Object\.assign", script.read_text())

    def test_only_options_that_the_portal_has_written_are_set_as_markup(self) -> None:
        found = {path.name: path.read_text().count("innerHTML") for path in SCRIPTS}
        assert {name for name, count in found.items() if count} == {"palette.js"}

    def test_the_browser_keeps_nothing_but_the_look(self) -> None:
        kept = {each for path in SCRIPTS for each in re.findall(r"\b(\w+Storage\.\w+\(\"?\w*)", path.read_text())}
        assert kept == {'localStorage.getItem("theme', 'localStorage.setItem("theme'}
