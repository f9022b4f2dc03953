"""Who may open which page, as one table by URL name. A route that is missing here is refused and fails a test.

This opens the door of the page; whether somebody may act there is asked again, in the transaction that acts.
The API (`api-1:`) authenticates each operation itself, by bearer token or session.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import ResolverMatch

from governance.roles import LEDGER, MANAGE, VIEW, WHOLE_LEDGER


@dataclass(frozen=True)
class Access:
    """`permission` "" lets in everybody who is signed in."""

    permission: str = ""
    is_public: bool = False


PUBLIC = Access(is_public=True)
SIGNED_IN = Access()
MEMBERS = Access(VIEW)
ADMINISTRATORS = Access(MANAGE)

PAGES: dict[str, Access] = {
    "governance:home": PUBLIC,
    "governance:first_steps": MEMBERS,
    "governance:first_steps_put_away": MEMBERS,
    "governance:first_steps_bring_back": MEMBERS,
    "governance:healthz": PUBLIC,
    "governance:readyz": PUBLIC,
    "governance:metrics": PUBLIC,  # asks for its token itself
    "governance:styleguide": MEMBERS,
    "governance:person_list": ADMINISTRATORS,
    "governance:person_download": ADMINISTRATORS,
    "governance:person_add": ADMINISTRATORS,
    "governance:pipeline_add": ADMINISTRATORS,
    "governance:person_detail": ADMINISTRATORS,
    "governance:person_change": ADMINISTRATORS,
    "governance:person_deactivate": ADMINISTRATORS,
    "governance:person_reactivate": ADMINISTRATORS,
    "governance:person_reset": ADMINISTRATORS,
    "governance:person_sign_out": ADMINISTRATORS,
    "governance:person_grant_role": ADMINISTRATORS,
    "governance:person_confirm_role": ADMINISTRATORS,
    "governance:person_revoke_role": ADMINISTRATORS,
    "governance:person_link_account": ADMINISTRATORS,
    "governance:person_separate_account": ADMINISTRATORS,
    "governance:person_join_team": ADMINISTRATORS,
    "governance:person_leave_team": ADMINISTRATORS,
    "governance:team_list": ADMINISTRATORS,
    "governance:team_create": ADMINISTRATORS,
    "governance:team_detail": ADMINISTRATORS,
    "governance:team_rename": ADMINISTRATORS,
    "governance:token_issue": ADMINISTRATORS,
    "governance:token_revoke": MEMBERS,
    "governance:own_token_list": MEMBERS,
    "governance:own_token_issue": MEMBERS,
    "governance:role_list": MEMBERS,
    "governance:help": MEMBERS,
    "governance:guide": MEMBERS,
    "governance:search": MEMBERS,
    "governance:palette": MEMBERS,
    "governance:version_detail": MEMBERS,
    "governance:version_history": MEMBERS,
    "governance:decider_list": MEMBERS,
    "governance:account": SIGNED_IN,
    "governance:session_end": SIGNED_IN,
    "governance:account_mail": SIGNED_IN,
    "governance:session_end_others": SIGNED_IN,
    "account_login": PUBLIC,
    "account_logout": PUBLIC,  # somebody halfway through signing in may go back
    "openid_begin": PUBLIC,
    "openid_callback": PUBLIC,
    "openid_confirm": SIGNED_IN,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "mfa_authenticate": PUBLIC,
    "mfa_login_webauthn": PUBLIC,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "registry:view_save": MEMBERS,
    "registry:view_delete": MEMBERS,
    "registry:model_list": MEMBERS,
    "registry:model_download": MEMBERS,
    "registry:model_detail": MEMBERS,
    "registry:model_register": MEMBERS,
    "registry:version_register": MEMBERS,
    "registry:version_download": MEMBERS,
    "registry:artifact_download": MEMBERS,
    "registry:evaluation_list": MEMBERS,
    "registry:evaluation_attach": MEMBERS,
    "registry:evaluation_upload": MEMBERS,
    "registry:card_detail": MEMBERS,
    "registry:card_draft": MEMBERS,
    "registry:card_draft_discard": MEMBERS,
    "registry:card_revise": MEMBERS,
    "registry:release_plan_detail": MEMBERS,
    "registry:release_plan_revise": MEMBERS,
    "registry:consumer_declare": MEMBERS,
    "registry:consumer_end": MEMBERS,
    "registry:import_list": MEMBERS,
    "registry:import_begin": MEMBERS,
    "registry:import_sample": MEMBERS,
    "registry:import_detail": MEMBERS,
    "registry:import_start": MEMBERS,
    "registry:import_discard": MEMBERS,
    "registry:import_download": MEMBERS,
    "registry:questionnaire_detail": MEMBERS,
    "registry:questionnaire_draft": MEMBERS,
    "registry:questionnaire_draft_detail": MEMBERS,
    "registry:questionnaire_revise": MEMBERS,
    "registry:questionnaire_publish": MEMBERS,
    "registry:questionnaire_discard": MEMBERS,
    "registry:use_case_list": MEMBERS,
    "registry:use_case_download": MEMBERS,
    "registry:use_case_detail": MEMBERS,
    "registry:use_case_propose": MEMBERS,
    "registry:use_case_approve": MEMBERS,
    "registry:use_case_reject": MEMBERS,
    "approvals:model_assess": MEMBERS,
    "approvals:assessment_detail": MEMBERS,
    "approvals:assessment_confirm": MEMBERS,
    "approvals:assessment_decline": MEMBERS,
    "approvals:assessment_withdraw": MEMBERS,
    "approvals:model_past": MEMBERS,
    "approvals:ran_list": MEMBERS,
    "approvals:ran_download": MEMBERS,
    "approvals:review_list": MEMBERS,
    "approvals:review_download": MEMBERS,
    "approvals:review_detail": MEMBERS,
    "approvals:review_open": MEMBERS,
    "approvals:review_comment": MEMBERS,
    **dict.fromkeys((f"approvals:comment_{name}" for name in ("answer", "resolve", "reopen")), MEMBERS),
    "approvals:review_submit": MEMBERS,
    "approvals:review_approve": MEMBERS,
    "approvals:review_request_changes": MEMBERS,
    "approvals:review_reject": MEMBERS,
    "approvals:review_withdraw": MEMBERS,
    "approvals:review_discard": MEMBERS,
    **dict.fromkeys((f"approvals:waiver_{name}" for name in ("ask", "detail", "grant", "decline", "end")), MEMBERS),
    "approvals:review_suspend": MEMBERS,
    "approvals:review_reinstate": MEMBERS,
    "approvals:review_revoke": MEMBERS,
    "approvals:policy_list": MEMBERS,
    "approvals:policy_detail": MEMBERS,
    "approvals:policy_draft": MEMBERS,
    "approvals:policy_draft_detail": MEMBERS,
    "approvals:policy_revise": MEMBERS,
    "approvals:policy_forecast": MEMBERS,
    "approvals:policy_propose": MEMBERS,
    "approvals:policy_hand_back": MEMBERS,
    "approvals:policy_publish": MEMBERS,
    "approvals:policy_discard": MEMBERS,
    "approvals:condition_fulfil": MEMBERS,
    "approvals:deployment_list": MEMBERS,
    "approvals:deployment_record": MEMBERS,
    "approvals:deployment_end": MEMBERS,
    "approvals:version_retire": MEMBERS,
    "approvals:version_retire_confirm": MEMBERS,
    "approvals:performance_review_list": MEMBERS,
    "approvals:performance_review_download": MEMBERS,
    "approvals:performance_review_close": MEMBERS,
    "audit:event_list": Access(LEDGER),
    "audit:event_export": Access(LEDGER),
    "audit:event_detail": Access(LEDGER),
    "audit:event_proof": Access(LEDGER),
    "audit:event_content": Access(LEDGER),
    "audit:ledger_state": Access(LEDGER),
    "audit:ledger_verify": Access(WHOLE_LEDGER),
    "audit:evidence_export": Access(WHOLE_LEDGER),
    "audit:key_download": PUBLIC,
    "audit:checkpoint_download": Access(LEDGER),
    "audit:verifier_download": PUBLIC,
}

API_NAMESPACE = "api-1"


def declared_permission(match: ResolverMatch) -> Access | None:
    """What the table says about this route; None when it says nothing."""
    if match.namespace == API_NAMESPACE:
        return PUBLIC
    return PAGES.get(match.view_name)
