"""What the lists of this room say as CSV, column by column."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from approvals.models import Stage
from approvals.presenting.past import PastDecision
from approvals.presenting.ran import RanRow
from audit.csv import Columns

REVIEWS: Columns = {
    "review": str,
    "model": "version.model.name",
    "version": "version.number",
    "tier": "version.model.tier.name",
    "status": "status",
    "round": "round",
    "asked by": "requested_by.name",
    "opened at": "opened_at",
    "submitted at": "submitted_at",
    "closed at": "closed_at",
}

PERFORMANCE_REVIEWS: Columns = {
    "model": "model.name",
    "version": "version.number",
    "tier": "model.tier.name",
    "owner": "model.owner.name",
    "team": "model.team.name",
    "due": "period",
    "opened at": "opened_at",
    "finding": "finding",
    "summary": "summary",
    "closed by": "closed_by.name",
    "closed at": "closed_at",
}


def ran(environment: str, at: datetime.datetime, stages: Iterable[Stage]) -> Columns:
    """Of `RanRow`: what ran there then, with columns for each of `stages`. The evidence is JSON: the digest of each
    part, by stage."""
    columns: Columns = {
        "at": lambda _: at,
        "environment": lambda _: environment,
        "model": "model.name",
        "team": "model.team.name",
        "tier": "tier",
        "version": "place.number",
        "artifact sha256": "place.artifact",
        "deployed at": "place.line.at",
        "deployed by": "place.line.who",
        "reference": "place.reference",
        "deployment event": "place.line.event.uid",
        "policy": lambda row: "; ".join(row.policies),
    }
    for stage in stages:
        columns |= {
            f"{stage} review": _of_decision(stage, lambda decision: decision.look.words),
            f"{stage} review by": _of_decision(stage, lambda decision: decision.line.who),
            f"{stage} review at": _of_decision(stage, lambda decision: decision.line.at),
            f"{stage} review event": _of_decision(stage, lambda decision: decision.line.event.uid),
        }
    return columns | {"evidence": lambda row: {stage: dict(parts) for stage, parts in row.evidence.items()}}


def _of_decision(stage: Stage, value: Callable[[PastDecision], Any]) -> Callable[[RanRow], Any]:
    return lambda row: next((value(each) for each in row.decisions if each.stage == stage), None)
