"""Who: people and services, their teams, roles and tokens."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from types import MappingProxyType
from typing import Any

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.governed import GovernedModel, GovernedQuerySet
from audit.words import keys_having
from registry.models.words import PersonWord

SYSTEM_ID = uuid.UUID(int=0)

username_validator = RegexValidator(
    r"^[a-z0-9][a-z0-9._-]*\Z", "Use small letters, digits, dots, hyphens and underscores.", code="username"
)


class PersonManager(BaseUserManager.from_queryset(GovernedQuerySet)):
    system_id = SYSTEM_ID

    def system(self) -> Person:
        """Gatehouse itself, which lays seeds and opens what falls due. Not in the database before the first migrate."""
        return self.filter(pk=SYSTEM_ID).first() or self.model(
            pk=SYSTEM_ID, username="gatehouse", name="Gatehouse", kind=Person.Kind.SYSTEM
        )

    def known(self) -> GovernedQuerySet:
        """Everybody but Gatehouse itself."""
        return self.exclude(kind=Person.Kind.SYSTEM)

    def matching(self, text: str) -> GovernedQuerySet:
        """By the beginnings of words in name and user name, all of them."""
        return self.filter(pk__in=keys_having(text, PersonWord))

    def accounts_of(self, person: Person) -> GovernedQuerySet:
        """Every account of the human whose account `person` is, the one that stands for them first."""
        accounts = self.filter(Q(pk=person.identity) | Q(same_as=person.identity))
        return accounts.order_by(F("same_as").asc(nulls_first=True), "name")

    def administrators(self) -> GovernedQuerySet:
        """The active ones."""
        return self.filter(is_active=True, role_grants__role=RoleGrant.ADMIN)

    def holding(self, permission: str) -> GovernedQuerySet:
        """The active people who hold `permission` everywhere, by name, as every authentication backend sees it."""
        found = [backend.with_perm(permission) for backend in get_backends()]
        return self.filter(reduce(or_, (Q(pk__in=people.values("pk")) for people in found))).order_by("name")

    def acting(self, by: Person) -> Person:
        """`by` read anew in the open transaction, with the token it came with.

        Raises PermissionDenied when that person, or that token, may not act any more.
        """
        if by.pk == SYSTEM_ID:
            return self.system()
        person = self.filter(pk=by.pk, is_active=True).first()
        if person is None:
            raise PermissionDenied("This account is not active.")
        if by.token is not None:
            person.token = ApiToken.objects.live().filter(pk=by.token.pk).first()
            if person.token is None:
                raise PermissionDenied("This token has ended.")
        person.confirmed_at = by.confirmed_at
        return person


class Person(GovernedModel, AbstractBaseUser):
    """Somebody who acts: a human, a service (a pipeline), or Gatehouse itself.

    In the ledger a person is an opaque id; name, user name and address stand only here, so that they can be forgotten.
    """

    class Kind(models.TextChoices):
        HUMAN = "human", "Person"
        SERVICE = "service", "Service"
        SYSTEM = "system", "Gatehouse"

    ungoverned_fields = frozenset(
        {"username", "name", "email", "password", "time_zone", "mail_is_daily", "last_seen_at"}
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    last_login = None  # a sign-in is an event; the column would be a second, unproved telling of it
    username = models.CharField(max_length=60, unique=True, validators=[username_validator])
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HUMAN)
    is_active = models.BooleanField(default=True)
    is_superuser = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False, help_text="Made by the demo; refused outside of it")
    created_at = models.DateTimeField(default=timezone.now)
    time_zone = models.CharField(max_length=60, blank=True, default="", help_text="IANA name; empty: the portal's")
    mail_is_daily = models.BooleanField(default=False, help_text="Everything of a day in one mail, instead of at once")
    last_seen_at = models.DateTimeField(null=True, blank=True, help_text="Kept roughly; what is newer is news to them")
    same_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="further_accounts",
        help_text="The account that stands for the same human; rules about who is who take both for one",
    )

    objects = PersonManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    #: The API token this person came with, None in the browser. Set by the API's door.
    token: ApiToken | None = None
    #: When this person last showed in the browser who they are. Set by the door where something is signed.
    confirmed_at: datetime.datetime | None = None

    class Meta:
        base_manager_name = "objects"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["human", "service", "system"]), name="person_kind"),
            models.CheckConstraint(condition=~Q(same_as=F("id")), name="account_of_somebody_else"),
        ]

    def __str__(self) -> str:
        return self.name

    def ledger_label(self) -> str:
        return f"person {str(self.pk)[:8]}"

    @property
    def identity(self) -> uuid.UUID:
        """One for all accounts of one human. Whatever asks whether two people are two asks this."""
        return self.same_as_id or self.pk

    @property
    def groups(self) -> models.QuerySet[Group]:
        """None: teams and roles are our own governed rows. guardian asks."""
        return Group.objects.none()

    @cached_property
    def standing(self) -> Standing:
        """Roles and teams, read once for each object, so once for each request and anew in each transaction."""
        return Standing.of(self)

    def has_perm(self, permission: str, subject: models.Model | None = None) -> bool:
        """Whether this person may do `permission`, as every authentication backend sees it."""
        return any(backend.has_perm(self, permission, subject) for backend in get_backends())

    def chosen_alone_by(self, permission: str, *, since: datetime.datetime | None = None) -> set[uuid.UUID]:
        """Who alone gave the roles by which this person may do `permission`, and gave them after `since`. Nobody, where
        a second administrator stands behind one of them, or it is not known who gave it."""
        roles = {role for backend in get_backends() for role in getattr(backend, "roles_with", _no_roles)(permission)}
        given = [self.standing.given[role] for role in roles & self.standing.given.keys()]
        if self.is_superuser or any(not each.is_given_alone(since) for each in given):
            return set()
        return {each.by for each in given}

    @property
    def role_names(self) -> list[str]:
        return sorted(self.standing.roles)


def _no_roles(permission: str) -> list[str]:
    """Of a backend that knows no roles."""
    return []


@dataclass(frozen=True)
class GivenRole:
    """Who gave a role, by identity, and when; None of both for one that was given before that was kept."""

    by: uuid.UUID | None
    at: datetime.datetime | None
    is_confirmed: bool

    def is_given_alone(self, since: datetime.datetime | None) -> bool:
        """By somebody known, with no second administrator beside them, and after `since`."""
        is_alone = self.by is not None and not self.is_confirmed
        return is_alone and (since is None or self.at > since)


class Standing:
    """A person's role names, with who gave each, and team ids, from one statement."""

    def __init__(
        self, roles: frozenset[str], teams: frozenset[int], given: Mapping[str, GivenRole] = MappingProxyType({})
    ) -> None:
        self.roles = roles
        self.teams = teams
        self.given = given

    @classmethod
    def of(cls, person: Person) -> Standing:
        return cls.of_each([person])[person.pk]

    @classmethod
    def of_each(cls, people: Iterable[Person]) -> dict[uuid.UUID, Standing]:
        """By the keys of the people, however many, from one statement."""
        rows: dict[uuid.UUID, list[tuple]] = {person.pk: [] for person in people}
        giver = Coalesce(F("given_by__same_as"), F("given_by"))
        roles = RoleGrant.objects.filter(person__in=rows).values_list(
            "person_id", "role", models.Value(None, models.BigIntegerField()), giver, "given_at", "confirmed_at"
        )
        nothing = (
            models.Value(None, field()) for field in (models.UUIDField, models.DateTimeField, models.DateTimeField)
        )
        teams = TeamMembership.objects.filter(person__in=rows).values_list(
            "person_id", models.Value("", models.CharField()), F("team_id"), *nothing
        )
        for key, *row in roles.order_by().union(teams.order_by(), all=True):
            rows[key].append(tuple(row))
        return {key: cls._read(found) for key, found in rows.items()}

    @classmethod
    def _read(cls, found: list[tuple]) -> Standing:
        """Of rows of role or team, who gave it, when, and when another confirmed it."""
        given = {role: GivenRole(by, at, bool(confirmed)) for role, team, by, at, confirmed in found if team is None}
        return cls(frozenset(given), frozenset(team for _, team, *_none in found if team is not None), given)


class Team(GovernedModel):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)

    class Meta(GovernedModel.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TeamMembership(GovernedModel):
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")

    class Meta(GovernedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["person", "team"], name="once_in_a_team")]

    def __str__(self) -> str:
        return f"membership {self.pk}"


class RoleGrant(GovernedModel):
    """A role held by a person. Roles are code (`governance.roles`); who holds them is data."""

    #: The role that manages people. Somebody active always holds it.
    ADMIN = "admin"
    #: The roles that build models, which belong to teams: without a team they let nobody do that.
    OF_A_TEAM = ("author", "pipeline")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_grants")
    role = models.SlugField(max_length=40)
    given_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True, help_text="Empty for what was given before this was kept")
    confirmed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When a second administrator agreed")

    class Meta(GovernedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["person", "role"], name="role_held_once"),
            models.CheckConstraint(
                condition=Q(given_by=None, given_at=None) | Q(given_by__isnull=False, given_at__isnull=False),
                name="role_is_given_whole",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("given_by"))),
                name="role_is_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} grant {self.pk}"


class ApiTokenQuerySet(GovernedQuerySet):
    def live(self) -> ApiTokenQuerySet:
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None, person__is_active=True
        )

    def for_secret(self, secret: str) -> ApiToken | None:
        """The live token with this secret, and its person with it, or None."""
        return self.live().filter(digest=ApiToken.digest_of(secret)).select_related("person").first()


class ApiToken(GovernedModel):
    """A bearer token. Only its SHA-256 is kept: the secret has 256 bits of its own, so nothing slower is needed."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        REGISTER = "register", "Register models and versions"
        EVALUATE = "evaluate", "Attach evaluations and CI results"
        DEPLOY = "deploy", "Record deployments"

    ungoverned_fields = frozenset({"last_used_at"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Kept roughly, not at every call")

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"token {self.prefix}…"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @property
    def state(self) -> str:
        """Whether it still works, in one word: live, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "live"

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


def display_names(ids: set[Any]) -> dict[uuid.UUID, str]:
    """Names for the ledger's opaque ids, in one statement; an anonymised person is shown by the ledger as an id."""
    return dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
