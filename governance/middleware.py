"""What every request passes: a request id for the ledger, the rule that an undeclared page is refused, a time zone."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from audit import halts
from audit.halts import Halted
from governance import logs, second_factor, sessions, telemetry, zones
from governance.access import API_NAMESPACE, declared_permission
from registry import pace, problems

GetResponse = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger(__name__)

UNKNOWN_ROUTE = "unknown"
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


class BrowserRulesMiddleware:
    """What browsers are told with every answer, beside the content policy (settings.CONTENT_SECURITY_POLICY)."""

    RULES = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, rule in self.RULES.items():
            response.headers.setdefault(name, rule)
        return response


class RequestIdMiddleware:
    """Takes a proxy's X-Request-ID when it is well formed, else makes one; events and answers carry it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if ACCEPTED_ID.match(given) else uuid.uuid4().hex
        with logs.about(request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class RequestLineMiddleware:
    """One log line and one measurement a request. A route's name instead of its address: addresses hold keys."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        route = request.resolver_match.view_name if request.resolver_match else UNKNOWN_ROUTE
        telemetry.count_request(request.method, route, response.status_code, seconds)
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            person=_person_id(request),
        )
        return response


def _person_id(request: HttpRequest) -> str | None:
    """Who was found out to ask: a token's person, or the session's. Asks the database nothing by itself."""
    person = getattr(request, "auth", None) or getattr(request, "_cached_user", None)
    return str(person.pk) if person is not None and person.pk else None


class EncryptedCallsMiddleware:
    """Behind https, refuses programs that call without it: led on, they would go on giving away their token."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.called = [re.compile(pattern) for pattern in settings.CALLED_BY_MACHINES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path.lstrip("/")
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and any(each.search(path) for each in self.called):
            return problems.unencrypted()
        return self.get_response(request)


class BodySizeMiddleware:
    """Refuses large bodies unread: all that visitors who are not signed in have to send is a name and a password, and
    nobody has to send more than the largest model file that is taken.

    The API is left out: it asks for a token before it reads, and says itself what is too large.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> HttpResponse | None:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE or request.resolver_match.namespace == API_NAMESPACE:
            return None
        if not request.user.is_authenticated:
            return _unread("Sign in first.")
        if size > settings.ARTIFACT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return _unread(
                f"A file has at most {settings.ARTIFACT_MAX_BYTES} bytes: keep it elsewhere, give its address."
            )
        return None


def _unread(remedy: str) -> HttpResponse:
    return HttpResponse(
        f"This is too large to be read. {remedy}\n", status=413, content_type="text/plain; charset=utf-8"
    )


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


class PrivateAnswersMiddleware:
    """What somebody who is signed in is shown stays on no disk, theirs neither, unless the page says otherwise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PaceMiddleware:
    """Slows down who is signed in and asks more than people do (`registry.pace`). Tokens are counted by the API."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or not pace.is_exceeded(f"person {request.user.pk}"):
            return None
        if request.resolver_match.namespace == API_NAMESPACE:
            return problems.too_many()
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = str(pace.seconds_to_wait())
        return answer


class SessionUseMiddleware:
    """Keeps a session alive that is of use (`governance.sessions`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            sessions.note_use(request)
        return self.get_response(request)


class SecondFactorMiddleware:
    """Where settings.REQUIRE_SECOND_FACTOR is on, leads people without one to their account page, and nowhere else.

    Whoever came from an identity provider has one if the provider says so, or is said to ask for it. Tokens are not
    asked.
    """

    SETTING_UP = frozenset(
        {
            "governance:account",
            "account_login",
            "account_logout",
            "account_reauthenticate",
            "openid_confirm",
            "openid_begin",
            "openid_callback",
            "account_change_password",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "mfa_activate_totp",
            "mfa_add_webauthn",
            "mfa_view_recovery_codes",
            "governance:healthz",
            "governance:readyz",
        }
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, kwargs: Any) -> HttpResponse | None:
        if not settings.REQUIRE_SECOND_FACTOR or request.resolver_match.view_name in self.SETTING_UP:
            return None
        if not request.user.is_authenticated or second_factor.is_shown(request):
            return None
        if request.resolver_match.namespace == API_NAMESPACE:
            raise PermissionDenied("Set up a second factor on your account page first.")
        return redirect("governance:account")


class ReadOnlyMiddleware:
    """While nothing may be written (`audit.halts`), whatever is refused is answered alike: with 503 and when to ask
    again. A page of its own says so where no form does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and self._is_halted_page(request):
            return self._unavailable(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Halted):
            return None
        if request.resolver_match.namespace == API_NAMESPACE:
            return problems.read_only(exception)
        is_open_to_visitors = declared_permission(request.resolver_match).is_public
        said = {"reason": exception.messages[0], "is_open_to_visitors": is_open_to_visitors}
        return self._unavailable(render(request, "503.html", said))

    def _is_halted_page(self, request: HttpRequest) -> bool:
        return request.resolver_match.namespace != API_NAMESPACE and halts.current() is not None

    def _unavailable(self, response: HttpResponse) -> HttpResponse:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response["Retry-After"] = problems.RETRY_AFTER
        return response


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
