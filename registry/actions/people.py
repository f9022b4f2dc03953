"""Who belongs to the organisation, and what each may do."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.text import slugify

from audit import ledger, refusals
from registry.models import ApiToken, Person, RiskTier, RiskTierUserObjectPermission, RoleGrant, Team, TeamMembership

MANAGE = "registry.manage_people"
TOKEN_PREFIX = "gh_"  # noqa: S105 - what every token starts with, so that a leaked one is recognised


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
        entry.require(MANAGE)
        person = Person(
            username=username, name=name, email=email, kind=kind, is_superuser=is_superuser, is_demo=is_demo
        )
        person.set_unusable_password()
        person.save()
        entry.subject = person
        entry.facts = {"kind": str(kind), "is_superuser": is_superuser}
    return person


def create_team(*, slug: str, name: str, by: Person) -> Team:
    with ledger.entry("registry.team.created", by=by) as entry:
        entry.require(MANAGE)
        team = Team(slug=slug, name=name)
        team.save()
        entry.subject = team
    return team


def join_team(*, person: Person, team: Team, by: Person) -> TeamMembership:
    with ledger.entry("registry.team.joined", by=by, subject=person) as entry:
        entry.require(MANAGE)
        membership = TeamMembership(person=person, team=team)
        membership.save()
        entry.facts = {"team": team.name}
    return membership


def grant_role(*, person: Person, role: str, by: Person, decides: str = "") -> RoleGrant:
    """Gives `person` a role. `decides` names the review stage it decides: the right is given on every risk tier."""
    with ledger.entry("registry.role.granted", by=by, subject=person) as entry:
        entry.require(MANAGE)
        grant = RoleGrant(person=person, role=role)
        grant.save()
        entry.facts = {"role": role, "decides": decides}
        if decides:
            _grant_decision_rights(person, decides)
    return grant


def _grant_decision_rights(person: Person, stage: str) -> None:
    permission = Permission.objects.get(
        content_type__app_label="registry", content_type__model="risktier", codename=f"decide_{stage}"
    )
    for tier in RiskTier.objects.all():
        RiskTierUserObjectPermission(user=person, permission=permission, content_object=tier).save()


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
    """Adds somebody with team and roles as one transaction. `roles` are pairs of a role and the stage it decides."""
    roles = list(roles)
    with ledger.entry("registry.person.invited", by=by) as entry:
        entry.require(MANAGE)
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
    slug = slugify(name)[: Team._meta.get_field("slug").max_length]
    if not slug:
        raise ValidationError({"new_team": ValidationError("Use at least one letter or digit of A to Z.", code="team")})
    try:
        return create_team(slug=slug, name=name, by=by)
    except ValidationError as refusal:
        raise ValidationError({"new_team": refusals.each(refusal)}) from refusal


def issue_token(
    *, person: Person, label: str, scopes: list[str], by: Person, expires_at: datetime.datetime | None = None
) -> tuple[ApiToken, str]:
    """The token and its secret, which is shown once and kept nowhere. Raises ValidationError for an unknown scope."""
    unknown = sorted(set(scopes) - set(ApiToken.Scope.values))
    if unknown:
        raise ValidationError(f"There is no scope “{unknown[0]}”.", code="scope")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with ledger.entry("registry.token.issued", by=by, subject=person) as entry:
        entry.require(MANAGE)
        token = ApiToken(
            person=person,
            label=label,
            prefix=secret[:8],
            digest=ApiToken.digest_of(secret),
            scopes=sorted(scopes),
            expires_at=expires_at,
        )
        token.save()
        entry.facts = {"token": str(token.pk), "scopes": sorted(scopes)}
    return token, secret


def change_password(*, person: Person, password: str, by: Person) -> None:
    """Sets a new password. Raises ValidationError when it is too weak."""
    validate_password(password, person)
    with ledger.entry("registry.person.password_changed", by=by, subject=person) as entry:
        if by.pk != person.pk:
            entry.require(MANAGE)
        person.set_password(password)
        person.save(update_fields=["password"])


def record_sign_in(*, person: Person) -> None:
    with ledger.entry("registry.person.signed_in", by=person, subject=person):
        pass


def record_sign_out(*, person: Person) -> None:
    with ledger.entry("registry.person.signed_out", by=person, subject=person):
        pass


def record_failed_sign_in(*, username: str, **_: Any) -> None:
    """Written under the account that was tried, in whatever case: sign-in ignores it too.

    A name nobody has is not written, it may be a mistyped password.
    """
    person = Person.objects.filter(username__iexact=username).first()
    if person:
        with ledger.entry("registry.person.sign_in_failed", by=Person.objects.system(), subject=person):
            pass
