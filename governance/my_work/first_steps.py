"""The steps that fill an empty portal."""

from __future__ import annotations

from dataclasses import dataclass

from registry.imports.known import may_import
from registry.models import Person, Team


@dataclass(frozen=True)
class Button:
    label: str
    url_name: str


@dataclass(frozen=True)
class FirstStep:
    """One of the three steps that fill an empty portal; `buttons` only for somebody who may do it."""

    title: str
    sub: str
    done: bool
    buttons: tuple[Button, ...] = ()


def of(person: Person) -> list[FirstStep]:
    """What is left of the first steps, with buttons for what this person may do. None for somebody without a role."""
    if not person.has_perm("registry.view_registry"):
        return []
    has_others = Person.objects.filter(kind=Person.Kind.HUMAN).exclude(pk=person.pk).exists()
    return [
        FirstStep("Make the first administrator", "Done with manage.py first_admin.", done=True),
        FirstStep(
            "Add your people",
            "Each gets a one-time link to set a password. Every tier needs at least a technical reviewer.",
            done=has_others,
            buttons=_allowed((person.has_perm("registry.manage_people"), "Add a person", "governance:person_add")),
        ),
        FirstStep(
            "Bring in the first models",
            _who_brings_models(person),
            done=False,
            buttons=_allowed(
                (may_register(person), "Register a model", "registry:model_register"),
                (may_import(person), "Import an inventory", "registry:import_begin"),
            ),
        ),
    ]


def _allowed(*offered: tuple[bool, str, str]) -> tuple[Button, ...]:
    return tuple(Button(label, url_name) for is_allowed, label, url_name in offered if is_allowed)


def _who_brings_models(person: Person) -> str:
    if may_register(person):
        return "You are in a team of data scientists, so this is yours: one by one, or a whole inventory at once."
    if may_import(person):
        return "A data scientist registers them. An inventory that is kept elsewhere, you can import."
    return "A data scientist who belongs to a team does this."


def may_register(person: Person) -> bool:
    """Models are registered for a team, so it takes one in which the person may."""
    return any(person.has_perm("registry.register_model", Team(pk=team)) for team in person.standing.teams)
