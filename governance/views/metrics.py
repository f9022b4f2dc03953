"""What Prometheus reads. Machines only: a token of its own, no session."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from governance import telemetry


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Not there at all until METRICS_TOKEN is set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        refusal = "Send the METRICS_TOKEN of this portal as “Authorization: Bearer …”.\n"
        return HttpResponse(
            refusal, status=401, content_type="text/plain; charset=utf-8", headers={"WWW-Authenticate": "Bearer"}
        )
    return HttpResponse(telemetry.exposition(), content_type=CONTENT_TYPE_LATEST)
