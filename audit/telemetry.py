"""What Prometheus is told of the ledger. Kinds and codes stand in the code, so there are never too many of them."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from prometheus_client import Counter

EVENTS = Counter("gatehouse_events", "Events written to the ledger", ["kind"])
OUTCASTS = Counter("gatehouse_ledger_outcasts", "Events kept out of the tree for a false seal")
CHECKPOINTS = Counter("gatehouse_ledger_checkpoints", "Checkpoints signed")
REFUSALS = Counter("gatehouse_refusals", "Attempts that were refused, by each reason", ["kind", "code"])


def count_event(kind: str) -> None:
    """Once the transaction that is open has committed."""
    transaction.on_commit(partial(EVENTS.labels(kind).inc), robust=True)


def count_refusal(kind: str, codes: list[str]) -> None:
    for code in codes:
        REFUSALS.labels(kind, code).inc()


def count_outcast() -> None:
    transaction.on_commit(OUTCASTS.inc, robust=True)


def count_checkpoint() -> None:
    transaction.on_commit(CHECKPOINTS.inc, robust=True)
