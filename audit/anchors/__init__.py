"""Anchors: places outside the database that keep copies of signed checkpoints.

Whoever changes the database can rewrite its tree and its checkpoints. A copy that lies elsewhere still says what was
signed before. `settings.LEDGER_ANCHORS` lists the anchors; a new one is one class and one line there.
"""

from audit.anchors.base import MOST_BYTES, Anchor, Differs, Unfit, checked_name, compared, name_of, place_of
from audit.anchors.loading import configured

__all__ = ["MOST_BYTES", "Anchor", "Differs", "Unfit", "checked_name", "compared", "configured", "name_of", "place_of"]
