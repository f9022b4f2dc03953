"""Every route stands in the permission matrix. Whether it answers as the matrix says is asked by tests/permissions."""

from __future__ import annotations

from tests.permissions import page, routes
from tests.permissions.table import Key, Matrix

HOW = "Run `python -m pytest tests/permissions`: it prints the rows. The top of the file says how to go on."


def test_every_page_stands_in_the_permission_matrix() -> None:
    written = {Key(key.route, key.method) for key in Matrix.read("pages").rows}
    assert {Key(route, method) for route in routes.pages() for method in ("GET", "POST")} == written, HOW


def test_every_operation_of_the_api_stands_in_the_permission_matrix() -> None:
    written = {Key(key.route, key.method) for key in Matrix.read("api").rows}
    assert set(routes.operations()) == written, HOW


def test_the_page_for_people_says_what_the_matrix_says() -> None:
    assert page.PAGE.read_text() == page.page(), "Print it anew: python -m tests.permissions.page"
