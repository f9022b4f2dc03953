"""The steps that fill an empty portal."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from registry.models import Person, Team


@dataclass(frozen=True)
class FirstStep:
    """One of the three steps that fill an empty portal; `url` only for somebody who may do it."""

    title: str
    sub: str
    done: bool
    url: str = ""
    button: str = ""


def of(person: Person) -> list[FirstStep]:
    """What is left of the first steps, with buttons for what this person may do. None for somebody without a role."""
    if not person.has_perm("registry.view_registry"):
        return []
    adds_people = person.has_perm("registry.manage_people")
    registers = may_register(person)
    has_others = Person.objects.filter(kind=Person.Kind.HUMAN).exclude(pk=person.pk).exists()
    return [
        FirstStep("Make the first administrator", "Done with manage.py first_admin.", done=True),
        FirstStep(
            "Add your people",
            "Each gets a one-time link to set a password. Every tier needs at least a technical reviewer.",
            done=has_others,
            url=reverse("governance:person_add") if adds_people else "",
            button="Add a person",
        ),
        FirstStep(
            "Register the first model",
            "You are in a team of data scientists, so this is yours."
            if registers
            else "A data scientist who belongs to a team does this.",
            done=False,
            url=reverse("registry:model_register") if registers else "",
            button="Register a model",
        ),
    ]


def may_register(person: Person) -> bool:
    """Models are registered for a team, so it takes one in which the person may."""
    return any(person.has_perm("registry.register_model", Team(pk=team)) for team in person.standing.teams)
