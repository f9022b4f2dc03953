"""Moments and days, in the reader's time zone (which `TimeZoneMiddleware` activates).

`when`, `day`, `clock` and `exact` are elements for pages; `when_text` and `day_text` say the same in plain text, for
attributes and mail. A plain date is a day of the portal's calendar (`registry.days`) and is never shifted.
"""

import datetime
import re
from datetime import date, timedelta

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MONTH = timedelta(days=31)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WRITTEN_DAY = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})\b", re.ASCII)


def when(moment: date | None) -> SafeString | str:
    """Fri 20 Nov 16:42 within a month, else 20 Nov 2025 16:42; a plain date is shown as `day` shows it."""
    return _element(moment, when_text(moment)) if moment else ""


def day(moment: date | None) -> SafeString | str:
    """Fri 20 Nov within a month, else 20 Nov 2025."""
    return _element(moment, day_text(moment)) if moment else ""


def clock(moment: datetime.datetime | None) -> SafeString | str:
    """The hour alone, for lists that are grouped by day."""
    return _element(moment, format_date(timezone.localtime(moment), "H:i")) if moment else ""


def exact(moment: datetime.datetime | None) -> SafeString | str:
    """20 Nov 2026 16:42:03 CET, where the second and the zone matter."""
    if not moment:
        return ""
    local = timezone.localtime(moment)
    return _element(moment, f"{format_date(local, 'j M Y H:i:s')} {local:%Z}")


def when_text(moment: date | None) -> str:
    if not isinstance(moment, datetime.datetime):
        return day_text(moment)
    local = timezone.localtime(moment)
    return f"{day_text(moment)} {format_date(local, 'H:i')}"


def day_text(moment: date | None) -> str:
    if not moment:
        return ""
    seen = _day_of(moment)
    return format_date(seen, "D j M" if _is_near(seen) else "j M Y")


def long_day(moment: date | None) -> SafeString | str:
    """Friday 20 November 2026, above what happened on that day."""
    return _element(moment, format_date(_day_of(moment), "l j F Y")) if moment else ""


def age(moment: datetime.datetime | timedelta | None) -> str:
    """The two largest units: 2 d 19 h."""
    if moment is None or moment == "":
        return ""
    span = abs(moment if isinstance(moment, timedelta) else timezone.now() - moment)
    hours, minutes = span.seconds // 3600, span.seconds % 3600 // 60
    if span.days:
        return f"{span.days} d {hours} h" if hours else f"{span.days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else "under a minute"


def dated(sentence: object) -> SafeString:
    """A sentence of rules and gates, each day in it (20 Nov 2026) exactly on hover. Escaped."""
    pieces, end = [], 0
    text = str(sentence)
    for found in WRITTEN_DAY.finditer(text):
        day_of, month, year = found.groups()
        try:
            exact = date(int(year), MONTHS.index(month) + 1, int(day_of)).isoformat()
        except ValueError:
            continue
        pieces += [(text[end : found.start()], "", ""), ("", exact, found.group())]
        end = found.end()
    pieces.append((text[end:], "", ""))
    return format_html_join("", "{}", ((_piece(*piece),) for piece in pieces))


def _piece(text: str, exact: str, words: str) -> SafeString | str:
    return format_html('<time datetime="{}" title="{}">{}</time>', exact, exact, words) if exact else text


def _element(moment: date, words: str) -> SafeString:
    if not isinstance(moment, datetime.datetime):
        return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), moment.isoformat(), words)
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), _exactly(local), words
    )


def _exactly(local: datetime.datetime) -> str:
    """2026-11-20 16:42:03 CET (15:42:03 UTC); the day too where it is another one in UTC."""
    utc = local.astimezone(datetime.UTC)
    said = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    if local.utcoffset() == utc.utcoffset():
        return said
    return f"{said} ({utc:%H:%M:%S UTC})" if local.date() == utc.date() else f"{said} ({utc:%Y-%m-%d %H:%M:%S UTC})"


def _day_of(moment: date) -> date:
    return timezone.localdate(moment) if isinstance(moment, datetime.datetime) else moment


def _is_near(seen: date) -> bool:
    return abs(seen - timezone.localdate()) < MONTH
