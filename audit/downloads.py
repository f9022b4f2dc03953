"""Files that a reader saves."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header


def text(name: str, content: str) -> HttpResponse:
    return whole(name, "text/plain; charset=utf-8", content.encode())


def whole(name: str, kind: str, content: bytes) -> HttpResponse:
    return _saved(HttpResponse(content, content_type=kind), name)


def streamed(name: str, kind: str, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    return _saved(StreamingHttpResponse(pieces, content_type=kind), name)


def _saved(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response
