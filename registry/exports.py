"""What the registry's lists say as CSV, column by column."""

from audit.csv import Columns

MODELS: Columns = {
    "model": "name",
    "purpose": "purpose",
    "task": "task",
    "use case": lambda model: model.use_case.title if model.use_case else model.use_case_line,
    "owner": "owner.name",
    "team": "team.name",
    "tier": "tier.name",
    "newest version": "newest_number",
    "status of the newest version": "newest_status",
    "version in production": "production_number",
    "version in staging": "staging_number",
    "changed at": "changed_at",
    "registered at": "registered_at",
}

VERSIONS: Columns = {
    "model": "model.name",
    "version": "number",
    "status": "status",
    "summary": "summary",
    "artifact sha256": "artifact_sha256",
    "artifact bytes": "artifact_size",
    "artifact uri": "artifact_uri",
    "code repository": "code_repository",
    "code commit": "code_commit",
    "training data": "training_data.name",
    "training data sha256": "training_data.sha256",
    "registered by": "created_by.name",
    "registered at": "created_at",
}

USE_CASES: Columns = {
    "use case": "title",
    "status": "status",
    "regulated": "is_regulated",
    "sponsor": "sponsor.name",
    "requirement": "requirement",
    "acceptance criteria": "acceptance_criteria",
    "affected people": "affected_people",
    "proposed by": "proposed_by.name",
    "proposed at": "proposed_at",
    "decided by": "decided_by.name",
    "decided at": "decided_at",
    "reason": "decision_reason",
}
