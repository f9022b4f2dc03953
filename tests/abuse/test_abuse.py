"""Every abuse of the table is tried at every door that there is for it, and none succeeds. That there is no other door
is asked in tests/proofs/test_abuse.py."""

from __future__ import annotations

import pytest

from tests.abuse import page
from tests.abuse.cases import SUBJECTS
from tests.abuse.doors import tried, world
from tests.abuse.table import ABUSES, Abuse
from tests.builders import Cast

LEAST = 40


@pytest.mark.django_db
@pytest.mark.engines
@pytest.mark.parametrize("abuse", ABUSES, ids=lambda abuse: abuse.name)
def test_no_door_lets_it_through(abuse: Abuse, cast: Cast) -> None:
    attempt = abuse.lay(cast)
    before = world()
    assert {door: tried(act, before) for door, act in attempt.doors.items()} == abuse.says, abuse.name


def test_there_are_many_of_them_and_each_has_its_name() -> None:
    assert len({abuse.name for abuse in ABUSES}) == len(ABUSES) >= LEAST
    assert {abuse.lay.__module__ for abuse in ABUSES} == {subject.__name__ for subject in SUBJECTS}


def test_the_page_is_what_the_table_says() -> None:
    assert page.PAGE.read_text() == page.page(), "Print it anew: python -m tests.abuse.page"
