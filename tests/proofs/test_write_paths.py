"""Every way of writing every governed row is logged, refused, or found by the deep proof: docs/write-paths.md."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from audit.governed import governed_models
from audit.ledger import Ungoverned
from audit.models import Event
from tests.audit.test_tampering import scene  # noqa: F401 - a fixture
from tests.tampering import attack
from tests.tampering.scene import Scene, rows_of
from tests.tampering.ways import GUARDIAN, WAYS

pytestmark = [pytest.mark.django_db, pytest.mark.engines]

PAGE = Path(settings.BASE_DIR) / "docs" / "write-paths.md"
HEAD = """# Write paths

What comes of each way of writing a governed row: *logged* as an event, *refused* where it is tried, or *found* by
`manage.py ledger_verify --deep`. Where the database refuses, no second row like it may stand beside the first. There is
no Django admin, and no governed model has a many-to-many field of its own. `tests/proofs/test_write_paths.py` tries all
of this and holds the page to what it finds.
"""


def outcome(scene: Scene, act: Callable[[], Any]) -> str:  # noqa: F811
    with scene.undone():
        before = Event.objects.count()
        try:
            act()
        except (Ungoverned, ValidationError):
            return "refused"
        except DatabaseError:
            return "refused by the database"
        if attack.rows():
            return "found"
        return "logged" if Event.objects.count() > before else "NEITHER"


def table(title: str, columns: list[str], lines: dict[str, list[str]]) -> str:
    head = [f"| {title} | {' | '.join(columns)} |", f"|{'---|' * (len(columns) + 1)}"]
    return "\n".join([*head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in lines.items())])


def test_every_way_of_writing_is_logged_refused_or_found(scene: Scene) -> None:  # noqa: F811
    rows = {model: rows_of(model)[0] for model in governed_models() if rows_of(model)}
    lines = {
        model._meta.db_table: [outcome(scene, lambda way=way, row=row: way(row)) for way in WAYS.values()]
        for model, row in rows.items()
    }
    guardian = {name: [outcome(scene, way)] for name, way in GUARDIAN.items()}
    without = sorted(model._meta.db_table for model in governed_models() if model not in rows)
    untried = f"\nGoverned alike, and not tried for want of a row: {', '.join(without)}.\n" if without else ""
    tables = [table("table", list(WAYS), lines), table("guardian, about tiers", ["comes to"], guardian)]
    said = "\n".join([HEAD, tables[0], untried, tables[1], ""])
    assert "NEITHER" not in said, said
    assert PAGE.read_text() == said, f"This is found, and not what {PAGE} says:\n{said}"


def test_there_is_no_other_way() -> None:
    assert not apps.is_installed("django.contrib.admin")
    own = [field for model in governed_models() for field in model._meta.local_many_to_many]
    assert own == [], [str(field) for field in own]
