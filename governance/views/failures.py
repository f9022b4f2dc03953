"""The page for what the portal itself did wrong."""

from django.http import HttpRequest, HttpResponseServerError
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

from audit.ledger import request_id


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Without the request's context: whatever fills the shell may be what failed."""
    return HttpResponseServerError(loader.get_template("500.html").render({"request_id": request_id.get()}))
