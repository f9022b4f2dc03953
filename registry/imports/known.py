"""Reads what the planner has to know, in as many statements for five thousand candidates as for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models.functions import Lower

from registry.forms.fields import members
from registry.imports.candidates import Candidate
from registry.imports.planner import Known, KnownModel, Named
from registry.models import AIModel, ImportRun, ModelVersion, Origin, Person, Team

IMPORT = "registry.import_models"


def may_import(person: Person) -> bool:
    """For every team, or for one of their own."""
    return person.has_perm(IMPORT) or any(person.has_perm(IMPORT, Team(pk=team)) for team in person.standing.teams)


def load(candidates: Iterable[Candidate], run: ImportRun, by: Person) -> Known:
    candidates = list(candidates)
    teams = list(Team.objects.all())
    # Names before references: of a model made meanwhile the reference is seen, and not a name taken by a stranger.
    slugs = {candidate.slug for candidate in candidates}
    taken = frozenset(AIModel.objects.filter(name__in=slugs).values_list("name", flat=True))
    models = _models(candidates)
    return Known(
        owner=Named(run.owner_id, run.owner.name),
        team=Named(run.team_id, run.team.name),
        people=_people({candidate.owner.lower() for candidate in candidates if candidate.owner}),
        teams={name.lower(): Named(team.pk, team.name) for team in teams for name in (team.name, team.slug)},
        open_teams=frozenset(team.pk for team in teams if by.has_perm(IMPORT, team)),
        models=models,
        slugs=taken,
        versions=_versions(candidates),
        numbers=_numbers(slugs | {model.slug for model in models.values()}),
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


def _models(candidates: list[Candidate]) -> dict[str, KnownModel]:
    references = {candidate.reference for candidate in candidates}
    found = Origin.objects.filter(reference__in=references, version=None).select_related("model__team")
    return {
        origin.reference: KnownModel(origin.model.name, Named(origin.model.team_id, origin.model.team.name))
        for origin in found
    }


def _versions(candidates: list[Candidate]) -> frozenset[str]:
    references = {candidate.version.reference for candidate in candidates if candidate.version}
    return frozenset(Origin.objects.filter(reference__in=references).values_list("reference", flat=True))


def _numbers(slugs: set[str]) -> dict[str, frozenset[int]]:
    numbers: dict[str, set[int]] = {}
    for slug, number in ModelVersion.objects.filter(model__name__in=slugs).values_list("model__name", "number"):
        numbers.setdefault(slug, set()).add(number)
    return {slug: frozenset(found) for slug, found in numbers.items()}
