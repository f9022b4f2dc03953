"""How the API says no: problem answers (RFC 9457), one shape for every refusal.

`errors` lists each reason with a stable code, what is the case, and what to do about it. What the rules refuse is 409,
what was not well formed is 422; nothing of the inside of the portal is told when it fails itself.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as NotAsDescribed
from pydantic import BaseModel, Field

from audit import halts, refusals
from audit.ledger import request_id
from registry import pace
from registry.payloads import Malformed, write

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
#: When whoever was told that the portal is read-only may ask again, in seconds.
RETRY_AFTER = "300"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Gatehouse"'}

#: Objections of actions that are about the input itself, although no single field of a row is at fault.
ABOUT_INPUT = frozenset(
    {
        "answer-missing",
        "dataset",
        "measured-twice",
        "no-measurement",
        "unknown-answer",
        "unknown-question",
        "unstorable",
    }
)
TAKEN = frozenset({"unique", "unique_together"})

Answer = Callable[..., HttpResponse]


class Objection(BaseModel):
    """One reason. `field` names the part of the request it is about, where it is about one."""

    code: str
    message: str
    remedy: str = ""
    field: str = ""


class Problem(BaseModel):
    """RFC 9457. `type` says no more than the status; the codes of `errors` do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Objection]
    request_id: str = Field(description="Found again in the ledger and in the portal’s log")


class Refused(Exception):
    """A door's own no, before any action is asked."""

    def __init__(
        self, status: int, code: str, message: str, *, remedy: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.status = status
        self.objection = Objection(code=code, message=message, remedy=remedy)
        self.headers = headers or {}
        super().__init__(message)


def not_found(what: str) -> Refused:
    return Refused(404, "not-found", f"There is no {what} that you may see.", remedy="Check the address.")


def declared(*statuses: int) -> dict[int, type[Problem]]:
    """The error responses of an operation, for its description: the given ones, and those that any may answer with."""
    return {status: Problem for status in sorted({401, 403, 429, 500, *statuses})}


def answer(
    status: int, objections: Iterable[Objection], *, detail: str = "", headers: dict[str, str] | None = None
) -> HttpResponse:
    errors = list(objections)
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or (errors[0].message if len(errors) == 1 else f"{len(errors)} reasons, listed under errors."),
        errors=errors,
        request_id=request_id.get(),
    )
    return HttpResponse(write(problem.model_dump()), status=status, content_type=CONTENT_TYPE, headers=headers)


def too_many() -> HttpResponse:
    wait = pace.seconds_to_wait()
    objection = Objection(
        code="too-many-requests",
        message="This is more than one caller may ask within a minute.",
        remedy=f"Wait {wait} seconds, then go on more slowly.",
    )
    return answer(429, [objection], headers={"Retry-After": str(wait)})


def unencrypted() -> HttpResponse:
    objection = Objection(
        code="https-required",
        message="This portal is called by https only.",
        remedy="Write https:// in the address. Have a token revoked that was sent without.",
    )
    return answer(403, [objection])


def speaking(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wraps a route so that “nothing here” and “not with this method” are problem answers, and nothing is cached."""

    @functools.wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404 as missing:
            response = _missing(request, missing)
        if isinstance(response, HttpResponseNotAllowed):
            response = _wrong_method(request, response["Allow"])
        response["Cache-Control"] = "no-store"
        return response

    return spoken


def objections_of(refusal: ValidationError) -> list[Objection]:
    if not hasattr(refusal, "error_dict"):
        return [_objection(error) for error in refusals.each(refusal)]
    return [
        _objection(error, field="" if field == NON_FIELD_ERRORS else field)
        for field, errors in refusal.error_dict.items()
        for error in errors
    ]


def status_of(refusal: ValidationError) -> int:
    """409 when the state of things is against it, 422 when the input is not what it has to be."""
    codes = set(refusals.codes(refusal))
    if hasattr(refusal, "error_dict"):
        return 409 if codes <= TAKEN else 422
    return 422 if codes & ABOUT_INPUT else 409


def _objection(error: ValidationError, field: str = "") -> Objection:
    remedy = (error.params or {}).get("remedy", "")
    return Objection(code=_code(error.code or "invalid"), message=error.messages[0], remedy=remedy, field=field)


def _code(name: str) -> str:
    return name.replace("_", "-")


class TooMany(Exception):
    """One caller asks more than `registry.pace` allows."""


def _too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    return too_many()


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return answer(refusal.status, [refusal.objection], headers=refusal.headers)


def read_only(refusal: ValidationError) -> HttpResponse:
    return answer(503, objections_of(refusal), headers={"Retry-After": RETRY_AFTER})


def _invalid(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    if halts.CODE in refusals.codes(refusal):
        return read_only(refusal)
    return answer(status_of(refusal), objections_of(refusal))


def _not_as_described(request: HttpRequest, refusal: NotAsDescribed) -> HttpResponse:
    objections = [
        Objection(code=_code(error["type"]), message=error["msg"], field=_place(error["loc"]))
        for error in refusal.errors
    ]
    return answer(422, objections, detail="The request is not as described; errors names each field.")


def _place(loc: tuple[str | int, ...]) -> str:
    """Where it stands in the request. Bodies have the name of the operation's own argument before it."""
    return ".".join(str(part) for part in loc[2 if loc[0] == "body" else 1 :])


def _forbidden(request: HttpRequest, refusal: PermissionDenied) -> HttpResponse:
    remedy = "Ask an administrator for the role or the team that gives it."
    return answer(403, [Objection(code="permission-denied", message=str(refusal), remedy=remedy)])


def _anonymous(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
    objection = Objection(
        code="token-required",
        message="This takes a token.",
        remedy="Send it as “Authorization: Bearer gh_…”. An administrator issues tokens.",
    )
    return answer(401, [objection], headers=CHALLENGE)


def _missing(request: HttpRequest, missing: Exception) -> HttpResponse:
    objection = Objection(code="not-found", message="There is nothing here.", remedy="Check the address.")
    return answer(404, [objection])


def _wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    objection = Objection(
        code="method-not-allowed", message=f"{request.method} does nothing here.", remedy=f"Use {allowed}."
    )
    return answer(405, [objection], headers={"Allow": allowed})


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Malformed):
        return _malformed(request, error.__cause__)
    code = _code(HTTPStatus(error.status_code).name.lower())
    return answer(error.status_code, [Objection(code=code, message=str(error))])


def _malformed(request: HttpRequest, error: Exception) -> HttpResponse:
    message = str(error) if isinstance(error, Malformed) else "The body cannot be read."
    return answer(400, [Objection(code="malformed", message=message)])


def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    objection = Objection(code="too-large", message="The body is too large.", remedy="Send less at once.")
    return answer(413, [objection])


def _conflict(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    """Outside of an entry, which says it itself (`audit.ledger.Conflict`)."""
    log.warning("A database constraint refused request %s", request_id.get(), exc_info=error)
    objection = Objection(
        code="conflict", message="Somebody wrote the same at the same moment.", remedy="Read it, then try again."
    )
    return answer(409, [objection])


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("Request %s failed", request_id.get(), exc_info=error)
    objection = Objection(
        code="internal-error",
        message="The portal failed to answer.",
        remedy="Try again; if it stays so, tell an administrator the request id.",
    )
    return answer(500, [objection])


#: What an API answers with for each exception; the nearest class of the exception counts.
ANSWERS: dict[type[Exception], Answer] = {
    Refused: _refused,
    TooMany: _too_many,
    ValidationError: _invalid,
    NotAsDescribed: _not_as_described,
    PermissionDenied: _forbidden,
    AuthenticationError: _anonymous,
    HttpError: _http_error,
    Http404: _missing,
    ObjectDoesNotExist: _missing,
    Malformed: _malformed,
    MultiPartParserError: _malformed,
    SuspiciousOperation: _malformed,
    RequestDataTooBig: _too_large,
    IntegrityError: _conflict,
    Exception: _failed,
}
