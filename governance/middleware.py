"""What every request passes: a request id for the ledger, the rule that an undeclared page is refused, a time zone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit import ledger
from governance import zones
from governance.access import API_NAMESPACE, declared_permission

GetResponse = Callable[[HttpRequest], HttpResponse]
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


class RequestIdMiddleware:
    """Takes a proxy's X-Request-ID when it is well formed, else makes one; events and answers carry it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTED_ID.match(given) else uuid.uuid4().hex
        mark = ledger.request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            ledger.request_id.reset(mark)
        response["X-Request-ID"] = request_id
        return response


class AnonymousBodyMiddleware:
    """Refuses large bodies of visitors who are not signed in, unread: all they have to send is a name and a password.

    The API is left out: it asks for a token before it reads.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> HttpResponse | None:
        is_small = int(request.META.get("CONTENT_LENGTH") or 0) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if is_small or request.resolver_match.namespace == API_NAMESPACE or request.user.is_authenticated:
            return None
        return HttpResponse("This is too large to be read. Sign in first.\n", status=413, content_type="text/plain")


class DenyByDefaultMiddleware:
    """Every page says who may open it (`governance.access`); one that does not is refused to everybody."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> HttpResponse | None:
        declared = declared_permission(request.resolver_match)
        if declared is None:
            raise PermissionDenied("This page does not say who may open it.")
        if declared.is_public:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if declared.permission and not request.user.has_perm(declared.permission):
            raise PermissionDenied("You do not have the right to open this page.")
        return None


class TimeZoneMiddleware:
    """Shows moments in the reader's time zone (`governance.zones`). What is stored and the API speak UTC anyway."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> None:
        timezone.activate(zones.of_reader(request))
