"""Who may decide which stage: guardian's object permissions on the risk tier, read from the database at each asking.

A superuser is no exception here: deciding takes an explicit right.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from approvals.facts.loading import JSONRows, identity, moment, nested
from approvals.workflow import review_verb
from audit.ledger import Entry
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
#: Whoever holds it sees every version with its reviews.
READ = "registry.view_registry"


@dataclass(frozen=True)
class Right:
    """Who gave a right to decide, when, and which second administrator stands behind it: their identities. All None for
    one that was given before this was kept. `teams` are those of whoever holds it."""

    given_by: uuid.UUID | None = None
    given_at: datetime.datetime | None = None
    confirmed_by: uuid.UUID | None = None
    teams: frozenset[int] = frozenset()

    @property
    def chooser(self) -> uuid.UUID | None:
        """Who alone gave it."""
        return None if self.confirmed_by else self.given_by


def held(entry: Entry, tier: RiskTier) -> dict[str, Right]:
    """What the actor may decide in `tier`, by the name of the right. They are locked before it is read, as everybody
    locks them who gives or takes a right or a place in a team, or closes the account: it stays as it is until the
    transaction ends."""
    active = Person.objects.filter(pk=entry.actor.pk, is_active=True).order_by()
    if not active.select_for_update(no_key=True).values_list("pk").first():
        return {}
    return {name: tiers[tier.pk] for name, tiers in tiers_decided_by(entry.actor).items() if tier.pk in tiers}


def _right(row: RiskTierUserObjectPermission) -> Right:
    giver, confirmer = (person.identity if person else None for person in (row.given_by, row.confirmed_by))
    return Right(giver, row.given_at, confirmer, frozenset(each["team"] for each in row.teams))


def tiers_decided_by(person: Person) -> dict[str, dict[int, Right]]:
    """The rights of `person`, by their names and the ids of the tiers, in one statement."""
    if not person.is_active:
        return {}
    return by_name(Person.objects.filter(pk=person.pk).values_list(rows(), flat=True).first() or [])


def rows() -> JSONRows:
    """The rights of each person of a queryset, as `by_name` takes them."""
    rights = RiskTierUserObjectPermission.objects.filter(user=OuterRef("pk"))
    return JSONRows(
        rights,
        codename=F("permission__codename"),
        tier=F("content_object"),
        given_by=identity("given_by"),
        given_at=F("given_at"),
        confirmed_by=identity("confirmed_by"),
        teams=_teams(OuterRef("user")),
    )


def _teams(person: OuterRef) -> JSONRows:
    return JSONRows(TeamMembership.objects.filter(person=person), team=F("team"))


def by_name(found: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, Right]]:
    held: dict[str, dict[int, Right]] = {}
    for row in found:
        teams = frozenset(each["team"] for each in nested(row["teams"]))
        right = Right(_id(row["given_by"]), moment(row["given_at"]), _id(row["confirmed_by"]), teams)
        held.setdefault(name_of(row["codename"]), {})[row["tier"]] = right
    return held


def active_holders(tier: RiskTier | None) -> dict[str, dict[Person, Right]]:
    """Active people who hold a right to decide in this tier, by its name and theirs, in one statement. Nobody does
    where no tier is given yet."""
    return {
        name: {person: right for person, right in found.items() if person.is_active}
        for name, found in holders(tier).items()
    }


def holders(tier: RiskTier | None) -> dict[str, dict[Person, Right]]:
    """Everybody who holds the right to decide, active or not, likewise."""
    found: dict[str, dict[Person, Right]] = {}
    if tier is None:
        return found
    rows = RiskTierUserObjectPermission.objects.filter(content_object=tier)
    related = ("user", "permission", "given_by", "confirmed_by")
    rows = rows.select_related(*related).annotate(teams=_teams(OuterRef("user")))
    for row in rows.order_by("user__name", "user"):
        found.setdefault(name_of(row.permission.codename), {})[row.user] = _right(row)
    return found


def name_of(codename: str) -> str:
    """The name of a right to decide, which is that of the stage it is usually asked for."""
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


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None
