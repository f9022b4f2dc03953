"""What the lists of reviews say as CSV, column by column."""

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
