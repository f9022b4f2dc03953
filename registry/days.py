"""Days of the portal's calendar: those of settings.TIME_ZONE, whoever reads or acts from wherever.

A deadline is such a day and lasts until it ends there, so that a gate gives one answer to a reader in Auckland, one in
London and a pipeline. (What a person sees of moments is in their own time zone; what they say of their own past, the
day of a rollback test, is a day of theirs.)
"""

from __future__ import annotations

import datetime
import zoneinfo

from django.conf import settings
from django.utils import timezone

ONE_DAY = datetime.timedelta(days=1)
MORNING = datetime.time(7)
WEEKEND = (5, 6)


def today() -> datetime.date:
    return of(timezone.now())


def business_days_after(moment: datetime.datetime, count: int) -> datetime.datetime:
    """The end of the `count`-th business day after the day of `moment`; Monday to Friday are business days."""
    day = of(moment)
    while count:
        day += ONE_DAY
        count -= day.weekday() not in WEEKEND
    return timezone.make_aware(
        datetime.datetime.combine(day + ONE_DAY, datetime.time.min), timezone.get_default_timezone()
    )


def next_morning(zone: str) -> datetime.datetime:
    """The next 7 o'clock in the time zone of this name; where there is none of it, in the portal's."""
    try:
        place = zoneinfo.ZoneInfo(zone or settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        place = timezone.get_default_timezone()
    now = timezone.now().astimezone(place)
    morning = datetime.datetime.combine(now.date(), MORNING, tzinfo=place)
    return morning if morning > now else datetime.datetime.combine(now.date() + ONE_DAY, MORNING, tzinfo=place)


def of(moment: datetime.datetime) -> datetime.date:
    return timezone.localdate(moment, timezone.get_default_timezone())
