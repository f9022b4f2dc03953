"""Every address of the portal. Who may open which is `governance.access`."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn.views import reauthenticate_webauthn
from django.urls import include, path, re_path
from django.views.decorators.cache import never_cache

from governance.api import api
from governance.sessions import confirmed
from governance.views import account as own_account
from governance.views import (
    deciders,
    guidance,
    health,
    home,
    metrics,
    search,
    second_factor,
    single_sign_on,
    styleguide,
    versions,
)
from governance.views.people import accounts, adding, listing, roles, standing, teams, tokens

_people = [
    path("", listing.list_people, name="person_list"),
    path("download/", listing.download_people, name="person_download"),
    path("add/", adding.add, name="person_add"),
    path("add-pipeline/", adding.add_pipeline, name="pipeline_add"),
    path("teams/", teams.list_teams, name="team_list"),
    path("teams/create/", teams.create, name="team_create"),
    path("teams/<slug:team>/", teams.detail, name="team_detail"),
    path("teams/<slug:team>/rename/", teams.rename, name="team_rename"),
    path("<uuid:pk>/", listing.detail, name="person_detail"),
    path("<uuid:pk>/change/", confirmed(accounts.change), name="person_change"),
    path("<uuid:pk>/deactivate/", accounts.deactivate, name="person_deactivate"),
    path("<uuid:pk>/reactivate/", accounts.reactivate, name="person_reactivate"),
    path("<uuid:pk>/reset/", confirmed(accounts.reset), name="person_reset"),
    path("<uuid:pk>/sign-out/", accounts.sign_out, name="person_sign_out"),
    path("<uuid:pk>/roles/grant/", standing.grant_role, name="person_grant_role"),
    path("<uuid:pk>/link/", confirmed(accounts.link), name="person_link_account"),
    path("<uuid:pk>/separate/", confirmed(accounts.separate), name="person_separate_account"),
    path("<uuid:pk>/roles/<slug:role>/confirm/", standing.confirm_role, name="person_confirm_role"),
    path("<uuid:pk>/roles/<slug:role>/revoke/", standing.revoke_role, name="person_revoke_role"),
    path("<uuid:pk>/teams/join/", standing.join_team, name="person_join_team"),
    path("<uuid:pk>/teams/<slug:team>/leave/", standing.leave_team, name="person_leave_team"),
    path("<uuid:pk>/tokens/issue/", confirmed(tokens.issue), name="token_issue"),
]

_own = [
    path("", home.home, name="home"),
    path("first-steps/", home.show_first_steps, name="first_steps"),
    path("first-steps/put-away/", home.put_first_steps_away, name="first_steps_put_away"),
    path("first-steps/bring-back/", home.bring_first_steps_back, name="first_steps_bring_back"),
    path("models/<slug:name>/versions/<int:number>/", versions.detail, name="version_detail"),
    path("models/<slug:name>/versions/<int:number>/history/", versions.history, name="version_history"),
    path("models/<slug:name>/versions/<int:number>/deciders/", deciders.list_deciders, name="decider_list"),
    path("account/", own_account.account, name="account"),
    path("account/mail/", own_account.choose_mail, name="account_mail"),
    path("account/sessions/end-others/", confirmed(own_account.end_other_sessions), name="session_end_others"),
    path("account/sessions/<int:pk>/end/", confirmed(own_account.end_session), name="session_end"),
    path("people/", include(_people)),
    path("help/", guidance.show_help, name="help"),
    path("help/<slug:guide>/", guidance.show_guide, name="guide"),
    path("roles/", roles.list_roles, name="role_list"),
    path("account/tokens/", tokens.list_own, name="own_token_list"),
    path("account/tokens/issue/", confirmed(tokens.issue_own), name="own_token_issue"),
    path("tokens/<uuid:pk>/revoke/", tokens.revoke, name="token_revoke"),
    path("search/", search.search, name="search"),
    path("search/palette/", search.palette, name="palette"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]

# Only the parts of allauth that are wired: nobody signs themselves up, and e-mail addresses are the administrators'.
_accounts = [
    path("login/", single_sign_on.SignIn.as_view(), name="account_login"),
    path("logout/", own_account.SignOut.as_view(), name="account_logout"),
    path("openid/begin/", single_sign_on.begin, name="openid_begin"),
    path("openid/confirm/", single_sign_on.confirm, name="openid_confirm"),
    path("openid/callback/", single_sign_on.callback, name="openid_callback"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", own_account.ChangePassword.as_view(), name="account_change_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

_second_factor = [
    path("authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("app/set-up/", confirmed(never_cache(second_factor.AddApp.as_view())), name="mfa_activate_totp"),
    path("app/remove/", second_factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("codes/", never_cache(second_factor.ShowRecoveryCodes.as_view()), name="mfa_view_recovery_codes"),
    path("codes/make/", second_factor.MakeRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("passkeys/add/", confirmed(second_factor.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/rename/", second_factor.RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", second_factor.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("passkeys/sign-in/", second_factor.SignInWithPasskey.as_view(), name="mfa_login_webauthn"),
    path("passkeys/reauthenticate/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]

urlpatterns = [
    path("", include((_own, "governance"))),
    path("", include("registry.urls")),
    path("", include("approvals.urls")),
    path("ledger/", include("audit.urls")),
    path("accounts/", include(_accounts)),
    path("accounts/second-factor/", include(_second_factor)),
    path("api/v1/", api.urls),
]

handler500 = "governance.views.failures.server_error"
