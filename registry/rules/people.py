"""Who may be let in, given rights, and shut out, and what a token may do."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from registry.models.people import ApiToken, Person, RoleGrant

LONGEST_LIFE = datetime.timedelta(days=365)


def against_token(by: Person) -> list[ValidationError]:
    """Decisions are for people who are signed in, not for tokens."""
    if by.token is None and by.kind == by.Kind.HUMAN:
        return []
    return [
        ValidationError(
            "A decision takes a person who is signed in. Open the page in a browser.", code="person-required"
        )
    ]


def against_scope(token: ApiToken | None, scope: str) -> list[ValidationError]:
    if token is None or token.allows(scope):
        return []
    return [
        ValidationError(
            f"This token does not have the scope “{scope}”. Ask an administrator for one that has.",
            code="scope-missing",
        )
    ]


def against_chosen(choosers: set[uuid.UUID], parties: set[uuid.UUID]) -> list[ValidationError]:
    """`choosers` are `Person.chosen_alone_by` of whoever acts, `parties` those whose matter it is: nobody alone chooses
    who decides about their own."""
    if not choosers or not choosers <= parties:
        return []
    return [
        ValidationError(
            "Whoever gave you the role for this has a part in it. Another administrator can confirm your role.",
            code="role-from-party",
        )
    ]


def against_managing(by: Person) -> list[ValidationError]:
    """People and their rights are managed by somebody who is signed in, or by Gatehouse itself, never by a token."""
    if by.token is None:
        return []
    return [ValidationError("A token does not manage people or tokens. Sign in to do it.", code="person-required")]


def against_inviting(roles: Iterable[str], *, has_team: bool) -> dict[str, ValidationError]:
    """What the roles need from the start. Objections by field."""
    if has_team or set(roles).isdisjoint(RoleGrant.OF_A_TEAM):
        return {}
    needed = ValidationError(
        "Choose a team or name a new one: models belong to teams, and this role builds them.", code="team-missing"
    )
    return {"team": needed}


def against_changing_person(changed: list[str]) -> list[ValidationError]:
    if changed:
        return []
    return [ValidationError("Nothing differs from what is on record.", code="unchanged")]


def against_deactivating(
    person: Person, *, reason: str, administrators: set[uuid.UUID], by: Person
) -> list[ValidationError]:
    """`administrators` are the active ones."""
    objections = []
    if not reason.strip():
        objections.append(ValidationError("Say why. The reason is kept in the ledger.", code="reason-missing"))
    if not person.is_active:
        objections.append(ValidationError("This account is deactivated already.", code="inactive"))
    if person.pk == by.pk:
        objections.append(ValidationError("Nobody deactivates themselves. Ask another administrator.", code="oneself"))
    return objections + _against_last_administrator(person, administrators)


def _against_last_administrator(person: Person, administrators: set[uuid.UUID]) -> list[ValidationError]:
    if administrators != {person.pk}:
        return []
    return [
        ValidationError(
            "This is the last active administrator. Give somebody else the role first, "
            "or nobody could manage people any more.",
            code="last-administrator",
        )
    ]


def against_reactivating(person: Person) -> list[ValidationError]:
    return [ValidationError("This account is active already.", code="active")] if person.is_active else []


def against_resetting(person: Person, *, by: Person) -> list[ValidationError]:
    objections = _against_inactive(person)
    if person.kind != Person.Kind.HUMAN:
        objections.append(
            ValidationError("A pipeline has no password. Revoke its tokens and issue new ones.", code="service")
        )
    if person.pk == by.pk:
        objections.append(ValidationError("Change your own password on your account page.", code="oneself"))
    return objections


def against_resetting_second_factor(person: Person, *, reason: str, by: Person) -> list[ValidationError]:
    objections = []
    if person.pk == by.pk:
        objections.append(ValidationError("Remove your own second factor on your account page.", code="oneself"))
    if not reason.strip():
        objections.append(ValidationError("Say how you made sure that it is them.", code="reason-missing"))
    return objections


def against_signing_out(*, reason: str) -> list[ValidationError]:
    return [] if reason.strip() else [ValidationError("Say why. The ledger keeps it.", code="reason-missing")]


def against_tying(person: Person, *, is_tied: bool) -> list[ValidationError]:
    if not person.is_active:
        return [ValidationError("This account is deactivated.", code="inactive")]
    return [ValidationError("This account is tied to another identity.", code="tied")] if is_tied else []


def against_joining(person: Person, *, is_in: bool, by: Person) -> list[ValidationError]:
    objections = _against_inactive(person) + _against_own_rights(person, by)
    if is_in:
        objections.append(ValidationError("Already in this team.", code="team-joined"))
    return objections


def against_leaving(person: Person, *, is_in: bool, by: Person) -> list[ValidationError]:
    objections = _against_own_rights(person, by)
    if not is_in:
        objections.append(ValidationError("Not in this team any more.", code="team-left"))
    return objections


def against_granting(person: Person, role: str, *, decides: str, held: set[str], by: Person) -> list[ValidationError]:
    """`held` are the roles that the person has already."""
    objections = _against_inactive(person) + _against_own_rights(person, by)
    if role in held:
        objections.append(ValidationError("This role is held already.", code="role-held"))
    if person.kind != Person.Kind.HUMAN and (decides or role == RoleGrant.ADMIN):
        objections.append(
            ValidationError(
                "A pipeline neither decides nor manages people. Give this role to a person.", code="service"
            )
        )
    return objections


def against_revoking_role(
    person: Person, role: str, *, is_held: bool, administrators: set[uuid.UUID], by: Person
) -> list[ValidationError]:
    objections = _against_own_rights(person, by)
    if not is_held:
        objections.append(ValidationError("This role is not held any more.", code="role-not-held"))
    if role == RoleGrant.ADMIN:
        objections += _against_last_administrator(person, administrators)
    return objections


def against_confirming_role(
    person: Person, *, waits: bool, givers: set[uuid.UUID], by: Person
) -> list[ValidationError]:
    """`waits` when a right that came with the role is not confirmed yet; `givers` are the identities of who gave it."""
    objections = _against_inactive(person) + _against_own_rights(person, by)
    if not waits:
        objections.append(ValidationError("Nothing of this role waits to be confirmed.", code="role-confirmed"))
    if by.identity in givers:
        objections.append(
            ValidationError("You gave this role, so another administrator confirms it.", code="role-given-by-you")
        )
    return objections


def against_linking(person: Person, other: Person | None, *, has_further: bool, reason: str) -> list[ValidationError]:
    """`other` is the account that shall stand for both; `has_further` when others are linked to `person` already."""
    objections = [] if reason.strip() else [ValidationError("Say how you know it.", code="reason-missing")]
    if other is None:
        return [*objections, ValidationError("There is no account with this user name.", code="no-account")]
    if Person.Kind.SERVICE in (person.kind, other.kind):
        objections.append(ValidationError("A pipeline is nobody’s account. Link accounts of people.", code="service"))
    if person.identity == other.identity:
        objections.append(ValidationError("These are known to be one person’s already.", code="linked"))
    elif person.same_as_id:
        objections.append(
            ValidationError("This account is linked to another one. Separate them first.", code="linked-elsewhere")
        )
    elif other.same_as_id:
        objections.append(
            ValidationError(
                f"{other.name} is linked to {other.same_as.name}’s account. Link it to that one.", code="not-the-first"
            )
        )
    elif has_further:
        objections.append(
            ValidationError(
                f"Other accounts are linked to {person.name}’s. Do it on the page of {other.name}.", code="is-the-first"
            )
        )
    return objections


def against_separating(person: Person, *, reason: str, by: Person) -> list[ValidationError]:
    objections = [] if reason.strip() else [ValidationError("Say how you know it.", code="reason-missing")]
    if person.same_as_id is None:
        objections.append(ValidationError("This account is linked to none.", code="not-linked"))
    return objections + _against_own_rights(person, by)


def _against_own_rights(person: Person, by: Person) -> list[ValidationError]:
    if person.identity != by.identity:
        return []
    return [ValidationError("Nobody changes their own roles or teams. Another administrator does.", code="own-rights")]


def _against_inactive(person: Person) -> list[ValidationError]:
    if person.is_active:
        return []
    return [ValidationError("This account is deactivated. Reactivate it first.", code="inactive")]


def against_issuing(
    person: Person, scopes: Iterable[str], *, expires_at: datetime.datetime | None, now: datetime.datetime
) -> list[ValidationError]:
    """A person's token ends within a year; a pipeline's may be without an end."""
    objections = _against_inactive(person)
    if not scopes:
        objections.append(ValidationError("Choose at least one scope.", code="scope"))
    objections += [
        ValidationError(f"There is no scope “{scope}”.", code="scope")
        for scope in sorted(set(scopes) - set(ApiToken.Scope.values))
    ]
    if expires_at is not None and expires_at <= now:
        objections.append(ValidationError("The end lies in the past. Choose a later one.", code="expiry-past"))
    if person.kind == Person.Kind.HUMAN and (expires_at is None or expires_at > now + LONGEST_LIFE):
        objections.append(
            ValidationError(f"A person’s token ends within {LONGEST_LIFE.days} days.", code="expiry-too-late")
        )
    return objections


def against_revoking_token(token: ApiToken) -> list[ValidationError]:
    if token.state == "live":
        return []
    return [ValidationError("This token has ended already.", code="token-ended")]
