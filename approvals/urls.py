"""Addresses of the approvals' pages. Who may open which is declared in `governance/access.py`."""

from django.urls import include, path

from approvals.views import (
    assessments,
    comments,
    conditions,
    deployments,
    past,
    performance_reviews,
    policies,
    retirement,
    review_list,
    reviews,
    stops,
    waivers,
)

app_name = "approvals"

_version = [
    path("review/open/", reviews.open_review, name="review_open"),
    path("deployments/", deployments.list_deployments, name="deployment_list"),
    path("deployments/record/", deployments.record, name="deployment_record"),
    path("retire/", retirement.ask, name="version_retire"),
    path("waivers/ask/", waivers.ask, name="waiver_ask"),
]

_review = [
    path("", reviews.detail, name="review_detail"),
    path("submit/", reviews.submit, name="review_submit"),
    path("approve/", reviews.approve, name="review_approve"),
    path("request_changes/", reviews.request_changes, name="review_request_changes"),
    path("reject/", reviews.reject, name="review_reject"),
    path("comment/", comments.write, name="review_comment"),
    path("withdraw/", reviews.withdraw, name="review_withdraw"),
    path("discard/", reviews.discard, name="review_discard"),
    path("suspend/", stops.suspend, name="review_suspend"),
    path("reinstate/", stops.reinstate, name="review_reinstate"),
    path("revoke/", stops.revoke, name="review_revoke"),
]

_comment = [
    path("answer/", comments.answer, name="comment_answer"),
    path("resolve/", comments.resolve, name="comment_resolve"),
    path("reopen/", comments.reopen, name="comment_reopen"),
]

_waiver = [
    path("", waivers.detail, name="waiver_detail"),
    path("grant/", waivers.grant, name="waiver_grant"),
    path("decline/", waivers.decline, name="waiver_decline"),
    path("end/", waivers.end, name="waiver_end"),
]

_assessment = [
    path("", assessments.detail, name="assessment_detail"),
    path("confirm/", assessments.confirm, name="assessment_confirm"),
    path("decline/", assessments.decline, name="assessment_decline"),
    path("withdraw/", assessments.withdraw, name="assessment_withdraw"),
]

_policy_draft = [
    path("", policies.draft_detail, name="policy_draft_detail"),
    path("revise/", policies.revise, name="policy_revise"),
    path("forecast/", policies.forecast, name="policy_forecast"),
    path("propose/", policies.propose, name="policy_propose"),
    path("hand_back/", policies.hand_back, name="policy_hand_back"),
    path("publish/", policies.publish, name="policy_publish"),
    path("discard/", policies.discard, name="policy_discard"),
]

urlpatterns = [
    path("assessments/<int:pk>/", include(_assessment)),
    path("models/<slug:name>/assess/", assessments.assess, name="model_assess"),
    path("models/<slug:name>/on/", past.detail, name="model_past"),
    path("models/<slug:name>/versions/<int:number>/", include(_version)),
    path("reviews/", review_list.list_reviews, name="review_list"),
    path("reviews.csv", review_list.download_reviews, name="review_download"),
    path("reviews/<int:pk>/", include(_review)),
    path("comments/<int:pk>/", include(_comment)),
    path("waivers/<int:pk>/", include(_waiver)),
    path("policies/", policies.list_policies, name="policy_list"),
    path("policies/drafts/<int:pk>/", include(_policy_draft)),
    path("policies/<slug:slug>/", policies.detail, name="policy_detail"),
    path("policies/<slug:slug>/draft/", policies.draft, name="policy_draft"),
    path("conditions/<int:pk>/fulfil/", conditions.fulfil, name="condition_fulfil"),
    path("deployments/on/", past.list_ran, name="ran_list"),
    path("deployments/on.csv", past.download_ran, name="ran_download"),
    path("deployments/<int:pk>/end/", deployments.end, name="deployment_end"),
    path("clearances/<int:pk>/retire/", retirement.confirm, name="version_retire_confirm"),
    path("performance-reviews/", performance_reviews.list_performance_reviews, name="performance_review_list"),
    path(
        "performance-reviews.csv", performance_reviews.download_performance_reviews, name="performance_review_download"
    ),
    path("performance-reviews/<int:pk>/close/", performance_reviews.close, name="performance_review_close"),
]
