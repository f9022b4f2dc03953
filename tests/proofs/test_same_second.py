"""The races of tests/hostile/test_same_second.py, until luck has had its chance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit import verify
from tests import builders
from tests.hostile.test_same_second import faults_of_a_round
from tests.permissions.story import Story

pytestmark = [pytest.mark.engines, pytest.mark.django_db(transaction=True)]


def test_one_is_first_and_the_other_hears_it_however_often(seeds: Iterator[int]) -> None:
    told = Story(builders.build_cast(), {})
    for seed in seeds:
        assert list(faults_of_a_round(told, seed)) == []
    assert verify.rows_as_recorded().fault is None
