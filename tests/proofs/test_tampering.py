"""The tampering of tests/audit/test_tampering.py, and what the application may try, until luck has had its chance."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from audit.ledger import Ungoverned
from tests.audit.test_tampering import everything, missed, scene  # noqa: F401 - a fixture
from tests.tampering.application import of_a_governed_row, of_the_past
from tests.tampering.attacks import ATTACKS
from tests.tampering.scene import Scene

pytestmark = [pytest.mark.django_db, pytest.mark.engines]


def test_all_tampering_is_found_and_named(scene: Scene, seeds: Iterator[int]) -> None:  # noqa: F811
    """Everything once, then one thing a seed."""
    faults = []
    for seed in seeds:
        chosen = ATTACKS if seed == 0 else [Random(seed).choice(ATTACKS)]
        faults += [fault for attack in chosen for fault in missed(scene, attack, seed)]
    assert faults == [], "\n".join(faults)
    assert everything() == []


def test_the_application_is_refused_whatever_way_it_tries(scene: Scene, seeds: Iterator[int]) -> None:  # noqa: F811
    for seed in seeds:
        for of_what, refusal in ((of_a_governed_row, (Ungoverned, ValidationError)), (of_the_past, DatabaseError)):
            write = of_what(Random(seed))
            with scene.undone(), pytest.raises(refusal), transaction.atomic():
                write()
    assert everything() == []
