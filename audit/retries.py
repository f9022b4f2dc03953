"""When what the outside world did not take is tried again, and what is written down about why."""

from __future__ import annotations

import datetime

from django.utils import timezone

FIRST = datetime.timedelta(seconds=30)
LONGEST = datetime.timedelta(hours=1)
#: Doublings after which it is LONGEST; more of them would at last be no time that Python knows.
ENOUGH_DOUBLINGS = 7
LONGEST_REASON = 1000


def after(attempts: int) -> datetime.datetime:
    """When to try again after so many attempts: in half a minute, then twice as long each time, an hour at most."""
    return timezone.now() + min(FIRST * 2 ** min(attempts - 1, ENOUGH_DOUBLINGS), LONGEST)


def reason(error: BaseException) -> str:
    """Without NUL, which PostgreSQL keeps in no text."""
    return f"{type(error).__name__}: {error}".replace("\0", "")[:LONGEST_REASON]
