"""The refused rows of an import as a table that can be mended, and that `registry.imports.csv` reads again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.csv import Columns
from registry.imports.candidates import Candidate, Problem, VersionCandidate
from registry.imports.csv import COLUMNS, PROBLEMS
from registry.imports.planner import Plan
from registry.models import ImportRow

#: A server may know hundreds of tags of each of thousands of models, and a spreadsheet has an end.
MOST_OPEN_COLUMNS = 200


@dataclass(frozen=True)
class RefusedRow:
    """`cells` by column, as the importer reads them, and what is wrong with them."""

    cells: Mapping[str, str]
    problems: str


def planned(plan: Plan) -> RefusedRow:
    return RefusedRow(_cells(plan.candidate), _said(plan.problems))


def became(row: ImportRow) -> RefusedRow:
    """A row that broke may hold no candidate at all."""
    try:
        cells = _cells(Candidate.from_json(row.candidate))
    except (KeyError, TypeError):
        cells = {}
    return RefusedRow(cells, _said([Problem(**reason) for reason in row.reasons]))


def columns(rows: Sequence[RefusedRow]) -> Columns:
    """The columns that any of the rows fills, in the order of the sample, then the problems."""
    filled = dict.fromkeys(column for row in rows for column in row.cells)
    known = [column.name for column in COLUMNS if column.name in filled or column.name in ("name", "version")]
    opened = [column for column in filled if ":" in column][:MOST_OPEN_COLUMNS]
    found: dict[str, Any] = {column: _cell(column) for column in (*known, *opened)}
    found[PROBLEMS] = "problems"
    return found | ({"": _cell("")} if "" in filled else {})


def _cells(candidate: Candidate) -> Mapping[str, str]:
    return candidate.given or cells_of(candidate)


def _said(problems: Sequence[Problem]) -> str:
    return " ".join(f"{problem.field}: {problem.message}".removeprefix(": ") for problem in problems)


def cells_of(candidate: Candidate) -> dict[str, str]:
    """What a server or an export says of one version, as a line of a table says it."""
    cells = {
        "name": candidate.name,
        "purpose": candidate.purpose,
        "use_case": candidate.use_case_line,
        "owner": candidate.owner,
        "team": candidate.team,
    }
    if candidate.version:
        cells |= _version_cells(candidate.version)
    return {column: cell for column, cell in (cells | _opened("tag", candidate.details.get("tags"))).items() if cell}


def _version_cells(version: VersionCandidate) -> dict[str, str]:
    cells = {
        "version": version.label,
        "artifact_uri": version.artifact_uri,
        "artifact_sha256": version.artifact_sha256,
        "artifact_size": "" if version.artifact_size is None else str(version.artifact_size),
        "code_repository": version.code_repository,
        "code_commit": version.code_commit,
        "training_run": version.training_run,
        "summary": version.summary,
        "created_at": str(version.details.get("created", "")),
    }
    return cells | _opened("param", version.hyperparameters) | _opened("metric", version.details.get("metrics"))


def _opened(prefix: str, values: Any) -> dict[str, str]:
    return {f"{prefix}:{key}": str(value) for key, value in values.items()} if isinstance(values, Mapping) else {}


def _cell(column: str) -> Any:
    return lambda row: row.cells.get(column, "")
