"""How bodies are read and written: JSON without loss, and a file with a JSON part beside it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files import File
from django.http import HttpRequest
from ninja.errors import ValidationError as NotAsDescribed
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder
from pydantic import BaseModel, ValidationError

DEEPEST = 20
MULTIPART = "multipart/form-data"

Shape = TypeVar("Shape", bound=BaseModel)


class Malformed(ValueError):
    """The body is no JSON that every reader understands in the same way."""


class ExactParser(Parser):
    """Numbers with a fraction become decimals of exactly the digits that were sent."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read(request.body)


class ReadableRenderer(JSONRenderer):
    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return write(data)


def write(value: Any) -> str:
    """JSON for people too: letters as they are, and a last line break, so that it reads well in a terminal."""
    return json.dumps(value, cls=NinjaJSONEncoder, ensure_ascii=False) + "\n"


def read(text: str | bytes) -> Any:
    """The JSON value. Raises Malformed for what is no JSON, nested too deep, or names a key twice."""
    try:
        value = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_repeated_keys
        )
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not JSON.") from error
    _refuse_deep(value, DEEPEST)
    return value


def with_file(request: HttpRequest, shape: type[Shape], *, part: str, file: str) -> tuple[Shape, File | None]:
    """The described thing and its file, if one came: from a JSON body, or from a form with the JSON in `part`."""
    if request.content_type != MULTIPART:
        return _shaped(read(request.body), shape, part), None
    _refuse_large_upload(request)
    return _shaped(read(request.POST.get(part, "{}")), shape, part), request.FILES.get(file)


def _shaped(value: Any, shape: type[Shape], name: str) -> Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise NotAsDescribed([each | {"loc": ("body", name, *each["loc"])} for each in found]) from error


def _refuse_large_upload(request: HttpRequest) -> None:
    """Said before the file is read, not after."""
    if (
        int(request.META.get("CONTENT_LENGTH") or 0)
        > settings.ARTIFACT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    ):
        raise RequestDataTooBig("The upload is larger than ARTIFACT_MAX_BYTES.")


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is not a JSON number.")


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Malformed(f"“{next(name for name in names if names.count(name) > 1)[:60]}” is given twice.")
    return found


def _refuse_deep(value: Any, levels: int) -> None:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        if not levels:
            raise Malformed(f"The body is nested more than {DEEPEST} levels deep.")
        _refuse_deep(child, levels - 1)
