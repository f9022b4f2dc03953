"""Reviews, policies, waivers and risk assessments as tables of verbs: buttons, URLs, actions, events, diagram and tests
read the rows."""

from audit.verbs import Verb

STOP = "approvals.stop_review"

REVIEW = (
    Verb(
        noun="review",
        name="open",
        sources=(),
        target="draft",
        event="approvals.review.opened",
        button="Begin a review",
        url_name="approvals:review_open",
        action="approvals.actions.reviews.open_draft",
        permission="approvals.submit_review",
    ),
    Verb(
        noun="review",
        name="submit",
        sources=("draft", "changes_requested"),
        target="in_review",
        event="approvals.review.submitted",
        button="Submit for review",
        url_name="approvals:review_submit",
        action="approvals.actions.reviews.submit",
        permission="approvals.submit_review",
    ),
    Verb(
        noun="review",
        name="approve",
        sources=("in_review",),
        target="in_review",
        settles="approved",
        beside=(("approved", "superseded"),),
        event="approvals.review.approved",
        button="Approve",
        url_name="approvals:review_approve",
        action="approvals.actions.reviews.approve",
    ),
    Verb(
        noun="review",
        name="request_changes",
        sources=("in_review",),
        target="changes_requested",
        event="approvals.review.changes_requested",
        button="Request changes",
        url_name="approvals:review_request_changes",
        action="approvals.actions.reviews.request_changes",
    ),
    Verb(
        noun="review",
        name="reject",
        sources=("in_review",),
        target="rejected",
        event="approvals.review.rejected",
        button="Reject",
        url_name="approvals:review_reject",
        action="approvals.actions.reviews.reject",
    ),
    Verb(
        noun="review",
        name="withdraw",
        sources=("in_review", "changes_requested"),
        target="withdrawn",
        event="approvals.review.withdrawn",
        button="Withdraw",
        url_name="approvals:review_withdraw",
        action="approvals.actions.reviews.withdraw",
        permission="approvals.submit_review",
    ),
    Verb(
        noun="review",
        name="discard",
        sources=("draft",),
        target="discarded",
        event="approvals.review.discarded",
        button="Discard draft",
        url_name="approvals:review_discard",
        action="approvals.actions.reviews.discard",
        permission="approvals.submit_review",
    ),
    Verb(
        noun="review",
        name="suspend",
        sources=("approved",),
        target="suspended",
        event="approvals.review.suspended",
        button="Suspend the approval",
        url_name="approvals:review_suspend",
        action="approvals.actions.stops.suspend",
        permission=STOP,
    ),
    Verb(
        noun="review",
        name="reinstate",
        sources=("suspended",),
        target="approved",
        event="approvals.review.reinstated",
        button="Reinstate the approval",
        url_name="approvals:review_reinstate",
        action="approvals.actions.stops.reinstate",
        permission=STOP,
    ),
    Verb(
        noun="review",
        name="revoke",
        sources=("approved", "suspended"),
        target="revoked",
        event="approvals.review.revoked",
        button="Revoke the approval",
        url_name="approvals:review_revoke",
        action="approvals.actions.stops.revoke",
        permission=STOP,
    ),
)

CHANGE, PUBLISH = "approvals.change_policy", "approvals.publish_policy"

POLICY = (
    Verb(
        noun="policy",
        name="draft",
        sources=(),
        target="draft",
        event="approvals.policy.drafted",
        button="Change this policy",
        url_name="approvals:policy_draft",
        action="approvals.actions.policies.draft",
        permission=CHANGE,
    ),
    Verb(
        noun="policy",
        name="revise",
        sources=("draft",),
        target="draft",
        event="approvals.policy.revised",
        button="Save the draft",
        url_name="approvals:policy_revise",
        action="approvals.actions.policies.revise",
        permission=CHANGE,
    ),
    Verb(
        noun="policy",
        name="propose",
        sources=("draft",),
        target="proposed",
        event="approvals.policy.proposed",
        button="Propose to publish",
        url_name="approvals:policy_propose",
        action="approvals.actions.policies.propose",
        permission=CHANGE,
    ),
    Verb(
        noun="policy",
        name="hand_back",
        sources=("proposed",),
        target="draft",
        event="approvals.policy.handed_back",
        button="Hand back",
        url_name="approvals:policy_hand_back",
        action="approvals.actions.policies.hand_back",
        permission=PUBLISH,
    ),
    Verb(
        noun="policy",
        name="publish",
        sources=("proposed",),
        target="published",
        event="approvals.policy.published",
        button="Publish",
        url_name="approvals:policy_publish",
        action="approvals.actions.policies.publish",
        permission=PUBLISH,
    ),
    Verb(
        noun="policy",
        name="discard",
        sources=("draft", "proposed"),
        target="discarded",
        event="approvals.policy.discarded",
        button="Discard the draft",
        url_name="approvals:policy_discard",
        action="approvals.actions.policies.discard",
        permission=CHANGE,
    ),
)

GRANT = "approvals.grant_waiver"

WAIVER = (
    Verb(
        noun="waiver",
        name="ask",
        sources=(),
        target="asked",
        event="approvals.waiver.asked",
        button="Ask for a waiver",
        url_name="approvals:waiver_ask",
        action="approvals.actions.waivers.ask",
        permission="approvals.submit_review",
    ),
    Verb(
        noun="waiver",
        name="grant",
        sources=("asked",),
        target="granted",
        event="approvals.waiver.granted",
        button="Grant the waiver",
        url_name="approvals:waiver_grant",
        action="approvals.actions.waivers.grant",
        permission=GRANT,
    ),
    Verb(
        noun="waiver",
        name="decline",
        sources=("asked",),
        target="declined",
        event="approvals.waiver.declined",
        button="Decline the waiver",
        url_name="approvals:waiver_decline",
        action="approvals.actions.waivers.decline",
        permission=GRANT,
    ),
    Verb(
        noun="waiver",
        name="end",
        sources=("asked", "granted"),
        target="ended",
        event="approvals.waiver.ended",
        button="End the waiver",
        url_name="approvals:waiver_end",
        action="approvals.actions.waivers.end",
    ),
)

CONFIRM = "approvals.confirm_tier"

#: What lowers the tier of a model is proposed; everything else counts at once, and ends what was proposed.
ASSESSMENT = (
    Verb(
        noun="assessment",
        name="assess",
        sources=(),
        target="in_force",
        settles="proposed",
        beside=(("proposed", "withdrawn"),),
        event="registry.model.assessed",
        button="Assess the risk",
        url_name="approvals:model_assess",
        action="approvals.actions.assessments.assess",
        permission="registry.change_model",
    ),
    Verb(
        noun="assessment",
        name="confirm",
        sources=("proposed",),
        target="in_force",
        event="approvals.assessment.confirmed",
        button="Lower the tier",
        url_name="approvals:assessment_confirm",
        action="approvals.actions.assessments.confirm",
        permission=CONFIRM,
    ),
    Verb(
        noun="assessment",
        name="decline",
        sources=("proposed",),
        target="declined",
        event="approvals.assessment.declined",
        button="Keep the tier",
        url_name="approvals:assessment_decline",
        action="approvals.actions.assessments.decline",
        permission=CONFIRM,
    ),
    Verb(
        noun="assessment",
        name="withdraw",
        sources=("proposed",),
        target="withdrawn",
        event="approvals.assessment.withdrawn",
        button="Withdraw the proposal",
        url_name="approvals:assessment_withdraw",
        action="approvals.actions.assessments.withdraw",
        permission="registry.change_model",
    ),
)

DECIDING = ("approve", "request_changes", "reject")


def policy_verb(name: str) -> Verb:
    return next(verb for verb in POLICY if verb.name == name)


def waiver_verb(name: str) -> Verb:
    return next(verb for verb in WAIVER if verb.name == name)


def assessment_verb(name: str) -> Verb:
    return next(verb for verb in ASSESSMENT if verb.name == name)


def review_verb(name: str) -> Verb:
    return next(verb for verb in REVIEW if verb.name == name)
