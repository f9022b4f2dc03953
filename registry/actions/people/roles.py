"""Who holds which role. The rights to decide, guardian's rows on the risk tiers, come and go with the role."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.utils import timezone

from audit import ledger
from audit.governed import GovernedQuerySet
from audit.ledger import Entry
from registry import rules
from registry.actions.people.managing import hold_administrators, locked, refuse, require_manager
from registry.models import Person, RiskTier, RiskTierUserObjectPermission, RoleGrant


def grant_role(*, person: Person, role: str, by: Person, decides: str = "") -> RoleGrant:
    """Gives `person` a role. `decides` names the review stage it decides: the right is given on every risk tier."""
    with ledger.entry("registry.role.granted", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        held = set(RoleGrant.objects.filter(person=person).values_list("role", flat=True))
        refuse(rules.against_granting(person, role, decides=decides, held=held, by=entry.actor))
        grant = RoleGrant(person=person, role=role, given_by=entry.actor, given_at=timezone.now())
        grant.save()
        entry.facts = {"role": role, "decides": decides}
        if decides:
            _give_decision_rights(person, decides, by=entry.actor)
    return grant


def confirm_role(*, person: Person, role: str, by: Person, decides: str = "") -> None:
    """A second administrator stands behind a role and the rights that came with it: they count for reviews that were
    submitted before they were given, and whatever the giver has to do with what is decided."""
    with ledger.entry("registry.role.confirmed", by=by, subject=person) as entry:
        require_manager(entry)
        person = locked(entry, person)
        waiting = entry.lock(person.role_grants.filter(role=role, confirmed_at=None).select_related("given_by"))
        if decides:
            rights = _decision_rights(person, decides).filter(confirmed_at=None)
            waiting += entry.lock(rights.select_related("given_by"))
        givers = {each.given_by.identity for each in waiting if each.given_by}
        refuse(rules.against_confirming_role(person, waits=bool(waiting), givers=givers, by=entry.actor))
        for each in waiting:
            each.confirmed_by, each.confirmed_at = entry.actor, timezone.now()
            each.save()
        entry.facts = {"role": role, "decides": decides}


def revoke_role(*, person: Person, role: str, by: Person, decides: str = "") -> None:
    """Takes the role away, and the right to decide that came with it. What was decided before stays decided."""
    with ledger.entry("registry.role.revoked", by=by, subject=person) as entry:
        administrators = hold_administrators(entry)
        person = locked(entry, person)
        grants = entry.lock(RoleGrant.objects.filter(person=person, role=role))
        refuse(
            rules.against_revoking_role(
                person, role, is_held=bool(grants), administrators=administrators, by=entry.actor
            )
        )
        grants[0].delete()
        entry.facts = {"role": role, "decides": decides}
        if decides:
            _take_decision_rights(entry, person, decides)


def _give_decision_rights(person: Person, stage: str, *, by: Person) -> None:
    permission = Permission.objects.get(
        content_type__app_label="registry", content_type__model="risktier", codename=f"decide_{stage}"
    )
    given = {"user": person, "permission": permission, "given_by": by, "given_at": timezone.now()}
    for tier in RiskTier.objects.all():
        RiskTierUserObjectPermission(content_object=tier, **given).save()


def _take_decision_rights(entry: Entry, person: Person, stage: str) -> None:
    for right in entry.lock(_decision_rights(person, stage)):
        right.delete()


def _decision_rights(person: Person, stage: str) -> GovernedQuerySet:
    return person.tier_rights.filter(permission__codename=f"decide_{stage}")
