"""What every verb about people asks first: may the actor manage people, and whom do they hold meanwhile."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError

from audit.ledger import Entry
from registry import rules
from registry.models import Person, RoleGrant

MANAGE = "registry.manage_people"


def require_manager(entry: Entry) -> None:
    """Raises PermissionDenied unless the actor manages people, and ValidationError when it comes with a token."""
    entry.require(MANAGE)
    refuse(rules.against_managing(entry.actor))


def locked(entry: Entry, person: Person) -> Person:
    """The person as they stand now, held. Raises Person.DoesNotExist for Gatehouse itself, which nobody manages."""
    found = entry.lock(Person.objects.known().filter(pk=person.pk))
    if not found:
        raise Person.DoesNotExist(f"Nobody manages {person!r}.")
    return found[0]


def hold_administrators(entry: Entry) -> set[uuid.UUID]:
    """Ids of the active administrators. Nobody else takes one of them away until this transaction ends.

    Locks the role's grants before any person. Whoever waited here is asked once more whether they still manage.
    """
    require_manager(entry)
    entry.lock(RoleGrant.objects.filter(role=RoleGrant.ADMIN))
    entry.actor = Person.objects.acting(entry.actor)
    require_manager(entry)
    return set(Person.objects.administrators().values_list("pk", flat=True))


def refuse(objections: list[ValidationError]) -> None:
    if objections:
        raise ValidationError(objections)
