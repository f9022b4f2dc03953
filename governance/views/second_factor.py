"""Setting up and removing second factors and passkeys: allauth's pages, each change one transaction with its event.

Adding and removing one ends every other session, as a new password does: they were begun with what counted before.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from governance.second_factor import SecondFactorAdapter
from governance.views.account import end_others
from registry.actions import sign_in

ACCOUNT = reverse_lazy("governance:account")
APP, PASSKEY = "authenticator app", "passkey"


class _Adds:
    """Ends at the recovery codes when this was the first factor, else at the account page."""

    factor = ""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        with sign_in.add_second_factor(factor=self.factor, by=self.request.user):
            answer = super().form_valid(form)
            if self.did_generate_recovery_codes:
                with sign_in.make_recovery_codes(by=self.request.user):
                    pass
        end_others(self.request)
        return answer

    def get_success_url(self) -> str:
        return super().get_success_url() if self.did_generate_recovery_codes else str(ACCOUNT)


class AddApp(_Adds, ActivateTOTPView):
    factor = APP


class AddPasskey(_Adds, AddWebAuthnView):
    """Asks for a passkey: kept on the device, opened by PIN, finger or face, so that it alone may sign in."""

    factor = PASSKEY

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # begins for a key of lesser kind; the last beginning counts
        return context | {"options": {"creation_options": begin_registration(self.request.user, passwordless=True)}}


class RemoveApp(DeactivateTOTPView):
    success_url = ACCOUNT

    def form_valid(self, form: forms.Form) -> HttpResponse:
        with sign_in.remove_second_factor(factor=APP, by=self.request.user):
            answer = super().form_valid(form)
        end_others(self.request)
        return answer


class RemovePasskey(RemoveWebAuthnView):
    success_url = ACCOUNT

    def form_valid(self, form: forms.Form) -> HttpResponse:
        adapter = SecondFactorAdapter()
        if not adapter.can_delete_authenticator(self.object):
            form.add_error(None, adapter.error_messages["cannot_delete_authenticator"])
            return self.render_to_response(self.get_context_data(form=form), status=422)
        with sign_in.remove_second_factor(factor=PASSKEY, by=self.request.user):
            answer = super().form_valid(form)
        end_others(self.request)
        return answer


class RenamePasskey(EditWebAuthnView):
    success_url = ACCOUNT


class MakeRecoveryCodes(GenerateRecoveryCodesView):
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with sign_in.make_recovery_codes(by=self.request.user):
            return super().form_valid(form)


class ShowRecoveryCodes(ViewRecoveryCodesView):
    pass


class SignInWithPasskey(LoginWebAuthnView):
    def form_invalid(self, form: forms.Form) -> HttpResponse:
        sign_in.refuse_sign_in(code="passkey")
        messages.error(self.request, "This passkey does not open an account here. Sign in with your password.")
        return redirect("account_login")
