"""The steps that fill an empty portal: how far they are, and which of them this person does."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from approvals.models import Stage
from governance.roles import roles_for
from registry.imports.known import may_import
from registry.models import AIModel, Person, PutAway, RoleGrant, Team, TeamMembership

#: The name under which somebody puts the steps away.
PART = "first-steps"
REGISTER = "registry.register_model"
BUILDING_ROLES = [role.slug for role in roles_for(Person.Kind.HUMAN) if REGISTER in role.own_team]
REVIEWING_ROLES = [role.slug for role in roles_for(Person.Kind.HUMAN) if role.decides == Stage.TECHNICAL]


@dataclass(frozen=True)
class Button:
    label: str
    url_name: str


@dataclass(frozen=True)
class FirstStep:
    """One of the three steps; `buttons` only for somebody who may do it."""

    title: str
    sub: str
    done: bool
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class FirstSteps:
    steps: tuple[FirstStep, ...]
    has_models: bool
    is_put_away: bool

    @property
    def done_count(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def are_done(self) -> bool:
        return self.done_count == len(self.steps)

    @property
    def are_shown(self) -> bool:
        """On My work, until done or put away; once there is a model, only to those who still have something to do."""
        is_theirs = any(step.buttons and not step.done for step in self.steps)
        return not self.are_done and not self.is_put_away and (is_theirs or not self.has_models)


@dataclass(frozen=True)
class _Known:
    """`has_pair`: somebody reviews what somebody else builds."""

    has_builder: bool
    has_pair: bool
    has_models: bool
    is_put_away: bool

    @classmethod
    def to(cls, person: Person) -> _Known:
        """In one statement."""
        reviewers = _holders(REVIEWING_ROLES)
        others = _builders().exclude(person=OuterRef("person"))
        found = Person.objects.filter(pk=person.pk).values_list(
            Exists(_builders()),
            Exists(reviewers.filter(Exists(others))),
            Exists(AIModel.objects.all()),
            Exists(PutAway.objects.filter(person=person, part=PART)),
        )
        return cls(*found.get())


def of(person: Person) -> FirstSteps | None:
    """None for somebody without a role, who sees nothing."""
    if not person.has_perm("registry.view_registry"):
        return None
    known = _Known.to(person)
    steps = (
        FirstStep(
            "Make the first administrator", "Somebody lets the others in. Done with manage.py first_admin.", done=True
        ),
        FirstStep(
            "Add your people",
            _who_is_missing(known),
            done=known.has_builder and known.has_pair,
            buttons=_allowed((person.has_perm("registry.manage_people"), "Add a person", "governance:person_add")),
        ),
        FirstStep(
            "Bring in the first models",
            _who_brings_models(person, known),
            done=known.has_models,
            buttons=_allowed(
                (may_register(person), "Register a model", "registry:model_register"),
                (may_import(person), "Import models", "registry:import_begin"),
            ),
        ),
    )
    return FirstSteps(steps, known.has_models, known.is_put_away)


def may_register(person: Person) -> bool:
    """Models are registered for a team, so it takes one in which the person may."""
    return any(person.has_perm(REGISTER, Team(pk=team)) for team in person.standing.teams)


def _allowed(*offered: tuple[bool, str, str]) -> tuple[Button, ...]:
    return tuple(Button(label, url_name) for is_allowed, label, url_name in offered if is_allowed)


def _holders(roles: list[str]) -> QuerySet[RoleGrant]:
    return RoleGrant.objects.filter(role__in=roles, person__is_active=True)


def _builders() -> QuerySet[RoleGrant]:
    """Who can register a model: with a role that builds, in some team."""
    memberships = TeamMembership.objects.filter(person=OuterRef("person"))
    return _holders(BUILDING_ROLES).filter(Exists(memberships))


def _who_is_missing(known: _Known) -> str:
    why = "Nobody approves their own work."
    if not known.has_builder:
        return f"A data scientist in a team, and somebody else as technical reviewer. {why}"
    if not known.has_pair:
        return f"Still missing: somebody else as technical reviewer. {why}"
    return "Data scientists build, others review. More people can be added at any time."


def _who_brings_models(person: Person, known: _Known) -> str:
    if known.has_models:
        return "The page of each version says what stands between it and production."
    what = "A few questions put each into a risk tier, and its page says what stands between it and production."
    if may_register(person):
        return f"You are in a team of data scientists, so this is yours: one by one, or a whole inventory. {what}"
    if may_import(person):
        return f"A data scientist registers them. An inventory that is kept elsewhere, you can import. {what}"
    return f"A data scientist who belongs to a team does this. {what}"
