"""What rooms have looked at beside the rows: what follows from them and is kept, such as digests of evidence."""

from __future__ import annotations

from collections.abc import Callable

from audit.verify.findings import Proof

Look = Callable[[], Proof]
_declared: dict[str, Look] = {}


def declare(what: str, look: Look) -> None:
    """Called once by each room when it is ready. `what` names in the plural what the look counts."""
    _declared[what] = look


def every() -> dict[str, Look]:
    return dict(_declared)
