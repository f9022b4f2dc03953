"""Bodies that are small to send and large to read: refused by their size, their number of parts, or their depth."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from registry.models import ModelVersion
from tests import builders, callers
from tests.builders import Cast
from tests.hostile.answers import rows_of_every_table
from tests.registry.pages import signed_in

pytestmark = pytest.mark.django_db

KIND = "multipart/form-data; boundary={}"


def part(name: str, content: str = "x", more: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


#: What is sent as a form with files -> its body, or its body and how it is called.
BODIES: dict[str, str | tuple[str, str]] = {
    "a thousand and one parts": "".join(part(f"field-{number}") for number in range(1001)) + "--b--\r\n",
    "a hundred and one files": "".join(part(f"f{number}", more='; filename="x"') for number in range(101))
    + "--b--\r\n",
    "a header of a megabyte": part("artifact", more='; filename="' + "x" * 1_000_000 + '"') + "--b--\r\n",
    "ten thousand headers": part("artifact", more="\r\nX-A: b" * 10_000) + "--b--\r\n",
    "no end": part("artifact", more='; filename="x"'),
    "no parts": "--b--\r\n",
    "no name": "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    "a part without a header": "--b\r\n\r\nx\r\n--b--\r\n",
    "nothing but boundaries": "--b\r\n" * 50_000 + "--b--\r\n",
    "a file of broken base64": part("artifact", "!" * 10_000, '; filename="x"\r\nContent-Transfer-Encoding: base64')
    + "--b--\r\n",
    "a form in a form": part("artifact", part("inner"), "\r\nContent-Type: multipart/mixed; boundary=b") + "--b--\r\n",
    "a name with NUL": part("summary\x00", more='; filename="a\x00b"') + "--b--\r\n",
    "a boundary of ten thousand letters": ("--" + "b" * 10_000 + "--\r\n", "b" * 10_000),
    "a boundary of no letters": ("--\r\n\r\nx\r\n----\r\n", ""),
    "a boundary beyond ASCII": ("--é--\r\n", "é"),
}


#: Given up while they are read, whatever they hold.
UNREAD = {"a thousand and one parts", "a hundred and one files", "a boundary of no letters", "a boundary beyond ASCII"}


@pytest.fixture
def version(cast: Cast) -> ModelVersion:
    return builders.build_version(cast)


def kept(settings: LazySettings) -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.fixture
def doors(cast: Cast, version: ModelVersion) -> list[tuple[Client, str]]:
    """A page that takes a file, one that reads it, and the API."""
    browser = signed_in(cast.author)
    browser.raise_request_exception = False
    return [
        (browser, reverse("registry:version_register", args=[version.model.name])),
        (browser, reverse("registry:evaluation_upload", args=[version.model.name, 1])),
        (callers.caller(cast.author).client, f"{callers.API}/models/{version.model.name}/versions"),
    ]


@pytest.mark.parametrize("name", BODIES)
def test_a_form_that_is_a_bomb_is_refused_at_every_door(
    doors: list[tuple[Client, str]], settings: LazySettings, name: str
) -> None:
    given = BODIES[name]
    body, boundary = given if isinstance(given, tuple) else (given, "b")
    before, files = rows_of_every_table(), kept(settings)
    for client, address in doors:
        answer = client.generic("POST", address, body.encode(), content_type=KIND.format(boundary))
        allowed = (400,) if name in UNREAD else (400, 413, 422)
        assert answer.status_code in allowed, (address, answer.status_code)
    assert rows_of_every_table() == before
    assert kept(settings) == files


@pytest.mark.parametrize("size", [2001, 4_500_000])
def test_a_file_beyond_the_limit_is_kept_nowhere(
    doors: list[tuple[Client, str]], settings: LazySettings, size: int
) -> None:
    settings.ARTIFACT_MAX_BYTES = 2000
    before, files = rows_of_every_table(), kept(settings)
    for client, address in doors:
        file = SimpleUploadedFile("model.skops", b"x" * size)
        answer = client.post(address, {"artifact": file, "file": file})
        assert answer.status_code in (413, 422), (address, answer.status_code)
    assert rows_of_every_table() == before
    assert kept(settings) == files


def test_an_empty_file_is_no_model(doors: list[tuple[Client, str]], settings: LazySettings) -> None:
    before, files = rows_of_every_table(), kept(settings)
    for client, address in doors:
        answer = client.post(address, {"artifact": SimpleUploadedFile("model.skops", b""), "file": ""})
        assert answer.status_code == 422, address
        assert b"empty" in answer.content or b"Choose a file" in answer.content
    assert rows_of_every_table() == before
    assert kept(settings) == files
