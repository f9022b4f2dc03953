"""What can happen in the registry, as the ledger and the timelines say it."""

from dataclasses import replace

from audit.kinds import Case, Kind

#: Who belongs here, how they come in, and with what: not for everybody who reads about models.
ABOUT_PEOPLE = tuple(
    replace(kind, confidential=True)
    for kind in (
        Kind("registry.person.created", "added {label}", "user"),
        Kind("registry.person.invited", "invited {label}", "user"),
        Kind("registry.person.signed_in", "signed in", "key"),
        Kind("registry.person.sign_in_failed", "turned away a sign-in as {label}", "key", "warn"),
        Kind("registry.person.signed_out", "signed out", "key"),
        Kind("registry.person.signed_out_everywhere", "signed {label} out everywhere: {sessions}", "exit", "warn"),
        Kind(
            "registry.person.password_changed",
            "set a new password for {label}",
            "key",
            cases=(Case("whose", "own", "set a new password of their own", "quiet"),),
        ),
        Kind("registry.person.changed", "changed {fields} of {label}", "user"),
        Kind("registry.person.deactivated", "deactivated {label}", "lock", "warn"),
        Kind("registry.person.reactivated", "reactivated {label}", "user"),
        Kind("registry.person.reset", "reset the way in of {label}", "key", "warn"),
        Kind("registry.person.time_zone_chosen", "chose a time zone", "clock"),
        Kind("registry.person.mail_chosen", "chose when to get mail", "bell"),
        Kind("registry.second_factor.added", "added a second factor: {factor}", "shield"),
        Kind("registry.second_factor.removed", "removed a second factor: {factor}", "shield", "warn"),
        Kind("registry.second_factor.failed", "turned away a wrong code for {label}", "shield", "warn"),
        Kind("registry.second_factor.reset", "removed every second factor of {label}", "shield", "warn"),
        Kind(
            "registry.second_factor.resealed", "put the secrets of second factors under a new key: {factors}", "shield"
        ),
        Kind("registry.recovery_codes.made", "made recovery codes", "key"),
        Kind("registry.identity.tied", "tied {label} to an identity of the organisation’s provider", "key"),
        Kind("registry.session.ended", "ended sessions of {label}: {sessions}", "exit"),
        Kind("registry.team.created", "created the team {label}", "users"),
        Kind("registry.team.renamed", "renamed the team {before} to {after}", "users"),
        Kind("registry.team.joined", "put {label} into the team {team}", "users"),
        Kind("registry.team.left", "took {label} out of the team {team}", "users"),
        Kind("registry.role.granted", "gave {label} the role {role}", "shield"),
        Kind("registry.role.confirmed", "confirmed the role {role} of {label}", "shield", "ok"),
        Kind("registry.account.linked", "linked {label} with {with}: two accounts of one person", "users", "warn"),
        Kind("registry.account.separated", "separated {label} from {with}: accounts of two people", "users", "warn"),
        Kind("registry.role.revoked", "took the role {role} from {label}", "shield", "warn"),
        Kind("registry.token.issued", "issued a token for {label}", "key"),
        Kind("registry.token.revoked", "revoked a token of {label}", "key", "warn"),
    )
)

ABOUT_MODELS = (
    Kind("registry.risk_tier.created", "created the risk tier {label}", "policy"),
    Kind("registry.risk_tier.described", "said anew what the risk tier {label} means", "policy"),
    Kind("registry.questionnaire.drafted", "began to change the {label}", "policy"),
    Kind("registry.questionnaire.revised", "changed the {label}", "policy"),
    Kind("registry.questionnaire.published", "published the {label}", "policy"),
    Kind("registry.questionnaire.discarded", "discarded the {label}", "undo"),
    Kind("registry.use_case.proposed", "proposed the use case {label}", "file"),
    Kind("registry.use_case.approved", "approved the use case {label}", "check-circle", "ok"),
    Kind("registry.use_case.rejected", "rejected the use case {label}", "x-circle", "bad"),
    Kind("registry.model.registered", "registered {label}", "models"),
    Kind("registry.model.imported", "imported {label} from {source}", "models"),
    Kind("registry.version.imported", "imported {label} from {source}", "plus"),
    Kind("registry.import.started", "started to import {rows} rows of {name}", "upload"),
    Kind("registry.import.finished", "finished the import of {name}: {made} made", "upload"),
    Kind(
        "registry.model.assessed",
        "assessed the risk of {label}: {tier}",
        "policy",
        cases=(
            Case("prohibited", "yes", "said of {label} that it does what is prohibited", "bad"),
            Case("lowering", "proposed", "proposed to lower the risk tier of {label} to {wanted}", "warn"),
        ),
    ),
    Kind("registry.version.registered", "registered {label}", "plus"),
    Kind("registry.evaluation.attached", "attached {evaluation} ({purpose}) to {label}", "evaluation"),
    Kind("registry.code_check.reported", "reported the code check of {label}", "run"),
    Kind("registry.card.revised", "revised the model card of {label}", "file"),
    Kind("registry.release_plan.revised", "revised the release plan of {label}", "server"),
    Kind("registry.consumer.declared", "declared that {consumer} uses {label}", "plug"),
    Kind("registry.consumer.ended", "recorded that {consumer} no longer uses {label}", "plug"),
)

KINDS = ABOUT_PEOPLE + ABOUT_MODELS
#: What a refusal by these codes says: somebody left something out.
OMISSIONS = frozenset(
    {
        "answer-missing",
        "artifact-missing",
        "no-measurement",
        "question-missing",
        "reason-missing",
        "team-missing",
        "test-evidence-missing",
        "use-case-missing",
    }
)
