"""Whether this process may be sent visitors. Asked by machines: no sign-in, no secrets, never from a cache."""

from __future__ import annotations

import datetime
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import guards, halts
from audit.migrating import is_migrated
from audit.models import Event, Heartbeat
from governance.serving import services

FRESH = datetime.timedelta(seconds=90)
DEMO_LOADED = "governance.demo.loaded"


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Set up as it should be: migrated and, for the demo, with the demo loaded."""
    objection = _not_set_up()
    return HttpResponse(objection or "ok", content_type="text/plain; charset=utf-8", status=503 if objection else 200)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Able to work now; answers the list of what is not, empty when all is. A portal that is read-only is sent visitors
    all the same: they read."""
    objections = _not_ready()
    return JsonResponse([*objections, *_read_only()], safe=False, status=503 if objections else 200)


def _not_set_up() -> str:
    try:
        if not is_migrated(connection):
            return "The database is not migrated. Run manage.py migrate."
        if settings.DEMO and not Event.objects.filter(kind=DEMO_LOADED).exists():
            return "The demo is not loaded yet."
    except DatabaseError:
        return "The database does not answer."
    return ""


def _not_ready() -> list[str]:
    try:
        unguarded = guards.missing(connection)
        is_alive = Heartbeat.objects.filter(name="worker", at__gte=timezone.now() - FRESH).exists()
    except DatabaseError:
        return ["The database does not answer, or is not migrated."]
    objections = [f"Not guarded: {', '.join(unguarded)}. Run manage.py migrate --skip-checks."] if unguarded else []
    if not services.broker_answers():
        objections.append("The broker does not answer. Pages work; what the worker does has to wait.")
    if not is_alive:
        objections.append(f"No background worker has been seen for {FRESH.seconds} seconds.")
    return objections


def _read_only() -> list[str]:
    with suppress(DatabaseError):
        if halt := halts.current():
            return [f"The portal is read-only: pages are read, nothing is saved. {halt.reason}."]
    return []
