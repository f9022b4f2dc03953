"""Roles are code, each with a sentence that a person can approve; who holds one is data (`registry.RoleGrant`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.db import models

from registry.models import Person, RoleGrant, Team

VIEW = "registry.view_registry"
LEDGER = "audit.view_ledger"
WHOLE_LEDGER = "audit.view_whole_ledger"
MANAGE = "registry.manage_people"


@dataclass(frozen=True)
class Role:
    """`everywhere` holds for all models; `own_team` only for models of a team the person belongs to.

    `decides` names the review stage whose decision right comes with the role, given on every risk tier.
    """

    slug: str
    title: str
    sentence: str
    everywhere: frozenset[str] = field(default_factory=frozenset)
    own_team: frozenset[str] = field(default_factory=frozenset)
    decides: str = ""

    @property
    def is_confirmed_by_two(self) -> bool:
        """Whether a second administrator can stand behind it: it decides about what others did."""
        return bool(self.decides or self.everywhere & DECIDING)


#: What somebody does about the work of others.
DECIDING = frozenset(
    {
        MANAGE,
        "registry.publish_questionnaire",
        "approvals.publish_policy",
        "approvals.grant_waiver",
        "approvals.stop_review",
        "approvals.confirm_tier",
    }
)
BUILDING = frozenset(
    {
        "registry.register_model",
        "registry.import_models",
        "registry.change_model",
        "registry.attach_evaluation",
        "registry.declare_consumer",
        "approvals.submit_review",
        "approvals.retire_version",
        "approvals.close_performance_review",
    }
)
READING = frozenset({VIEW, LEDGER})

ROLES = (
    Role(
        "author",
        "Data scientist",
        "Registers and imports models and versions of their own team, writes their cards, and asks for review.",
        everywhere=READING | {"registry.propose_use_case"},
        own_team=BUILDING,
    ),
    Role(
        "technical-reviewer",
        "Technical reviewer",
        "Decides whether a version is sound: evaluation, code, data.",
        everywhere=READING,
        decides="technical",
    ),
    Role(
        "business-reviewer",
        "Business reviewer",
        "Decides about use cases, and whether a version serves its use case.",
        everywhere=READING | {"registry.propose_use_case", "registry.decide_use_case"},
        decides="business",
    ),
    Role(
        "compliance-reviewer",
        "Compliance reviewer",
        "Decides whether card, fairness and use of data are in order; stops approvals; grants waivers; confirms lower "
        "risk tiers; publishes changes of policies that others wrote.",
        everywhere=READING
        | {"approvals.publish_policy", "approvals.stop_review", "approvals.grant_waiver", "approvals.confirm_tier"},
        decides="compliance",
    ),
    Role(
        "release-manager",
        "Release manager",
        "Decides whether a version may go live, records deployments, takes versions out again, stops approvals, and "
        "grants waivers.",
        everywhere=READING
        | {
            "approvals.record_deployment",
            "approvals.retire_version",
            "approvals.stop_review",
            "approvals.grant_waiver",
            "registry.declare_consumer",
        },
        decides="deployment",
    ),
    Role(
        RoleGrant.ADMIN,
        "Administrator",
        "Adds people, gives them teams, roles and tokens; changes what risk tiers ask and what puts models into them; "
        "imports inventories. Decides about no version; confirms lower risk tiers.",
        everywhere=READING
        | {
            MANAGE,
            WHOLE_LEDGER,
            "registry.import_models",
            "registry.change_questionnaire",
            "registry.publish_questionnaire",
            "approvals.change_policy",
            "approvals.publish_policy",
            "approvals.confirm_tier",
        },
    ),
    Role("auditor", "Auditor", "Reads everything, changes nothing.", everywhere=READING | {WHOLE_LEDGER}),
    Role(
        "pipeline",
        "Pipeline",
        "A service that registers versions, attaches evaluations and records deployments for its team.",
        everywhere=frozenset({VIEW}),
        own_team=frozenset(
            {
                "registry.register_model",
                "registry.change_model",
                "registry.attach_evaluation",
                "approvals.record_deployment",
            }
        ),
    ),
)
BY_SLUG = {role.slug: role for role in ROLES}
PIPELINE = BY_SLUG["pipeline"]

#: permission -> what it lets somebody do, as the page of roles says it to those who approve the table
WORDS = {
    VIEW: "See use cases, models, versions, reviews and deployments",
    LEDGER: "Read what the ledger says of models, use cases and reviews, and of oneself",
    WHOLE_LEDGER: "Read the whole ledger: sign-ins, roles, tokens and refused attempts as well",
    "registry.propose_use_case": "Propose use cases",
    "registry.decide_use_case": "Approve and reject use cases",
    "registry.register_model": "Register models",
    "registry.change_model": "Register versions, write their cards and release plans, assess the risk",
    "registry.attach_evaluation": "Attach evaluations and the results of code checks",
    "registry.declare_consumer": "Declare who uses a version",
    "registry.import_models": "Import inventories of models",
    "registry.change_questionnaire": "Draft what is asked about the risk of a model",
    "registry.publish_questionnaire": "Publish questions about risk that others drafted",
    MANAGE: "Add people and pipelines, change their teams, roles and tokens, close accounts",
    "approvals.change_policy": "Draft what a risk tier asks for",
    "approvals.publish_policy": "Publish changes of policies that others drafted",
    "approvals.stop_review": "Suspend, reinstate and revoke approvals",
    "approvals.confirm_tier": "Confirm and decline lower risk tiers that others proposed",
    "approvals.grant_waiver": "Grant and end waivers of checks",
    "approvals.submit_review": "Ask for reviews and waivers, and take them back",
    "approvals.retire_version": "Retire versions",
    "approvals.close_performance_review": "Close performance reviews",
    "approvals.record_deployment": "Record deployments, and that a version was taken out",
}


def roles_for(kind: str) -> list[Role]:
    """The roles that somebody of this kind can hold: a pipeline its own, people all others."""
    return [role for role in ROLES if (role is PIPELINE) == (kind == Person.Kind.SERVICE)]


def roles_of(person: Person) -> list[Role]:
    """The person's roles in the order of the table; a role that is no longer code gives nothing."""
    return [role for role in ROLES if role.slug in person.standing.roles]


class RoleBackend(BaseBackend):
    """Answers `has_perm` from roles and teams. A superuser may do what any role may, which is never to decide."""

    def has_perm(self, person: Any, permission: str, subject: models.Model | None = None) -> bool:
        if not isinstance(person, Person) or not person.is_active:
            return False
        if person.kind == Person.Kind.SYSTEM or person.is_superuser:
            return True
        roles = roles_of(person)
        if any(permission in role.everywhere for role in roles):
            return True
        return _is_of_own_team(person, subject) and any(permission in role.own_team for role in roles)

    def roles_with(self, permission: str) -> list[str]:
        """The roles by which somebody may do it everywhere."""
        return [role.slug for role in ROLES if permission in role.everywhere]

    def with_perm(self, permission: str) -> models.QuerySet[Person]:
        """Who may do it everywhere by a role. A superuser may as well, and stands in no role."""
        holders = models.Q(role_grants__role__in=self.roles_with(permission)) | models.Q(is_superuser=True)
        return Person.objects.filter(holders, is_active=True, kind=Person.Kind.HUMAN)


class SignInBackend(AuthenticationBackend):
    """allauth's sign-in. It answers who somebody is; what they may do is the RoleBackend's."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def with_perm(self, permission: str) -> models.QuerySet[Person]:
        return Person.objects.none()


def _is_of_own_team(person: Person, subject: models.Model | None) -> bool:
    team = subject.pk if isinstance(subject, Team) else getattr(subject, "owning_team_id", None)
    return team is not None and team in person.standing.teams
