"""Every cell of the permission matrix, asked for real. A route that is missing in the matrix fails, and so does a row
without a route."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping

import pytest
from django.core.cache import cache
from django.template.backends.django import Template

from tests.builders import Cast
from tests.permissions import callers, routes, story
from tests.permissions.callers import Asker
from tests.permissions.story import Story
from tests.permissions.table import Key, Matrix, line, lines

pytestmark = pytest.mark.django_db

Rows = dict[Key, dict[str, str]]
Ask = Callable[[Asker, Key], str]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without what costs most of a request and answers nothing here: drawing the page, and logging each refusal."""
    cache.clear()  # limits of attempts at sign-in that tests before this one have used up
    monkeypatch.setattr(Template, "render", lambda template, context=None, request=None: "")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def told(cast: Cast) -> Story:
    return story.tell(cast)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_page_answers_everybody_as_the_matrix_says(told: Story, method: str) -> None:
    def ask(asker: Asker, key: Key) -> str:
        return asker.ask(method, story.address_of(key, told), story.body_of(key, told), None)

    rows = {key: cells for key, cells in Matrix.read("pages").rows.items() if key.method == method}
    compare("pages", rows, {Key(route, method) for route in routes.pages()}, callers.browsers(told.cast), ask)


def test_every_operation_answers_everybody_as_the_matrix_says(told: Story) -> None:
    paths = routes.operations()

    def ask(asker: Asker, key: Key) -> str:
        address = story.api_address_of(key, paths[Key(key.route, key.method)], told)
        return asker.ask(key.method, address, story.api_body_of(key, told), "application/json")

    compare("api", Matrix.read("api").rows, set(paths), callers.tokens(told.cast), ask)


def compare(name: str, rows: Rows, needed: set[Key], askers: Mapping[str, Asker], ask: Ask) -> None:
    """Fails with the rows to add, to take out, or to look at."""
    columns = Matrix.read(name).columns
    assert columns == tuple(askers), f"{name}.csv has to have the columns {','.join(askers)}"
    gone = sorted(key for key in rows if Key(key.route, key.method) not in needed)
    if gone:
        pytest.fail(f"There is no such route: take out of {name}.csv\n\n{lines(rows, gone)}", pytrace=False)

    missing = sorted(needed - {Key(key.route, key.method) for key in rows})
    found = {key: {who: ask(asker, key) for who, asker in askers.items()} for key in missing or rows}
    if missing:
        pytest.fail(f"{MISSING.format(name)}\n\n{lines(found, missing)}\n", pytrace=False)
    wrong = [key for key in sorted(rows) if found[key] != rows[key]]
    if wrong:
        pytest.fail(f"Not as tests/permissions/{name}.csv says:\n{_differences(wrong, rows, found)}", pytrace=False)


MISSING = """These routes are missing in tests/permissions/{}.csv. As the portal answers now, their rows are below.
Ask of each word whether it is meant, then put them where they belong; the top of the file says how."""


def _differences(wrong: list[Key], rows: Rows, found: Rows) -> str:
    said = []
    for key in wrong:
        cells = [f"{who}: {word}, not {rows[key][who]}" for who, word in found[key].items() if word != rows[key][who]]
        said += [f"\n{key}: {'; '.join(cells)}", f"  said      {line(key, rows[key])}"]
        said += [f"  answered  {line(key, found[key])}"]
    return "\n".join(said)
