"""Proves the ledger whole, and every governed row equal to what the ledger last said of it."""

from audit.verify.events import events_whole
from audit.verify.findings import Fault, Progress, Proof
from audit.verify.moment import snapshot
from audit.verify.rows import rows_as_recorded
from audit.verify.whole import Verification, verify

__all__ = ["Fault", "Progress", "Proof", "Verification", "events_whole", "rows_as_recorded", "snapshot", "verify"]
