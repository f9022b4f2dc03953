"""Sign-in from the organisation's identity provider: whom it lets in. docs/adr/0007 says why so."""

from __future__ import annotations

from typing import Any, NoReturn

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from governance import openid, second_factor
from registry.actions import sign_in
from registry.models import Person

#: What is said to somebody who is not let in. The codes stand in the ledger.
WORDS = {
    "unfinished": "The sign-in was not completed. Start it once more.",
    "unverified": "{provider} does not say that your e-mail address is verified, so Gatehouse cannot tell who you are.",
    "unknown": "Nobody here has the e-mail address that {provider} gives for you. An administrator adds people.",
    "ambiguous": "Several people here have your e-mail address. An administrator can give each their own.",
    "tied": "Your account here belongs to another identity of {provider}. An administrator can undo that.",
    "inactive": "Your account here is closed. An administrator can open it again.",
}


class SingleSignOn(DefaultSocialAccountAdapter):
    def get_requests_session(self) -> requests.Session:
        """The provider's addresses are those it names itself; where one of them leads elsewhere, nobody follows."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs themselves up; administrators add people."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Lets pass who is known by their subject; ties who is known by a verified e-mail address; refuses the rest."""
        if not constant_time_compare(sociallogin.claims.get("nonce", ""), sociallogin.state["nonce"]):
            refuse(request, "unfinished")
        said = openid.says_second_factor(sociallogin.claims, settings.OIDC_SECOND_FACTOR_ACR)
        request.session[second_factor.SHOWN_ELSEWHERE] = said
        if sociallogin.is_existing:
            return
        person = _person_of(request, sociallogin)
        subject = sociallogin.account
        try:
            tied = sign_in.tie_identity(person=person, provider=subject.provider, subject=subject.uid)
        except ValidationError as refusal:
            refuse(request, refusal.error_list[0].code, is_written=True)
        sociallogin.user, sociallogin.account = person, tied

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, **_: Any) -> None:
        """Whatever went wrong on the way: a state that is not this browser's, a code refused, a token forged.

        Who changed their mind at the provider is told the same and leaves no event.
        """
        refuse(request, "unfinished", is_written=error == AuthError.CANCELLED)


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):
    """Takes who somebody is from the signed ID token, and from elsewhere only what is said of the same subject."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        login = super().complete_login(request, app, token, **kwargs)
        said = login.account.extra_data
        claims = said.get("id_token")
        if claims is None or said.get("userinfo", claims).get("sub") != claims["sub"]:
            raise OAuth2Error("The ID token is missing, or names another subject than the user info.")
        login.claims = claims
        login.account.extra_data = {}  # nothing of this is needed again
        return login

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return settings.PORTAL_URL + reverse("openid_callback")

    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises OAuth2Error for a description that is another issuer's."""
        described = super().openid_config
        if not openid.is_issuer(described.get("issuer", ""), settings.OIDC_ISSUER):
            raise OAuth2Error("The description names another issuer.")
        return described

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """With its signature, which allauth leaves out when the token came straight from the provider.

        Raises OAuth2Error for a token that is not signed with a key of the provider, or not as asymmetric keys sign.
        """
        try:
            header = jwt.get_unverified_header(id_token)
        except jwt.PyJWTError as error:
            raise OAuth2Error("The ID token cannot be read.") from error
        if header.get("alg") not in openid.ALGORITHMS or not header.get("kid"):
            raise OAuth2Error("The ID token is not signed as it has to be.")
        return jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )


def refuse(request: HttpRequest, code: str, *, is_written: bool = False) -> NoReturn:
    """Answers with the page that says why not, after leaving an event unless that `is_written` already."""
    if not is_written:
        sign_in.refuse_sign_in(code=f"identity-{code}")
    words = WORDS[code].format(provider=settings.OIDC_NAME)
    raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", {"words": words}, status=403))


def _person_of(request: HttpRequest, sociallogin: SocialLogin) -> Person:
    verified = [address.email for address in sociallogin.email_addresses if address.verified]
    if not verified:
        refuse(request, "unverified")
    found = list(Person.objects.filter(kind=Person.Kind.HUMAN, email__iexact=verified[0])[:2])
    if len(found) != 1:
        refuse(request, "ambiguous" if found else "unknown")
    return found[0]
