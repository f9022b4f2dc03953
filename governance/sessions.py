"""How long a session lasts, and when somebody has last shown that it is them.

A session ends `SESSION_COOKIE_AGE` after the sign-in and `SESSION_IDLE_SECONDS` after it was last of use. Both stand in
its row as the one moment from which the database finds it no more, so a stolen cookie cannot say otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.sessions.backends import db
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

BEGAN, USED = "began", "used"
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
        if _now() - _shown_at(request) >= app_settings.REAUTHENTICATION_TIMEOUT:
            raise _asking(request)
        return view(request, *args, **kwargs)

    return asked


def _asking(request: HttpRequest) -> Exception:
    if get_adapter().get_reauthentication_methods(request.user):
        return ReauthenticationRequired()
    return PermissionDenied("This takes a sign-in that is not long ago. Sign out, and in again.")


def _shown_at(request: HttpRequest) -> float:
    shown = [record["at"] for record in get_authentication_records(request, request.user)]
    return max([request.session.get(BEGAN, 0), *shown])


def _now() -> int:
    return int(time.time())
