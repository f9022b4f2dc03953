"""The REST API's root."""

from ninja import NinjaAPI

api = NinjaAPI(title="Gatehouse", version="1", urls_namespace="api-1")
