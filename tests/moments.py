"""The ledger's clock, for tests that need another time than it is."""

import datetime
from dataclasses import replace

import pytest

from audit import turns


def dating_events(patch: pytest.MonkeyPatch, moment: datetime.datetime) -> None:
    """As long as `patch` holds, the ledger writes that everything happens at `moment`."""
    take = turns.take
    patch.setattr(turns, "take", lambda subject: replace(take(subject), at=moment))
