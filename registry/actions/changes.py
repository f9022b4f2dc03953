"""What every change of a version begins with."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from audit.ledger import Entry
from registry import rules
from registry.models import ModelVersion, Retirement


def changing(entry: Entry, version: ModelVersion, permission: str) -> ModelVersion:
    """The version locked and read anew, once the actor holds `permission` on it and it is not retired.

    Raises PermissionDenied or ValidationError (code `retired`).
    """
    version = entry.lock_one(version)
    entry.require(permission, version)
    objections = rules.against_changing(version, is_retired=Retirement.objects.filter(version=version).exists())
    if objections:
        raise ValidationError(objections)
    return version
