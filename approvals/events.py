"""What can happen on the way into production and afterwards, as the ledger and the timelines say it."""

from audit.kinds import Case, Kind

ON_CONDITIONS = Case(
    "outcome", "approved_with_conditions", "gave the {stage} approval for {label} with conditions", "warn"
)

#: What a refusal by these codes says: somebody asked before everything was there.
OMISSIONS = frozenset(
    {
        "card-incomplete",
        "condition-missing",
        "evaluation-missing",
        "no-not-answered",
        "not-confirmed",
        "nothing-changed",
        "reason-missing",
        "stage-missing",
        "use-case-missing",
    }
)

KINDS = (
    Kind("approvals.policy.published", "published {label}", "policy"),
    Kind("approvals.policy.drafted", "began to change the {label}", "policy"),
    Kind("approvals.policy.revised", "changed the {label}", "policy"),
    Kind("approvals.policy.proposed", "proposed to publish the {label}", "policy", "info"),
    Kind("approvals.policy.handed_back", "handed the {label} back", "comment", "warn"),
    Kind("approvals.policy.discarded", "discarded the {label}", "undo"),
    Kind("approvals.review.opened", "began a review of {label}", "review"),
    Kind("approvals.review.submitted", "asked for review of {label}", "review", "info"),
    Kind("approvals.review.approved", "gave the {stage} approval for {label}", "check-circle", "ok", (ON_CONDITIONS,)),
    Kind("approvals.review.changes_requested", "requested changes to {label} ({stage} review)", "comment", "warn"),
    Kind("approvals.review.rejected", "rejected {label} ({stage} review)", "x-circle", "bad"),
    Kind("approvals.review.settled", "completed the review of {label}, of which nothing more is asked", "check", "ok"),
    Kind("approvals.review.chased", "reminded {told} people of the {stage} review of {label}", "clock", "info"),
    Kind("approvals.review.withdrawn", "withdrew the review of {label}", "undo"),
    Kind("approvals.review.discarded", "discarded the draft review of {label}", "undo"),
    Kind("approvals.review.ending", "reminded of the approval of {label}, which ends in {days} days", "clock", "info"),
    Kind("approvals.review.suspended", "suspended the approval of {label}", "alert", "bad"),
    Kind("approvals.review.reinstated", "reinstated the approval of {label}", "check", "ok"),
    Kind("approvals.review.revoked", "revoked the approval of {label}", "x-circle", "bad"),
    Kind("approvals.comment.written", "commented on {label}: {place}", "comment", "info"),
    Kind("approvals.comment.answered", "answered a comment on {label}: {place}", "comment"),
    Kind("approvals.comment.resolved", "resolved a comment on {label}: {place}", "check"),
    Kind("approvals.comment.reopened", "reopened a comment on {label}: {place}", "comment", "warn"),
    Kind("approvals.waiver.asked", "asked to waive a check of {label}: {check} ({environment})", "flag", "info"),
    Kind("approvals.waiver.granted", "waived a check of {label}: {check} ({environment})", "flag", "warn"),
    Kind("approvals.waiver.declined", "declined to waive a check of {label}: {check} ({environment})", "x-circle"),
    Kind("approvals.waiver.ended", "ended a waiver of {label}: {check} ({environment})", "undo"),
    Kind("approvals.assessment.confirmed", "confirmed that {label} has a lower risk: {tier}", "policy", "warn"),
    Kind(
        "approvals.assessment.declined", "kept the risk tier of {label}, and not the one proposed: {wanted}", "policy"
    ),
    Kind(
        "approvals.assessment.withdrawn", "withdrew the proposal to lower the risk tier of {label} to {wanted}", "undo"
    ),
    Kind("approvals.condition.chased", "reminded {told} people of a condition of {label}", "clock", "info"),
    Kind("approvals.condition.fulfilled", "fulfilled a condition of {label}", "check", "ok"),
    Kind("approvals.deployment.recorded", "deployed {label} to {environment}", "server", "ok"),
    Kind("approvals.deployment.ended", "took {label} out of {environment}", "server"),
    Kind("approvals.performance_review.opened", "opened a performance review of {label}", "calendar"),
    Kind("approvals.performance_review.closed", "closed a performance review of {label}: {finding}", "calendar"),
    Kind("approvals.clearance.asked", "asked what depends on {label}", "retire"),
    Kind("approvals.clearance.computed", "computed what depends on {label}: {dependents}", "retire"),
    Kind("approvals.version.retired", "retired {label}", "retire"),
)
