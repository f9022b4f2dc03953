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

from approvals.actions import retirement
from audit.governed import governed_models
from audit.ledger import Ungoverned
from audit.models import Event
from registry.actions import evaluations
from registry.models import Person
from tests import builders, policies, questionnaires
from tests.audit.test_tampering import scene  # noqa: F401 - a fixture
from tests.builders import Cast
from tests.imports import imported_version
from tests.permissions.story import asked_waiver, commented
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


def add_what_the_scene_has_not(cast: Cast) -> None:
    version = builders.build_version(cast)
    figures = dict.fromkeys(("test_coverage", "tests_passed", "tests_failed", "lint_findings", "type_findings"), 1)
    evaluations.report_code_check(version=version, commit="a" * 40, by=cast.author, **figures)
    imported_version(cast)
    policies.written(cast)
    asked_waiver(cast)
    commented(cast)
    questionnaires.written(cast)
    asked = retirement.ask_clearance(version=version, reason="Not used.", replacement=None, by=cast.author)
    retirement.retire(
        clearance=retirement.compute_clearance(clearance=asked, by=Person.objects.system()), by=cast.author
    )


def test_every_way_of_writing_is_logged_refused_or_found(scene: Scene, cast: Cast) -> None:  # noqa: F811
    add_what_the_scene_has_not(cast)
    untried = [model._meta.db_table for model in governed_models() if not rows_of(model)]
    assert untried == [], "These are governed, and there is no row of them to try."
    rows = {model: rows_of(model)[0] for model in governed_models()}
    lines = {
        model._meta.db_table: [outcome(scene, lambda way=way, row=row: way(row)) for way in WAYS.values()]
        for model, row in rows.items()
    }
    guardian = {name: [outcome(scene, way)] for name, way in GUARDIAN.items()}
    tables = [table("table", list(WAYS), lines), table("guardian, about tiers", ["comes to"], guardian)]
    said = "\n".join([HEAD, tables[0], "", tables[1], ""])
    assert "NEITHER" not in said, said
    assert PAGE.read_text() == said, f"This is found, and not what {PAGE} says:\n{said}"


def test_there_is_no_other_way() -> None:
    assert not apps.is_installed("django.contrib.admin")
    own = [field for model in governed_models() for field in model._meta.local_many_to_many]
    assert own == [], [str(field) for field in own]
