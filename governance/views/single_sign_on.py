"""To the organisation's identity provider and back (authorization code with PKCE, state and nonce)."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.decorators import rate_limit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from governance import openid
from governance.single_sign_on import VerifyingAdapter

log = logging.getLogger(__name__)


class SignIn(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"identity_provider": settings.OIDC_NAME}


@never_cache
@require_POST
@rate_limit(action="login")
def begin(request: HttpRequest) -> HttpResponse:
    """A page that goes on to the provider by itself: our content policy lets no form lead to another site.

    Whoever is signed in already comes to show that it is them: the provider has to ask, not its own session to answer.
    """
    provider = get_adapter().get_provider(request, provider=_provider_id())
    provider.oauth2_adapter_class = VerifyingAdapter
    nonce = get_random_string(32)
    again = {"prompt": "login"} if request.user.is_authenticated else {}
    try:
        answer = provider.redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=get_next_redirect_url(request),
            auth_params={"nonce": nonce} | again,
            nonce=nonce,
        )
    except (RequestException, OAuth2Error) as error:
        log.warning("The identity provider cannot be asked", exc_info=error)
        messages.error(request, f"{settings.OIDC_NAME} does not answer. Try again soon, or sign in with your password.")
        return redirect("account_login")
    return render(request, "socialaccount/continue.html", {"name": settings.OIDC_NAME, "address": answer["Location"]})


@never_cache
@require_safe
def confirm(request: HttpRequest) -> HttpResponse:
    """For somebody who has no password and no second factor here. What they sent is not taken up again afterwards."""
    if not settings.OIDC_ISSUER:
        raise Http404
    is_sent = request.session.pop(STATE_SESSION_KEY, None) is not None
    address = reverse("governance:account") if is_sent else get_next_redirect_url(request)
    return render(request, "socialaccount/confirm.html", {"name": settings.OIDC_NAME, "address": address or ""})


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    return OAuth2CallbackView.adapter_view(VerifyingAdapter(request, _provider_id()))(request)


def _provider_id() -> str:
    if not settings.OIDC_ISSUER:
        raise Http404
    return openid.provider_id(settings.OIDC_ISSUER)
