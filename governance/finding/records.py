"""Models, versions, use cases and people by what they are called, the newest first; versions by their digest too."""

from __future__ import annotations

import re

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from governance.finding.hits import Group, Hit
from governance.roles import MANAGE
from registry.models import AIModel, ModelVersion, Person, UseCase
from registry.models.catalog import digest_prefix

MOST_MODELS = 6
MOST = 4
LARGEST_NUMBER = 10**6
named_version = re.compile(r"(?P<name>.*\S)(?:\s+v?|\s*v)(?P<number>[0-9]{1,6})\Z", re.IGNORECASE)


def matching(person: Person, text: str) -> list[Group]:
    named = named_version.match(text)
    found = AIModel.objects.visible_to(person).matching(named["name"] if named else text)
    models = list(found.order_by("-pk")[:MOST_MODELS])
    return [
        Group("Models", [_model(model) for model in models]),
        Group("Versions", [_version(version) for version in _versions(person, text, models)]),
        Group("Use cases", [_use_case(use_case) for use_case in _use_cases(person, text)]),
        Group("People", [_person(other) for other in _people(person, text)]),
    ]


def _versions(person: Person, text: str, models: list[AIModel]) -> QuerySet[ModelVersion]:
    """The one with this number or this digest; else the newest of each model found."""
    named, digest = named_version.match(text), digest_prefix.match(text)
    found = Q(model__in=models)
    if named:
        found &= Q(number=int(named["number"]))
    else:
        newer = ModelVersion.objects.filter(model=OuterRef("model"), number__gt=OuterRef("number"))
        found &= ~Exists(newer)
    versions = ModelVersion.objects.visible_to(person)
    versions = versions.of_digest(digest["digest"]) if digest else versions.filter(found)
    return versions.select_related("model").order_by("model__name", "-number")[:MOST]


def _use_cases(person: Person, text: str) -> QuerySet[UseCase]:
    return UseCase.objects.visible_to(person).matching(text).order_by("-pk")[:MOST]


def _people(person: Person, text: str) -> QuerySet[Person]:
    """For those who manage people, as their page is."""
    if not person.has_perm(MANAGE):
        return Person.objects.none()
    return Person.objects.matching(text).exclude(kind=Person.Kind.SYSTEM).order_by("name")[:MOST]


def _model(model: AIModel) -> Hit:
    return Hit(model.name, reverse("registry:model_detail", args=[model.name]), "models", model.purpose)


def _version(version: ModelVersion) -> Hit:
    address = reverse("governance:version_detail", args=[version.model.name, version.number])
    return Hit(str(version), address, "commit", version.summary or f"sha256:{version.artifact_sha256[:12]}…")


def _use_case(use_case: UseCase) -> Hit:
    address = reverse("registry:use_case_detail", args=[use_case.slug])
    return Hit(use_case.title, address, "file", use_case.get_status_display())


def _person(person: Person) -> Hit:
    return Hit(person.name, reverse("governance:person_detail", args=[person.pk]), "user", person.username)
