"""What can happen to the ledger itself."""

from audit.kinds import Kind

KINDS = (Kind("audit.ledger.exported", "exported the ledger as CSV: {conditions}", "download"),)
