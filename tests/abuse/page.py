"""docs/abuse.md for people, printed from the table: `python -m tests.abuse.page`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import django

PAGE = Path(__file__).resolve().parents[2] / "docs" / "abuse.md"

PREFACE = """# What is abused, and what holds it

Printed by `python -m tests.abuse.page` from `tests/abuse/`. A test tries each of these at each of its doors, on both
engines, and compares what was said with this page; it also sees to it that no governed row and no event but the refusal
was written. `tests/proofs/test_abuse.py` asks at those that are not there.

*page*: the form in the browser. *REST*: the API. *admin*: there is no admin site, so its address is not there.
*command*: `manage.py`. *code*: the action, called from within. *database*: SQL, or rows written past the actions. Where
there is no door for it, a test asks at the address at which one would be; an empty cell is no way of doing this.

*logged*: the ledger tells of the refusal. *ignored*: what was sent beside the form is left out of account. *found by
--deep*: whoever writes to the database itself is not stopped there, and `ledger_verify --deep`, which runs every night,
finds it.

What was decided rightly stays decided when its decider loses the right, since it was theirs on that day; whoever doubts
it suspends the approval, which closes the gates at once. A rejected version may be asked about again and approved by
another reviewer; the rejection stays on the page of the review and in the ledger.

Not held: whoever answers the risk questionnaire so that a prohibited or risky system looks harmless. What a system does
cannot be read off its answers; they stand in the ledger under the name of who gave them, and every reviewer reads them.

Nor held: two administrators who act together, and two accounts of one person that nobody has linked; nor that an
administrator alone chose, before there was a draft, who publishes what they draft. The ledger and the page of deciders
name who gave each right, and who confirmed it.
"""


def page() -> str:
    """The whole of docs/abuse.md."""
    from tests.abuse.cases import SUBJECTS

    return "\n".join([PREFACE, *(line for subject in SUBJECTS for line in _section(subject))])


def _section(subject: ModuleType) -> Iterator[str]:
    from tests.abuse.table import ABUSES, DOORS

    yield f"## {(subject.__doc__ or '').strip().rstrip('.')}\n"
    head = ["abuse", "who tries", *DOORS, "what holds it"]
    yield _line(head)
    yield _line(["---"] * len(head))
    for each in ABUSES:
        if each.lay.__module__ == subject.__name__:
            said = (each.expected.get(door, "") for door in DOORS)
            yield _line([each.name, each.who, *said, each.held_by])
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(page())
