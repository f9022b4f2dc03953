"""Where no door is for an abuse, there is none: no operation of the API, no admin site, no command."""

from __future__ import annotations

import pytest

from tests.abuse.cases import SUBJECTS
from tests.abuse.doors import closed, tried, world
from tests.abuse.table import ABUSES, CLOSED, Abuse
from tests.builders import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("abuse", ABUSES, ids=lambda abuse: abuse.name)
def test_there_is_no_other_door(abuse: Abuse, cast: Cast) -> None:
    attempt = abuse.lay(cast)
    doors, before = closed(attempt, cast.superuser), world()
    expected = {door: said for door, said in CLOSED.items() if door not in abuse.says}
    assert {door: tried(act, before) for door, act in doors.items()} == expected, abuse.name


def test_the_table_is_filled() -> None:
    assert {abuse.lay.__module__ for abuse in ABUSES} == {subject.__name__ for subject in SUBJECTS}
