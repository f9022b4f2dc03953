"""What can happen in the registry, as the ledger and the timelines say it."""

from audit.kinds import Kind

KINDS = (
    Kind("registry.person.created", "added {label}", "user"),
    Kind("registry.person.invited", "invited {label}", "user"),
    Kind("registry.person.signed_in", "signed in", "key"),
    Kind("registry.person.sign_in_failed", "turned away a sign-in as {label}", "key", "warn"),
    Kind("registry.person.signed_out", "signed out", "key"),
    Kind("registry.person.password_changed", "set a new password", "key"),
    Kind("registry.team.created", "created the team {label}", "users"),
    Kind("registry.team.joined", "put {label} into the team {team}", "users"),
    Kind("registry.role.granted", "gave {label} the role {role}", "shield"),
    Kind("registry.token.issued", "issued a token for {label}", "key"),
    Kind("registry.risk_tier.created", "created the risk tier {label}", "policy"),
    Kind("registry.use_case.proposed", "proposed the use case {label}", "file"),
    Kind("registry.use_case.approved", "approved the use case {label}", "check-circle", "ok"),
    Kind("registry.use_case.rejected", "rejected the use case {label}", "x-circle", "bad"),
    Kind("registry.model.registered", "registered {label}", "models"),
    Kind("registry.version.registered", "registered {label}", "plus"),
    Kind("registry.evaluation.attached", "attached {evaluation} ({purpose}) to {label}", "evaluation"),
    Kind("registry.code_check.reported", "reported the code check of {label}", "run"),
    Kind("registry.card.revised", "revised the model card of {label}", "file"),
    Kind("registry.release_plan.revised", "revised the release plan of {label}", "server"),
    Kind("registry.consumer.declared", "declared that {consumer} uses {label}", "plug"),
    Kind("registry.consumer.ended", "recorded that {consumer} no longer uses {label}", "plug"),
)
