"""Who may decide which stage: guardian's object permissions on the risk tier, read from the database at each asking.

A superuser is no exception here: deciding takes an explicit right.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import get_users_with_perms

from approvals.facts.loading import JSONRows
from approvals.models import Stage
from approvals.workflow import review_verb
from registry.models import (
    ModelVersion,
    Person,
    RiskTier,
    RiskTierUserObjectPermission,
    RoleGrant,
    TeamMembership,
)
from registry.models.people import Standing

SUBMIT = review_verb("submit").permission


def stages_decided_by(person: Person, tier: RiskTier) -> set[str]:
    """The stages of reviews in `tier` that `person` may decide. Empty for an inactive person."""
    held = set(ObjectPermissionChecker(person).get_user_perms(tier))
    return {stage for stage in Stage.values if f"decide_{stage}" in held}


def tiers_decided_by(person: Person) -> dict[str, set[int]]:
    """For each stage the ids of the tiers whose reviews `person` may decide, in one statement."""
    if not person.is_active:
        return {}
    decided: dict[str, set[int]] = {}
    for codename, tier_id in person.tier_rights.values_list("permission__codename", "content_object_id"):
        decided.setdefault(stage_of(codename), set()).add(tier_id)
    return decided


def deciders(stage: str, tier: RiskTier) -> list[Person]:
    """Active people who may decide this stage in this tier."""
    holders = get_users_with_perms(tier, only_with_perms_in=[f"decide_{stage}"], with_group_users=False)
    return [person for person in holders.order_by("name") if person.is_active]


def deciders_by_stage(tier: RiskTier | None) -> dict[str, list[Person]]:
    """`deciders` of every stage at once, in one statement. Nobody decides where no tier is given yet."""
    return {
        stage: [person for person in holders if person.is_active] for stage, holders in holders_by_stage(tier).items()
    }


def holders_by_stage(tier: RiskTier | None) -> dict[str, list[Person]]:
    """Everybody who holds the right to decide, active or not, by stage, in one statement."""
    found: dict[str, list[Person]] = {}
    if tier is None:
        return found
    held = Person.objects.filter(tier_rights__content_object=tier).annotate(
        right=F("tier_rights__permission__codename")
    )
    for person in held.order_by("name", "pk"):
        found.setdefault(stage_of(person.right), []).append(person)
    return found


def stage_of(codename: str) -> str:
    """The stage that a right of this name decides."""
    return codename.removeprefix("decide_")


def overseers() -> dict[str, str]:
    """Who can be told of a decision that is overdue: the names, by their ids, of those who decide somewhere or
    administer."""
    decides = RiskTierUserObjectPermission.objects.filter(user=OuterRef("pk"))
    administers = RoleGrant.objects.filter(person=OuterRef("pk"), role=RoleGrant.ADMIN)
    found = Person.objects.filter(Exists(decides) | Exists(administers), is_active=True, kind=Person.Kind.HUMAN)
    return {str(key): name for key, name in found.order_by("name").values_list("pk", "name")}


def keepers(version: ModelVersion) -> list[Person]:
    """Who can be asked to keep a condition of an approval, in one statement: those who build the version and may ask
    for its review, and those who decide in its tier."""
    model = version.model
    rights = RiskTierUserObjectPermission.objects.filter(user=OuterRef("pk"), content_object=model.tier_id)
    memberships = TeamMembership.objects.filter(person=OuterRef("pk"), team=model.team_id)
    found = Person.objects.filter(is_active=True, kind=Person.Kind.HUMAN).annotate(
        decides=Exists(rights),
        is_member=Exists(memberships),
        roles=JSONRows(RoleGrant.objects.filter(person=OuterRef("pk")), role=F("role")),
    )
    concerned = found.filter(Q(decides=True) | Q(is_member=True)).order_by("name")
    return [person for person in concerned if person.decides or _builds(person, version)]


def _builds(person: Person, version: ModelVersion) -> bool:
    """`person` comes with `roles`, so that nobody's standing is read one by one."""
    person.standing = Standing(frozenset(row["role"] for row in person.roles), frozenset({version.model.team_id}))
    return person.has_perm(SUBMIT, version)
