"""Whom and what policies name: by which names people read them, and who can be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from approvals import rights, rules
from approvals.facts import PolicyTerms, person_named, team_named
from approvals.terms import model_key
from registry.models import AIModel, Person, RiskTier, Team


@dataclass(frozen=True)
class Nameable:
    """Whom a policy can name: who can be told, by their ids; people and teams that can decide, as
    `StageFact.deciders` says them. `models` are the names of those that are named already, by their ids."""

    overseers: Mapping[str, str]
    people: Mapping[str, str]
    teams: Mapping[str, str]
    models: Mapping[str, str]


def names(*asked: PolicyTerms) -> dict[str, str]:
    """Of everybody and everything that these terms name, as `terms.differences` takes them; asks nothing where they
    name nobody."""
    stages = [stage for each in asked for stage in each.stages]
    deciders = [pair for stage in stages for pair in stage.deciders]
    told = {stage.fallback for stage in stages if stage.fallback}
    people = told | _keys("person", (who for _, who in deciders))
    found = _found(Person, people)
    teams, models = _found(Team, _keys("team", (who for _, who in deciders))), _found(AIModel, {m for m, _ in deciders})
    return (
        found
        | {team_named(key): name for key, name in teams.items()}
        | {model_key(key): name for key, name in models.items()}
    )


def nameable(tier: RiskTier, wanted: PolicyTerms) -> Nameable:
    """Everybody who holds a right to decide in `tier`, every team, and whom `wanted` names already."""
    holding = {person.pk: person.name for held in rights.active_holders(tier).values() for person in held}
    people = {person_named(key): name for key, name in sorted(holding.items(), key=lambda each: each[1])}
    teams = {team_named(key): name for key, name in Team.objects.order_by("name").values_list("pk", "name")}
    known, named = names(wanted), [who for stage in wanted.stages for _, who in stage.deciders]
    for who in named:
        if who.startswith("person:") and who not in people:
            people[who] = f"{known.get(who.partition(':')[2], who)} (holds no right here)"
    models = {model for stage in wanted.stages for model, _ in stage.deciders if model}
    return Nameable(rights.overseers(), people, teams, {key: known[model_key(key)] for key in models})


def newly(before: PolicyTerms, after: PolicyTerms) -> set[str]:
    """Whom `after` names to decide and `before` did not, as `StageFact.deciders` says them."""
    named = ({(stage.stage, *pair) for stage in each.stages for pair in stage.deciders} for each in (before, after))
    known, wanted = named
    return {who for _, _, who in wanted - known}


def in_vain(tier: RiskTier, wanted: PolicyTerms) -> list[ValidationError]:
    """`rules.against_asking_in_vain` as rights are now."""
    return rules.against_asking_in_vain(wanted, rights.active_holders(tier))


def _keys(kind: str, named: Iterable[str]) -> set[str]:
    return {who.partition(":")[2] for who in named if who.partition(":")[0] == kind}


def _found(rows: type[Person | Team | AIModel], keys: set[str]) -> dict[str, str]:
    wanted = keys - {""}
    found = rows.objects.filter(pk__in=wanted).values_list("pk", "name") if wanted else ()
    return {str(key): name for key, name in found}
