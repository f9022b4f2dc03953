"""What only SQLite keeps in a column, with its checks off, and the proof finds."""

from __future__ import annotations

import pytest

from audit.models import Event
from tests.audit.test_verify_log import found, look_otherwise, overwrite, registered
from tests.builders import Cast

pytestmark = pytest.mark.django_db

ONLY_SQLITE = ["1e0", "NaN", "Infinity", '"\\ud800"']


@pytest.mark.parametrize("forged", ONLY_SQLITE)
def test_facts_that_are_no_json_to_one_of_two_readers_are_found(cast: Cast, forged: str) -> None:
    look_otherwise(cast, forged)


def test_a_column_that_is_no_json_cannot_be_read(cast: Cast) -> None:
    event = registered(cast)
    overwrite(event, "facts", "{")
    before = Event.objects.filter(pk__lt=event.pk).count()
    assert found().startswith(f"what stands behind the first {before} events cannot be read: ")


def test_a_number_without_end_is_found(cast: Cast) -> None:
    """Which the quick writer of JSON calls null."""
    event = registered(cast)
    overwrite(event, "subject_number", float("inf"))
    assert "its columns differ from its signed bytes" in found()
