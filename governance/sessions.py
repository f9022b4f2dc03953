"""How long a session lasts, and when somebody has last shown that it is them.

A session ends `SESSION_COOKIE_AGE` after the sign-in and `SESSION_IDLE_SECONDS` after it was last of use. Both stand in
its row as the one moment from which the database finds it no more, so a stolen cookie cannot say otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse

from registry import confirming
from registry.confirming import BEGAN

USED = "used"
#: A page after a page costs no write; the row is moved on when it is older than this.
NOTED_EVERY_SECONDS = 60

View = Callable[..., HttpResponse]


class SessionStore(db.SessionStore):
    def get_session_cookie_age(self) -> int:
        """Seconds from now to the end, whichever end comes first."""
        idle = settings.SESSION_IDLE_SECONDS
        return min(idle, self[BEGAN] + settings.SESSION_COOKIE_AGE - _now()) if BEGAN in self else idle


def begin(request: HttpRequest) -> None:
    """At the sign-in. A new one of somebody who was signed in already gives the session a new id, as the first did."""
    if BEGAN in request.session:
        request.session.cycle_key()
    request.session[BEGAN] = request.session[USED] = _now()


def note_use(request: HttpRequest) -> None:
    """A session of which nobody noted when it began, by an earlier Gatehouse, ends with this request."""
    request.session.setdefault(BEGAN, 0)
    if _now() - request.session.get(USED, 0) >= NOTED_EVERY_SECONDS:
        request.session[USED] = _now()


def confirmed(view: View) -> View:
    """Asks whoever signed in longer ago than REAUTHENTICATION_TIMEOUT to show once more that it is them.

    allauth leads them to the ways they have, and a form that was sent is taken up again afterwards.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not confirming.is_recent(confirming.shown_at(request)):
            raise confirming.asking(request)
        return view(request, *args, **kwargs)

    return asked


def _now() -> int:
    return int(time.time())
