"""Every route there is: the pages from the URL resolver, the operations from the description of the API."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from governance.access import API_NAMESPACE
from governance.api import api
from tests.permissions.table import Key


def pages() -> set[str]:
    """The name of every route but the operations of the API."""
    described = {f"{API_NAMESPACE}:{key.route}" for key in operations()}
    return set(_routes(get_resolver(), "")) - described


def _routes(resolver: URLResolver, namespace: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def operations() -> dict[Key, str]:
    """Every operation that the API describes, and its path."""
    return {
        Key(operation["operationId"], method.upper()): path
        for path, described in api.get_openapi_schema()["paths"].items()
        for method, operation in described.items()
    }
