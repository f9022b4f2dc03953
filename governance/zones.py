"""Time zones: which there are, and which one a reader's dates are shown in."""

from __future__ import annotations

import zoneinfo
from functools import cache

from django.conf import settings
from django.http import HttpRequest

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def of_reader(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone the person chose, else the browser's, else the portal's. An unknown name counts as none.

    static/js/time-zone.js sets the cookie.
    """
    chosen = getattr(request.user, "time_zone", "")
    names = [chosen, request.COOKIES.get(settings.TIME_ZONE_COOKIE_NAME, ""), settings.TIME_ZONE]
    return zoneinfo.ZoneInfo(next(name for name in names if is_known(name)))


def is_known(name: str) -> bool:
    return name in _known()


@cache
def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Region by region, as a select shows them: Europe, then Berlin."""
    by_region = {region: [name for name in sorted(_known()) if name.startswith(f"{region}/")] for region in REGIONS}
    return [("World", [("UTC", "UTC")])] + [
        (region, [(name, _place(name)) for name in names]) for region, names in by_region.items()
    ]


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ")


@cache
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
