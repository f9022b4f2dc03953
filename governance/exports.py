"""What the list of people says as CSV, column by column: the file that access reviews are made from."""

from audit.csv import Columns
from governance.roles import BY_SLUG
from registry.models import Person


def roles_of(person: Person) -> list[str]:
    """Titles of the roles held, in the order in which roles are listed. `role_grants` may be prefetched."""
    held = {grant.role for grant in person.role_grants.all()}
    return [role.title for slug, role in BY_SLUG.items() if slug in held]


def teams_of(person: Person) -> list[str]:
    """`memberships__team` may be prefetched."""
    return sorted(membership.team.name for membership in person.memberships.all())


PEOPLE: Columns = {
    "name": "name",
    "user name": "username",
    "e-mail": "email",
    "kind": lambda person: "pipeline" if person.kind == Person.Kind.SERVICE else "person",
    "account": lambda person: "active" if person.is_active else "deactivated",
    "superuser": "is_superuser",
    "roles": lambda person: ", ".join(roles_of(person)),
    "teams": lambda person: ", ".join(teams_of(person)),
    "live tokens": "live_tokens",
    "last seen": "last_seen_at",
    "added": "created_at",
    "id": "id",
}
