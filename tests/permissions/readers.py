"""Who reads a page when somebody has to: the first to whom the matrix says yes."""

from __future__ import annotations

from playwright.sync_api import Page

from registry.models import Person
from tests.builders import Cast
from tests.permissions.table import Key, Matrix

READERS = ("owner", "admin", "release", "business", "technical", "compliance", "anonymous")
#: Parts of a page, which are looked at where they stand: tests/proofs/test_palette.py and test_verify_now.py.
PARTS = {"governance:palette", "audit:ledger_state"}
#: Swagger UI is somebody else's page.
LEFT_OUT = PARTS | {"api-1:openapi-view"}


def reader_of_each_page() -> dict[Key, str]:
    rows = {key: cells for key, cells in Matrix.read("pages").rows.items() if key.method == "GET"}
    found = {key: next((who for who in READERS if cells[who] == "yes"), "") for key, cells in rows.items()}
    return {key: who for key, who in found.items() if who and key.route not in LEFT_OUT}


def person_of(who: str, cast: Cast) -> Person | None:
    if who == "anonymous":
        return None
    return cast.author if who == "owner" else getattr(cast, who)


def is_html(page: Page, address: str) -> bool:
    answer = page.request.head(address)
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    assert answer.ok or not is_page, f"HEAD {address} is answered with {answer.status}, and GET is not"
    return is_page
