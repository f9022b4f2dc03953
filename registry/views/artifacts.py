"""The model file itself."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from registry.views.doors import find_version


@require_safe
def download(request: HttpRequest, name: str, number: int) -> FileResponse:
    """The uploaded artifact, never shown in the browser. Raises Http404 when it is kept elsewhere."""
    version = find_version(request, name, number)
    if not version.artifact_file:
        raise Http404("This artifact is kept elsewhere; the version says where.")
    response = FileResponse(
        version.artifact_file.open("rb"),
        as_attachment=True,
        filename=f"{version.model.name}-v{version.number}",
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
