"""Moments are shown in the reader's time zone; days of the portal's calendar are the same for everybody."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals import facts as version_facts
from governance import zones
from governance.looks import times
from registry import days
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.registry.pages import signed_in

EVENING = datetime.datetime(2026, 11, 20, 23, 42, 3, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _portal_s_zone() -> Iterator[None]:
    yield
    timezone.deactivate()


@pytest.mark.parametrize(
    ("zone", "iso", "exactly"),
    [
        ("UTC", "2026-11-20T23:42:03+00:00", "2026-11-20 23:42:03 UTC"),
        ("America/New_York", "2026-11-20T18:42:03-05:00", "2026-11-20 18:42:03 EST (23:42:03 UTC)"),
        ("Europe/Berlin", "2026-11-21T00:42:03+01:00", "2026-11-21 00:42:03 CET (2026-11-20 23:42:03 UTC)"),
    ],
)
def test_a_moment_is_told_in_the_reader_s_zone_and_exactly_on_hover(zone: str, iso: str, exactly: str) -> None:
    with timezone.override(zone):
        for element in (times.when(EVENING), times.day(EVENING), times.clock(EVENING)):
            assert f'<time datetime="{iso}" title="{exactly}">' in element


def test_a_plain_variant_says_the_same_without_markup() -> None:
    with timezone.override("Asia/Tokyo"):
        for element, text in ((times.when, times.when_text), (times.day, times.day_text)):
            assert f">{text(EVENING)}</time>" in element(EVENING)
    assert times.when_text(None) == times.day_text(None) == ""


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_day_is_never_shifted(zone: str) -> None:
    day = datetime.date(2026, 11, 20)
    with timezone.override(zone):
        for element in (times.when(day), times.day(day)):
            assert '<time datetime="2026-11-20" title="2026-11-20">' in element


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_gate_reckons_deadlines_in_the_portal_s_days_whoever_asks(zone: str, cast: Cast) -> None:
    facts = version_facts.of(builders.build_version(cast))
    with timezone.override(zone):
        assert days.today() == datetime.datetime.now(datetime.UTC).date()
        assert dataclasses.replace(facts, now=EVENING).today == datetime.date(2026, 11, 20)


@pytest.mark.django_db
class TestWhoseZone:
    def shown(self, client: Client, moment: datetime.datetime) -> str:
        """The offset in which a page tells `moment`."""
        page = client.get(reverse("registry:use_case_list")).content.decode()
        return next(
            zone
            for zone in ("+00:00", "+13:00", "+09:00")
            if moment.astimezone(datetime.timezone(datetime.timedelta(hours=int(zone[:3])))).isoformat(
                timespec="seconds"
            )
            in page
        )

    @pytest.fixture
    def proposed_at(self, cast: Cast) -> datetime.datetime:
        return builders.build_use_case(cast).proposed_at

    def test_the_one_they_chose_comes_before_the_browser_s(self, cast: Cast, proposed_at: datetime.datetime) -> None:
        cast.author.time_zone = "Asia/Tokyo"
        cast.author.save(update_fields=["time_zone"])
        client = signed_in(cast.author)
        client.cookies[settings.TIME_ZONE_COOKIE_NAME] = "Pacific/Tongatapu"
        assert self.shown(client, proposed_at) == "+09:00"

    def test_the_browser_s_comes_before_the_portal_s(self, cast: Cast, proposed_at: datetime.datetime) -> None:
        client = signed_in(cast.author)
        client.cookies[settings.TIME_ZONE_COOKIE_NAME] = "Pacific/Tongatapu"
        assert self.shown(client, proposed_at) == "+13:00"

    @pytest.mark.parametrize("odd", ["", "Mars/Phobos", "../../etc/passwd", "<script>", "x" * 3000])
    def test_an_unknown_zone_counts_as_none(self, cast: Cast, proposed_at: datetime.datetime, odd: str) -> None:
        client = signed_in(cast.author)
        client.cookies[settings.TIME_ZONE_COOKIE_NAME] = odd
        assert self.shown(client, proposed_at) == "+00:00"

    def test_the_next_reader_gets_their_own(self, cast: Cast) -> None:
        client = signed_in(cast.author)
        client.cookies[settings.TIME_ZONE_COOKIE_NAME] = "Pacific/Tongatapu"
        client.get(reverse("registry:use_case_list"))
        assert timezone.get_current_timezone_name() == "UTC"


def test_every_zone_that_can_be_chosen_is_known_and_fits_its_column() -> None:
    offered = [name for _, group in zones.choices() for name, _ in group]
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= set(offered)
    assert all(zones.is_known(name) and zoneinfo.ZoneInfo(name) for name in offered)
    assert max(map(len, offered)) <= Person._meta.get_field("time_zone").max_length
