"""Who plays in the demo. Passwords and tokens are random for each installation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from governance.roles import BY_SLUG
from registry.actions import people
from registry.models import ApiToken, Person, Team

EVERY_SCOPE = list(ApiToken.Scope.values)
PIPELINE_SCOPES = [ApiToken.Scope.READ, ApiToken.Scope.REGISTER, ApiToken.Scope.EVALUATE, ApiToken.Scope.DEPLOY]


@dataclass(frozen=True)
class Part:
    """One part of the cast."""

    role: str
    username: str
    name: str
    in_team: bool = False


ADMIN = Part("admin", "lena", "Lena Fischer")
PEOPLE = (
    Part("author", "ada", "Ada Okafor", in_team=True),
    Part("technical-reviewer", "jonas", "Jonas Lind"),
    Part("business-reviewer", "mei", "Mei Tanaka"),
    Part("compliance-reviewer", "ruth", "Ruth Alvarez"),
    Part("release-manager", "sam", "Sam Patel"),
    Part("auditor", "noor", "Noor Haddad"),
)
PIPELINE = Part("pipeline", "ci-pipeline", "CI pipeline", in_team=True)


@dataclass(frozen=True)
class Credential:
    """How somebody of the cast gets in. The pipeline has no password."""

    role: str
    name: str
    username: str
    password: str | None
    token: str


@dataclass(frozen=True)
class Cast:
    """The people by role, and the team that builds."""

    team: Team
    by_role: dict[str, Person]
    credentials: list[Credential]

    def __getitem__(self, role: str) -> Person:
        return self.by_role[role]


def engage() -> Cast:
    """Creates the cast: Gatehouse adds the administrator, who adds everybody else."""
    system = Person.objects.system()
    admin, admin_credential = _engage(ADMIN, team=None, by=system)
    team = people.create_team(slug="clinical-analytics", name="Clinical analytics", by=admin)
    engaged = {ADMIN.role: (admin, admin_credential)}
    for part in (*PEOPLE, PIPELINE):
        engaged[part.role] = _engage(part, team=team, by=admin)
    return Cast(
        team=team,
        by_role={role: person for role, (person, _) in engaged.items()},
        credentials=[credential for _, credential in engaged.values()],
    )


def _engage(part: Part, *, team: Team | None, by: Person) -> tuple[Person, Credential]:
    is_service = part.role == PIPELINE.role
    person = people.create_person(
        username=part.username,
        name=part.name,
        email=f"{part.username}@northmere.example",
        kind=Person.Kind.SERVICE if is_service else Person.Kind.HUMAN,
        is_demo=True,
        by=by,
    )
    people.grant_role(person=person, role=part.role, decides=BY_SLUG[part.role].decides, by=by)
    if team and part.in_team:
        people.join_team(person=person, team=team, by=by)
    password = None if is_service else _set_password(person, by)
    token, secret = people.issue_token(
        person=person, label="Demo", scopes=PIPELINE_SCOPES if is_service else EVERY_SCOPE, by=by
    )
    engaged = Person.objects.get(pk=person.pk)
    engaged.token = token if is_service else None
    return engaged, Credential(part.role, part.name, part.username, password, secret)


def _set_password(person: Person, by: Person) -> str:
    password = secrets.token_urlsafe(12)
    people.change_password(person=person, password=password, by=by)
    return password
