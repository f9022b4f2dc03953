"""A row of an import as a page shows it: what the source calls it, what it becomes or became, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.imports.candidates import Problem, shortened
from registry.imports.planner import Plan
from registry.models import ImportRow

LONGEST_NAME = 80


@dataclass(frozen=True)
class RowLine:
    """`slug` and `number` are what it is called here; `is_here` says whether that is there to be opened."""

    line: int
    name: str
    label: str
    slug: str
    number: int | None
    outcome: str
    problems: Sequence[Problem]
    notes: Sequence[str] = ()
    owner: str = ""
    team: str = ""
    is_here: bool = False


def planned(plan: Plan) -> RowLine:
    candidate = plan.candidate
    return RowLine(
        line=candidate.line,
        name=_written(candidate.name, candidate.given),
        label=candidate.version.label if candidate.version else "",
        slug=plan.slug,
        number=plan.number,
        outcome=plan.outcome,
        problems=plan.problems,
        notes=plan.notes,
        owner=plan.owner.name,
        team=plan.team.name,
        is_here=plan.outcome == ImportRow.Outcome.THERE,
    )


def became(row: ImportRow) -> RowLine:
    """`row` comes with its model and version. One that broke may hold no candidate at all."""
    came = row.candidate
    version = came.get("version") or {}
    return RowLine(
        line=came.get("line", row.position),
        name=_written(came.get("name", ""), came.get("given", {})),
        label=version.get("label", ""),
        slug=row.model.name if row.model else came.get("slug", ""),
        number=row.version.number if row.version else version.get("number"),
        outcome=row.outcome,
        problems=[Problem(**reason) for reason in row.reasons],
        is_here=row.model is not None,
    )


def _written(name: str, given: Mapping[str, Any]) -> str:
    """A name that was refused is shown as it stands in the table."""
    return name or shortened(given.get("name", ""), LONGEST_NAME)
