"""All that tests/hostile/forms.py lists, of which the ordinary suite sends a part."""

from __future__ import annotations

import pytest

from tests.hostile.test_forms import Desk, _quietly, desk, faults_of_each, keys  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def test_what_does_not_belong_there_is_refused_where_it_was_typed(desk: Desk) -> None:  # noqa: F811
    wrong = [fault for key in keys() for fault in faults_of_each(desk, key, lambda rows, place: rows)]
    assert wrong == [], "\n" + "\n".join(wrong)
