"""Pages of the navigation, and verbs that begin something, by the words of their names."""

from __future__ import annotations

from django.urls import reverse

from governance.context import DESTINATIONS, Destination
from governance.finding.hits import Group, Hit
from governance.my_work.first_steps import may_register
from governance.roles import MANAGE, VIEW
from registry.imports.known import may_import
from registry.lifecycle import use_case_verb
from registry.models import Person

#: Pages that the navigation leaves out.
ELSEWHERE = (
    Destination("What ran on a date", "approvals:ran_list", "clock", VIEW),
    Destination("Risk questionnaire", "registry:questionnaire_detail", "policy", VIEW),
    Destination("Imports", "registry:import_list", "download", VIEW),
    Destination("First steps", "governance:first_steps", "flag", VIEW),
    Destination("Your account", "governance:account", "user"),
)
PROPOSE = use_case_verb("propose").permission


def matching(person: Person, text: str) -> list[Group]:
    return [Group("Do", _named(_verbs(person), text)), Group("Pages", _named(_pages(person), text))]


def _named(hits: list[Hit], text: str) -> list[Hit]:
    """Those with a word that begins like each word of `text`."""
    wanted = text.lower().split()
    return [hit for hit in hits if all(_begins(hit.title.lower().split(), word) for word in wanted)]


def _begins(words: list[str], beginning: str) -> bool:
    return any(word.startswith(beginning) for word in words)


def _pages(person: Person) -> list[Hit]:
    return [
        Hit(destination.label, reverse(destination.url_name), destination.icon)
        for destinations in (*(destinations for _, destinations in DESTINATIONS), ELSEWHERE)
        for destination in destinations
        if not destination.permission or person.has_perm(destination.permission)
    ]


def _verbs(person: Person) -> list[Hit]:
    verbs = [
        (may_register(person), "Register a model", "registry:model_register"),
        (may_import(person), "Import models", "registry:import_begin"),
        (person.has_perm(PROPOSE), "Propose a use case", "registry:use_case_propose"),
        (person.has_perm(MANAGE), "Add a person", "governance:person_add"),
    ]
    return [Hit(title, reverse(url_name), "plus") for is_allowed, title, url_name in verbs if is_allowed]
