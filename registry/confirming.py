"""When somebody has last shown in this session who they are: with a password, a second factor or a passkey."""

from __future__ import annotations

import datetime

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from registry.models import Person

#: The session's own note of the sign-in that began it.
BEGAN = "began"


def shown_at(request: HttpRequest) -> datetime.datetime:
    shown = [record["at"] for record in get_authentication_records(request, request.user)]
    return datetime.datetime.fromtimestamp(max([request.session.get(BEGAN, 0), *shown]), datetime.UTC)


def is_recent(shown: datetime.datetime | None) -> bool:
    """Whether that is less than `ACCOUNT_REAUTHENTICATION_TIMEOUT` ago."""
    lasts = datetime.timedelta(seconds=app_settings.REAUTHENTICATION_TIMEOUT)
    return shown is not None and timezone.now() - shown < lasts


def signing(request: HttpRequest) -> Person:
    """Who asks, with the moment at which they last showed who they are."""
    request.user.confirmed_at = shown_at(request)
    return request.user


def asking(request: HttpRequest) -> Exception:
    """To be raised: allauth leads them to the ways they have, and takes up a form that was sent afterwards."""
    if get_adapter().get_reauthentication_methods(request.user):
        return ReauthenticationRequired()
    return PermissionDenied("This takes a sign-in that is not long ago. Sign out, and in again.")
