"""The REST API's root: puts the rooms' routers together. Each operation authenticates itself (`registry.tokens`)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Router, Swagger
from ninja.errors import AuthenticationError
from ninja.openapi.schema import OpenAPISchema

import approvals.api
import registry.api
import registry.ledger_api
from governance.access import API_NAMESPACE
from registry import problems
from registry.models import ApiToken
from registry.payloads import ExactParser, ReadableRenderer
from registry.tokens import READING, SCOPE

View = Callable[..., HttpResponse]

DESCRIPTION = """What a pipeline does: it registers versions, attaches evaluations and code checks, asks the gate, and
records what was deployed.

Every call takes `Authorization: Bearer gh_…`; an administrator issues tokens. A signed-in browser may read.
A refusal is an `application/problem+json` whose `errors` name each reason with a stable code and what to do about it.
Reviews are decided by people in the browser, never here."""


class PortalAPI(NinjaAPI):
    """ninja's API, describing refusals and scopes as they are, and answering each of its addresses with JSON."""

    @property
    def urls(self) -> tuple[list, str, str]:
        patterns, app_name, namespace = super().urls
        for pattern in patterns:
            pattern.callback = problems.speaking(pattern.callback)
        return patterns, app_name, namespace

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        return self._described

    @functools.cached_property
    def _described(self) -> OpenAPISchema:
        """The same for everybody, so it is written once in a process."""
        schema = super().get_openapi_schema()
        schema["components"]["schemas"] |= registry.api.READ_BY_HAND
        for operation in (operation for path in schema["paths"].values() for operation in path.values()):
            _describe_refusals(operation)
            _describe_scope(operation)
        return schema


def _describe_refusals(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status >= 400:
            response["content"] = {problems.CONTENT_TYPE: response["content"]["application/json"]}


def _describe_scope(operation: dict[str, Any]) -> None:
    """OpenAPI 3.1 lets a bearer scheme list what it takes, as OAuth schemes do."""
    scope = operation.pop(SCOPE, ApiToken.Scope.READ.value)
    for requirement in operation["security"]:
        if "BearerToken" in requirement:
            requirement["BearerToken"] = [scope]


def _for_members(view: View) -> View:
    """The description and its page are read by whoever may read the API; a browser is sent to sign in first."""

    @require_safe
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if any(caller(request) for caller in READING):
                return view(request, *args, **kwargs)
        except Exception as refusal:
            return api.on_exception(request, refusal)
        if request.resolver_match.url_name == "openapi-view":
            return redirect_to_login(request.get_full_path())
        return api.on_exception(request, AuthenticationError())

    return guarded


# Comes last, so it is reached by what no operation has claimed.
_elsewhere = Router()


@_elsewhere.api_operation(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], "/{path:rest}", include_in_schema=False)
def nothing_here(request: HttpRequest, rest: str) -> None:
    raise Http404


api = PortalAPI(
    title="Gatehouse",
    version="1",
    description=DESCRIPTION,
    urls_namespace=API_NAMESPACE,
    auth=READING,
    parser=ExactParser(),
    renderer=ReadableRenderer(),
    docs=Swagger(settings={"validatorUrl": None, "persistAuthorization": False, "tryItOutEnabled": True}),
    docs_decorator=_for_members,
)
for exception, answer in problems.ANSWERS.items():
    api.add_exception_handler(exception, answer)
api.add_router("", registry.api.router)
api.add_router("", approvals.api.router)
api.add_router("", registry.ledger_api.router)
api.add_router("", _elsewhere)
