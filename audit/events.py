"""What can happen to the ledger itself."""

from audit.kinds import Case, Kind

KINDS = (
    # The conditions may name somebody, of whom only those may read who read everything.
    Kind("audit.ledger.exported", "took events out of the ledger: {conditions}", "download", confidential=True),
    Kind(
        "audit.evidence.exported", "took out evidence of {about}, {size} events of the ledger being signed", "download"
    ),
    Kind("audit.verification.asked", "asked for the ledger to be verified", "shield"),
    Kind(
        "audit.ledger.verified",
        "verified the ledger and found that {fault}",
        "shield",
        "bad",
        cases=(
            Case(
                "reading",
                "partial",
                "verified the ledger: {events} events, nothing is amiss, but not every anchor could be read",
                "warn",
            ),
            Case("fault", "", "verified the ledger: {events} events, nothing is amiss", "ok"),
        ),
    ),
    Kind("audit.ledger.resumed", "let the portal be written to again", "undo", "warn"),
    Kind(
        "audit.epoch.opened",
        "began epoch {epoch} of the ledger: of {lost_size} signed events some are lost",
        "alert",
        "bad",
    ),
    Kind("audit.signer.adopted", "let the signer go on from the checkpoint of {size} events", "key", "warn"),
    Kind("audit.key.rotated", "put the seals of events under a new key: {key}", "key"),
)
