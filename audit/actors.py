"""What the ledger asks of whoever acts. The person model that settings.AUTH_USER_MODEL names answers it."""

from __future__ import annotations

import uuid
from typing import Any, Protocol

from django.db import models


class Actor(Protocol):
    """A person, a service, or the portal itself. `token` is the API token it came with, None in the browser."""

    pk: uuid.UUID
    token: Any

    def has_perm(self, permission: str, subject: models.Model | None = None) -> bool: ...


class Actors(Protocol):
    """The person model's manager. `system_id` is the portal itself."""

    system_id: uuid.UUID

    def acting(self, by: Actor) -> Actor:
        """`by` read anew in the open transaction. Raises PermissionDenied when it may not act any more."""
