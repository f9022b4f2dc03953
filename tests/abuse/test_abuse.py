"""Every abuse of the table is tried at every door, and none succeeds."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.template.backends.django import Template

from tests.abuse import page
from tests.abuse.cases import SUBJECTS
from tests.abuse.doors import FOUND, IGNORED, World, every, heard, world
from tests.abuse.table import ABUSES, Abuse, Try
from tests.builders import Cast
from tests.tampering.scene import forgotten

LEAST = 40


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without drawing pages and logging requests, which answers nothing here."""
    monkeypatch.setattr(Template, "render", lambda template, context=None, request=None: "")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
@pytest.mark.engines
@pytest.mark.parametrize("abuse", ABUSES, ids=lambda abuse: abuse.name)
def test_no_door_lets_it_through(abuse: Abuse, cast: Cast) -> None:
    attempt = abuse.lay(cast)
    tries = every(attempt, cast.superuser)
    before = world()
    assert {door: tried(tries[door], before) for door in tries} == abuse.expected, abuse.name


def tried(attempt: Try, before: World) -> str:
    """What is said to it. Afterwards the world is as before, or it is told what is not; then it is again."""
    with forgotten():
        said = heard(attempt)
        changed = [] if said in (FOUND, IGNORED) or said == "refused by the database" else _changed(before)
    return f"{said}, and changed {', '.join(changed)}" if changed else said


def _changed(before: World) -> list[str]:
    after = world()
    return [name for name in before if before[name] != after[name]]


def test_there_are_many_of_them_and_each_has_its_name() -> None:
    assert len({abuse.name for abuse in ABUSES}) == len(ABUSES) >= LEAST
    assert {abuse.lay.__module__ for abuse in ABUSES} == {subject.__name__ for subject in SUBJECTS}


def test_the_page_is_what_the_table_says() -> None:
    assert page.PAGE.read_text() == page.page(), "Print it anew: python -m tests.abuse.page"
