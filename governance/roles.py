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
        "Decides whether card, fairness and use of data are in order.",
        everywhere=READING,
        decides="compliance",
    ),
    Role(
        "release-manager",
        "Release manager",
        "Decides whether a version may go live, records deployments and takes versions out again.",
        everywhere=READING | {"approvals.record_deployment", "approvals.retire_version", "registry.declare_consumer"},
        decides="deployment",
    ),
    Role(
        RoleGrant.ADMIN,
        "Administrator",
        "Adds people, gives them teams, roles and tokens; imports inventories. Decides nothing about models.",
        everywhere=READING | {"registry.manage_people", "registry.import_models"},
    ),
    Role("auditor", "Auditor", "Reads everything, changes nothing.", everywhere=READING),
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


class SignInBackend(AuthenticationBackend):
    """allauth's sign-in. It answers who somebody is; what they may do is the RoleBackend's."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False


def _is_of_own_team(person: Person, subject: models.Model | None) -> bool:
    team = subject.pk if isinstance(subject, Team) else getattr(subject, "owning_team_id", None)
    return team is not None and team in person.standing.teams
