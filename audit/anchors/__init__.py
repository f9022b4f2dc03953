"""Anchors: places outside the database that keep copies of signed checkpoints.

Whoever changes the database can rewrite its tree and its checkpoints. A copy that lies elsewhere still says what was
signed before. `settings.LEDGER_ANCHORS` lists the anchors; a new one is one class and one line there.
"""

from audit.anchors.base import (
    MOST_BYTES,
    Absent,
    Anchor,
    Differs,
    Unfit,
    Wanted,
    checked_name,
    compared,
    everything,
    name_of,
    nothing,
    place_of,
    reason,
    refuse_absent,
)
from audit.anchors.loading import configured

__all__ = [
    "MOST_BYTES",
    "Absent",
    "Anchor",
    "Differs",
    "Unfit",
    "Wanted",
    "checked_name",
    "compared",
    "configured",
    "everything",
    "name_of",
    "nothing",
    "place_of",
    "reason",
    "refuse_absent",
]
