"""Settings that decide what may pass are written down when they change."""

from __future__ import annotations

from typing import Any

import pytest

from audit import presenting
from audit.models import Event
from governance import settings_record
from governance.settings_record import CHANGED, THAT_MATTER

pytestmark = pytest.mark.django_db


def told() -> list[list[str]]:
    return [
        facts["changed"] for facts in Event.objects.filter(kind=CHANGED).order_by("pk").values_list("facts", flat=True)
    ]


def test_the_first_start_writes_all_of_them_down() -> None:
    settings_record.write_down_changes()
    assert told() == [list(THAT_MATTER)]


def test_a_start_like_the_last_one_writes_nothing() -> None:
    settings_record.write_down_changes()
    settings_record.write_down_changes()
    assert len(told()) == 1


def test_what_changed_is_named(settings: Any) -> None:
    settings_record.write_down_changes()
    settings.REQUIRE_SECOND_FACTOR = not settings.REQUIRE_SECOND_FACTOR
    settings.DEPLOYMENT_GATES = settings.DEPLOYMENT_GATES[1:]
    settings_record.write_down_changes()
    assert told()[1] == ["DEPLOYMENT_GATES", "REQUIRE_SECOND_FACTOR"]


def test_no_secret_is_among_them() -> None:
    assert not [name for name in THAT_MATTER if any(word in name for word in ("SECRET", "TOKEN", "KEY", "DATABASE"))]


def test_where_anchors_lie_is_not_written_down(settings: Any) -> None:
    anchor = {"NAME": "away", "ANCHOR": "audit.anchors.s3.S3", "OPTIONS": {"bucket": "b", "endpoint": "https://u:p@x"}}
    settings.LEDGER_ANCHORS = [anchor]
    settings_record.write_down_changes()
    written = Event.objects.get(kind=CHANGED).facts["settings"]["LEDGER_ANCHORS"]
    assert "away" in written
    assert "u:p" not in written


def test_the_first_start_is_told_without_a_list_of_names(settings: Any) -> None:
    settings_record.write_down_changes()
    settings.REQUIRE_SECOND_FACTOR = not settings.REQUIRE_SECOND_FACTOR
    settings_record.write_down_changes()
    told = presenting.lines(Event.objects.filter(kind=CHANGED).order_by("pk"))
    assert [line.sentence for line in told] == [
        "wrote down the settings that it starts with",
        "started with other settings: REQUIRE_SECOND_FACTOR",
    ]
