"""Reads what the planner has to know, in as many statements for five thousand candidates as for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models.functions import Lower

from registry.forms.fields import members
from registry.imports.candidates import Candidate
from registry.imports.planner import Known, KnownModel, Named
from registry.models import AIModel, ImportRun, Origin, Person, Team

IMPORT = "registry.import_models"


def may_import(person: Person) -> bool:
    """For every team, or for one of their own."""
    return person.has_perm(IMPORT) or any(person.has_perm(IMPORT, Team(pk=team)) for team in person.standing.teams)


def load(candidates: Iterable[Candidate], run: ImportRun, by: Person) -> Known:
    candidates = list(candidates)
    teams = list(Team.objects.all())
    # Names before references: of a model made meanwhile the reference is seen, and not a name taken by a stranger.
    numbers = _numbers({candidate.slug for candidate in candidates})
    models, versions = _origins(candidates)
    renamed = {model.slug for model in models.values()} - numbers.keys()
    return Known(
        owner=Named(run.owner_id, run.owner.name),
        team=Named(run.team_id, run.team.name),
        people=_people({candidate.owner.lower() for candidate in candidates if candidate.owner}),
        teams={name.lower(): Named(team.pk, team.name) for team in teams for name in (team.name, team.slug)},
        open_teams=frozenset(team.pk for team in teams if by.has_perm(IMPORT, team)),
        models=models,
        slugs=frozenset(numbers),
        versions=versions,
        numbers=numbers | (_numbers(renamed) if renamed else {}),
    )


def _people(hints: set[str]) -> dict[str, Named]:
    """By user name, address or full name; what two people share names nobody."""
    if not hints:
        return {}
    people = members().annotate(small_email=Lower("email"), small_name=Lower("name"))
    found = (
        people.filter(username__in=hints) | people.filter(small_email__in=hints) | people.filter(small_name__in=hints)
    )
    named = [(hint, person) for person in found for hint in {person.username, person.small_email, person.small_name}]
    shared = Counter(hint for hint, _ in named)
    return {hint: Named(person.pk, person.name) for hint, person in named if shared[hint] == 1}


def _origins(candidates: list[Candidate]) -> tuple[dict[str, KnownModel], frozenset[str]]:
    """Of those that came before: the models by reference, and the references of the versions."""
    versions = {candidate.version.reference for candidate in candidates if candidate.version}
    references = versions | {candidate.reference for candidate in candidates}
    found = list(Origin.objects.filter(reference__in=references).select_related("model__team"))
    models = {
        origin.reference: KnownModel(origin.model.name, Named(origin.model.team_id, origin.model.team.name))
        for origin in found
        if origin.version_id is None
    }
    return models, frozenset(origin.reference for origin in found if origin.version_id)


def _numbers(slugs: set[str]) -> dict[str, frozenset[int]]:
    """The numbers of the versions of each model that has one of these names."""
    numbers: dict[str, set[int]] = {}
    named = AIModel.objects.filter(name__in=slugs).order_by()
    for slug, number in named.values_list("name", "versions__number"):
        numbers.setdefault(slug, set())
        if number:
            numbers[slug].add(number)
    return {slug: frozenset(found) for slug, found in numbers.items()}
