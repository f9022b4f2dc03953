"""Where one can go from the palette and the search page, kind by kind; each kind is cut after a few."""

from __future__ import annotations

from governance.finding import pages, records
from governance.finding.hits import Group, Hit
from registry.models import Person

__all__ = ["Group", "Hit", "find"]

LONGEST = 100


def find(person: Person, text: str) -> list[Group]:
    """Pages and verbs alone without a text. Nothing that the person may not open."""
    text = " ".join(text.split())[:LONGEST].replace("\0", "")
    groups = [*records.matching(person, text), *pages.matching(person, text)] if text else pages.matching(person, "")
    return [group for group in groups if group.hits]
