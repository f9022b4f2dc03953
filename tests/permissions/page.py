"""docs/permissions.md for people, printed from the matrix: `python -m tests.permissions.page`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.permissions.table import Key, Matrix

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
SIGNS = {"yes": "yes", "no": "–", "hidden": "404", "sign-in": "sign in", "not now": "not now", "method": ""}

PREFACE = """# Who may do what

Printed by `python -m tests.permissions.page` from `tests/permissions/pages.csv` and `tests/permissions/api.csv`. A test
asks the portal for every cell, another compares this page with them. Which role gives which right is
`governance/roles.py`; who may decide a review is a right on the risk tier.

*yes*: they get past every question of permission. *–*: refused (403). *404*: for them it is not there. *sign in*: they
have to say who they are first. *not now*: the rules say no, to them or in this state. A method that a route does not
know has no row.

*stranger*: an account without a role. *owner*: made everything that is asked about. *colleague*: of the owner's team.
*outsider*: a data scientist of another team. Then one person of each role; the *superuser* may do what any role may,
except to decide reviews.
"""
PAGES = "*left*: deactivated while signed in. *token*: an API token of every scope instead of a session."
API = (
    "Everybody brings a token of every scope; *browser* is the owner's session. *read only* and so on: the pipeline's "
    "token with that one scope. *left*: the token of somebody deactivated."
)


def page() -> str:
    """The whole of docs/permissions.md."""
    parts = [PREFACE, "## Pages\n", PAGES, "", *_table("pages"), "", "## API\n", API, "", *_table("api")]
    return "\n".join(parts) + "\n"


def _table(name: str) -> Iterable[str]:
    matrix = Matrix.read(name)
    yield _line(["", *matrix.columns])
    yield _line(["---"] * (len(matrix.columns) + 1))
    for key in sorted(matrix.rows):
        cells = matrix.rows[key]
        if "method" not in cells.values():
            yield _line([_title(key), *(SIGNS[word] for word in cells.values())])


def _title(key: Key) -> str:
    return f"{key.method} `{key.route}`{f' {key.case}' if key.case else ''}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page())
