"""Accounts: added, changed, closed, opened again, and given a new way in."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from audit import ledger, refusals
from registry import rules
from registry.actions.people.managing import MANAGE, hold_administrators, locked, refuse, require_manager
from registry.actions.people.roles import grant_role
from registry.actions.people.teams import create_team, join_team
from registry.actions.people.tokens import revoke_token
from registry.models import ApiToken, Person, Team

#: What may be changed about an account, and how the ledger calls it. The values are personal and stay out of it.
CHANGEABLE = {"name": "name", "username": "user name", "email": "e-mail"}


def create_person(
    *,
    username: str,
    name: str,
    by: Person,
    email: str = "",
    kind: str = Person.Kind.HUMAN,
    is_superuser: bool = False,
    is_demo: bool = False,
) -> Person:
    """Adds somebody who cannot sign in yet: they set their own password, or get a token."""
    with ledger.entry("registry.person.created", by=by) as entry:
        require_manager(entry)
        person = Person(
            username=username, name=name, email=email, kind=kind, is_superuser=is_superuser, is_demo=is_demo
        )
        person.set_unusable_password()
        person.save()
        entry.subject = person
        entry.facts = {"kind": str(kind), "is_superuser": is_superuser}
    return person


def invite_person(
    *,
    username: str,
    name: str,
    by: Person,
    email: str = "",
    kind: str = Person.Kind.HUMAN,
    team: Team | None = None,
    new_team: str = "",
    roles: Iterable[tuple[str, str]] = (),
) -> Person:
    """Adds somebody with team and roles as one transaction. `roles` are pairs of a role and the stage it decides.

    Raises ValidationError about `team` when one of the roles needs a team and none is given.
    """
    roles = list(roles)
    with ledger.entry("registry.person.invited", by=by) as entry:
        require_manager(entry)
        if objections := rules.against_inviting([role for role, _ in roles], has_team=bool(team or new_team)):
            raise ValidationError(objections)
        person = create_person(username=username, name=name, email=email, kind=kind, by=by)
        entry.subject = person
        team = _new_team(new_team, by) if new_team else team
        if team:
            join_team(person=person, team=team, by=by)
        for role, decides in roles:
            grant_role(person=person, role=role, decides=decides, by=by)
        entry.facts = {"team": team.name if team else "", "roles": [role for role, _ in roles]}
    return person


def _new_team(name: str, by: Person) -> Team:
    """A team of this name. Its refusals are about `new_team`, since `name` is the person's."""
    try:
        return create_team(name=name, by=by)
    except ValidationError as refusal:
        raise ValidationError({"new_team": refusals.each(refusal)}) from refusal


def change_person(*, person: Person, by: Person, **values: str) -> Person:
    """Sets `name`, `username` or `email`. The event says which of them changed, never what they say."""
    with ledger.entry("registry.person.changed", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        changed = [field for field in CHANGEABLE if field in values and getattr(person, field) != values[field]]
        refuse(rules.against_changing_person(changed))
        for field in changed:
            setattr(person, field, values[field])
        person.full_clean()
        person.save(update_fields=changed)
        entry.facts = {"fields": [CHANGEABLE[field] for field in changed]}
    return person


def deactivate(*, person: Person, reason: str, by: Person) -> Person:
    """Closes the account: it signs in no more, decides no more, and its sessions and tokens end at once.

    Roles and teams stay on record for the day it is opened again. The password becomes unusable, and with it every
    session of before, so that none of them wakes up on that day.
    """
    with ledger.entry("registry.person.deactivated", by=by, subject=person, reason=reason) as entry:
        administrators = hold_administrators(entry)
        person = locked(entry, person)
        refuse(rules.against_deactivating(person, reason=reason, administrators=administrators, by=entry.actor))
        tokens = [revoke_token(token=token, by=by) for token in ApiToken.objects.live().filter(person=person)]
        person.is_active = False
        person.set_unusable_password()
        person.save()
        entry.facts = {"tokens_ended": len(tokens)}
    return person


def reactivate(*, person: Person, by: Person) -> Person:
    """Opens the account again, with its roles and teams. A person then needs a new link; a pipeline, new tokens."""
    with ledger.entry("registry.person.reactivated", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        refuse(rules.against_reactivating(person))
        person.is_active = True
        person.save()
    return person


def reset(*, person: Person, by: Person) -> Person:
    """Makes the password unusable, which ends every session and every older link. They then need a new link."""
    with ledger.entry("registry.person.reset", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        refuse(rules.against_resetting(person, by=entry.actor))
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person


def change_password(*, person: Person, password: str, by: Person) -> None:
    """Sets a new password. Raises ValidationError when it is too weak."""
    validate_password(password, person)
    with ledger.entry("registry.person.password_changed", by=by, subject=person) as entry:
        if by.pk == person.pk:
            entry.facts = {"whose": "own"}
        else:
            entry.require(MANAGE)
        person.set_password(password)
        person.save(update_fields=["password"])
