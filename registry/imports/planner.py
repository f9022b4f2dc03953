"""What would become of each candidate, given what is here: pure, so that the preview and the import say the same."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.imports.candidates import Candidate, Problem
from registry.models import ImportRow

Outcome = ImportRow.Outcome
MAKING = (Outcome.MODEL, Outcome.VERSION)


@dataclass(frozen=True)
class Named:
    """A person or a team, by its key."""

    id: Any
    name: str


@dataclass(frozen=True)
class KnownModel:
    slug: str
    team: Named


@dataclass(frozen=True)
class Known:
    """What is here already, and what the importing person may do. Names are in small letters.

    `models` are by reference, `slugs` are all names in use among those asked about, `numbers` are by slug.
    """

    owner: Named
    team: Named
    people: Mapping[str, Named] = field(default_factory=dict)
    teams: Mapping[str, Named] = field(default_factory=dict)
    open_teams: frozenset[Any] = frozenset()
    models: Mapping[str, KnownModel] = field(default_factory=dict)
    slugs: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()
    numbers: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One candidate and what is to be done with it. `notes` are worth knowing before, and refuse nothing."""

    candidate: Candidate
    outcome: str
    owner: Named
    team: Named
    slug: str
    number: int | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def plan(candidates: Iterable[Candidate], known: Known) -> list[Plan]:
    """One plan for each candidate, in order; each sees what those before it would have made."""
    candidates = list(candidates)
    planner = _Planner(known, candidates)
    return [planner.plan(candidate) for candidate in candidates]


def makes(plans: Iterable[Plan]) -> tuple[int, int]:
    """How many models and how many versions these plans make."""
    making = [plan for plan in plans if plan.outcome in MAKING]
    return sum(plan.outcome == Outcome.MODEL for plan in making), sum(plan.number is not None for plan in making)


def fingerprint(plans: Iterable[Plan]) -> str:
    """Equal for plans that make the same of each row, so that whoever has seen a preview can be told of another one."""
    said = [[plan.outcome, plan.slug, plan.number, str(plan.owner.id), str(plan.team.id)] for plan in plans]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


class _Planner:
    def __init__(self, known: Known, candidates: list[Candidate]) -> None:
        self.known = known
        self.models = dict(known.models)
        self.slugs = set(known.slugs)
        self.numbers = {slug: set(numbers) for slug, numbers in known.numbers.items()}
        self.lines: dict[str, int] = {}
        self.asked_numbers: dict[str, set[int]] = {}
        for candidate in candidates:
            if candidate.version and candidate.version.number:
                self.asked_numbers.setdefault(candidate.reference, set()).add(candidate.version.number)

    def plan(self, candidate: Candidate) -> Plan:
        made = self._planned(candidate)
        if made.outcome in MAKING:
            self._remember(made)
        return made

    def _planned(self, candidate: Candidate) -> Plan:
        there = self.models.get(candidate.reference)
        owner, owner_notes = self._person(candidate.owner)
        team, team_notes = (there.team, ()) if there else self._team(candidate.team)
        slug = there.slug if there else candidate.slug
        plan = Plan(candidate, Outcome.MODEL, owner, team, slug, self._number(candidate, slug))
        problems = (*candidate.problems, *self._against(plan, there))
        if problems:
            return dataclasses.replace(plan, outcome=Outcome.REFUSED, problems=problems)
        if there is None:
            return dataclasses.replace(plan, notes=(*owner_notes, *team_notes))
        if candidate.version is None or candidate.version.reference in self.known.versions:
            return dataclasses.replace(plan, outcome=Outcome.THERE)
        return dataclasses.replace(plan, outcome=Outcome.VERSION)

    def _against(self, plan: Plan, there: KnownModel | None) -> list[Problem]:
        candidate = plan.candidate
        said = candidate.version.reference if candidate.version else candidate.reference
        if said in self.lines:
            return [Problem("name", "given-twice", f"Row {self.lines[said]} says the same. Leave one of them out.")]
        if said in (self.known.versions if candidate.version else self.known.models):
            return []
        problems = []
        if there is None and candidate.slug in self.slugs:
            problems.append(self._name_taken(candidate))
        if plan.team.id not in self.known.open_teams:
            problems.append(
                Problem(
                    "team", "team-not-yours", f"You do not import for the team {plan.team.name}. Ask somebody who does."
                )
            )
        if candidate.version and candidate.version.number in self.numbers.get(plan.slug, ()) and there:
            message = f"{plan.slug} has another version {plan.number} here. Register this one by hand."
            problems.append(Problem("version", "number-taken", message))
        return problems

    def _name_taken(self, candidate: Candidate) -> Problem:
        return Problem(
            "name",
            "name-taken",
            f"There is a model “{candidate.slug}” that did not come from here. If it is the same one, leave this row "
            "out; if not, give it another name.",
        )

    def _number(self, candidate: Candidate, slug: str) -> int | None:
        if candidate.version is None:
            return None
        taken = self.numbers.get(slug, set()) | self.asked_numbers.get(candidate.reference, set())
        return candidate.version.number or max(taken, default=0) + 1

    def _person(self, hint: str) -> tuple[Named, tuple[str, ...]]:
        found = self.known.people.get(hint.lower())
        if found or not hint:
            return found or self.known.owner, ()
        return self.known.owner, (f"“{hint}” has no account here, so {self.known.owner.name} owns it",)

    def _team(self, hint: str) -> tuple[Named, tuple[str, ...]]:
        found = self.known.teams.get(hint.lower())
        if found or not hint:
            return found or self.known.team, ()
        return self.known.team, (f"There is no team “{hint}”, so it goes to {self.known.team.name}",)

    def _remember(self, plan: Plan) -> None:
        candidate = plan.candidate
        self.models.setdefault(candidate.reference, KnownModel(plan.slug, plan.team))
        self.slugs.add(plan.slug)
        self.lines.setdefault(candidate.reference, candidate.line)
        if candidate.version:
            self.lines[candidate.version.reference] = candidate.line
            self.numbers.setdefault(plan.slug, set()).add(plan.number)
