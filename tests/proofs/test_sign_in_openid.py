"""Single sign-on against an OpenID Connect provider that really runs, in a process of its own: the whole way there and
back, everybody who is not let in, and everything somebody may bend on the way."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from audit.models import Event
from governance import openid, sessions
from governance.single_sign_on import SingleSignOn, VerifyingAdapter
from registry.actions import people, sign_in
from tests.builders import Cast
from tests.identity_provider import CLIENT, SECRET

pytestmark = pytest.mark.django_db

PORTAL = "http://testserver"
PROGRAM = Path(__file__).parents[1] / "identity_provider.py"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("provider")
    command = [sys.executable, str(PROGRAM), str(folder), f"{PORTAL}/accounts/openid/callback/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as provider:
        yield provider.stdout.readline().strip()
        provider.terminate()


@pytest.fixture(autouse=True)
def _settings(settings: Any, issuer: str) -> Iterator[None]:
    settings.PORTAL_URL, settings.OIDC_ISSUER, settings.OIDC_NAME = PORTAL, issuer, "Example Bank"
    settings.SOCIALACCOUNT_PROVIDERS = openid.providers(
        issuer=issuer, name="Example Bank", client_id=CLIENT, client_secret=SECRET
    )
    cache.clear()
    yield
    cache.clear()


class Traveller:
    """One browser, with its cookies at the portal and at the provider."""

    def __init__(self, issuer: str, who: str) -> None:
        self.portal, self.provider = Client(), requests.Session()
        self.provider.get(f"{issuer}/become/{who}/")

    def begins(self, next_url: str = "") -> str:
        """The address at the provider to which the portal sends them."""
        page = self.portal.post(reverse("openid_begin"), {"next": next_url}).content.decode()
        return html.unescape(re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page).group(1))

    def goes_to_provider(self, address: str) -> str:
        """The address at the portal to which the provider sends them back."""
        answer = self.provider.get(address, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def comes_back(self, address: str) -> Any:
        return self.portal.get(address.removeprefix(PORTAL))

    def signs_in(self, next_url: str = "") -> Any:
        return self.comes_back(self.goes_to_provider(self.begins(next_url)))

    @property
    def is_in(self) -> bool:
        return "_auth_user_id" in self.portal.session


def bent(address: str, **changes: str) -> str:
    parts = urlsplit(address)
    return parts._replace(query=urlencode({k: v[0] for k, v in parse_qs(parts.query).items()} | changes)).geturl()


def refusals() -> list[str]:
    kind = "registry.person.signed_in.refused"
    codes = [event.facts["codes"] for event in Event.objects.filter(kind=kind).order_by("pk")]
    return [code for each in codes for code in each]


def test_somebody_whom_an_administrator_added_signs_in(cast: Cast, issuer: str) -> None:
    ada = Traveller(issuer, "author")
    assert ada.signs_in("/models/")["Location"] == "/models/"
    assert ada.portal.session["_auth_user_id"] == str(cast.author.pk)
    tied = Event.objects.get(kind="registry.identity.tied")
    assert tied.subject == f"registry.person:{cast.author.pk}"
    assert Event.objects.get(kind="registry.person.signed_in").facts == {"with": ["openid_connect"]}


def test_from_then_on_the_subject_counts_and_the_address_does_not(cast: Cast, issuer: str) -> None:
    Traveller(issuer, "author").signs_in()
    people.change_person(person=cast.author, email="ada@elsewhere.example.org", by=cast.admin)
    again = Traveller(issuer, "author")
    again.signs_in()
    assert again.is_in
    assert Event.objects.filter(kind="registry.identity.tied").count() == 1


def test_what_the_provider_said_is_not_kept(cast: Cast, issuer: str) -> None:
    Traveller(issuer, "author").signs_in()
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize(
    ("who", "code", "said"),
    [
        ("nobody", "identity-unknown", "Nobody here has the e-mail address"),
        ("unverified", "identity-unverified", "does not say that your e-mail address is verified"),
    ],
)
def test_who_is_not_known_here_is_refused(cast: Cast, issuer: str, who: str, code: str, said: str) -> None:
    traveller = Traveller(issuer, who)
    answer = traveller.signs_in()
    assert answer.status_code == 403
    assert said in answer.content.decode()
    assert not traveller.is_in
    assert refusals() == [code]
    assert not SocialAccount.objects.exists()


def test_an_address_that_two_people_have_opens_neither_account(cast: Cast, issuer: str) -> None:
    people.change_person(person=cast.colleague, email="AUTHOR@example.org", by=cast.admin)
    traveller = Traveller(issuer, "author")
    assert "Several people here" in traveller.signs_in().content.decode()
    assert refusals() == ["identity-ambiguous"]


def test_another_identity_with_the_same_address_is_refused(cast: Cast, issuer: str) -> None:
    Traveller(issuer, "author").signs_in()
    twin = Traveller(issuer, "twin")
    assert "belongs to another identity" in twin.signs_in().content.decode()
    assert not twin.is_in
    refused = Event.objects.get(kind="registry.identity.tied.refused")
    assert refused.facts["codes"] == ["tied"]
    assert refused.subject == f"registry.person:{cast.author.pk}"


def test_an_administrator_undoes_the_tie(cast: Cast, issuer: str) -> None:
    Traveller(issuer, "author").signs_in()
    sign_in.reset_second_factor(person=cast.author, reason="Has a new account there.", by=cast.admin)
    twin = Traveller(issuer, "twin")
    twin.signs_in()
    assert twin.is_in


@pytest.mark.parametrize("has_been_here", [False, True])
def test_a_deactivated_person_is_refused(cast: Cast, issuer: str, has_been_here: bool) -> None:
    if has_been_here:
        Traveller(issuer, "author").signs_in()
    people.deactivate(person=cast.author, reason="Left.", by=cast.admin)
    traveller = Traveller(issuer, "author")
    traveller.signs_in()
    assert not traveller.is_in
    kind = "registry.person.signed_in.refused" if has_been_here else "registry.identity.tied.refused"
    assert Event.objects.get(kind=kind).facts["codes"] == ["inactive"]


class TestBentOnTheWay:
    """Each of these is refused, and leaves an event without a person."""

    @pytest.fixture
    def ada(self, cast: Cast, issuer: str) -> Iterator[Traveller]:
        ada = Traveller(issuer, "author")
        yield ada
        assert not ada.is_in
        assert refusals() == ["identity-unfinished"]
        assert not SocialAccount.objects.exists()

    def test_another_state(self, ada: Traveller) -> None:
        assert ada.comes_back(bent(ada.goes_to_provider(ada.begins()), state="guessed")).status_code == 403

    def test_no_state_because_the_browser_is_another_one(self, ada: Traveller, issuer: str) -> None:
        """Somebody is made to follow a link that would sign them in as the attacker."""
        victim = Traveller(issuer, "technical")
        answer = victim.comes_back(ada.goes_to_provider(ada.begins()))
        assert answer.status_code == 403
        assert not victim.is_in

    def test_another_nonce(self, ada: Traveller) -> None:
        assert ada.comes_back(ada.goes_to_provider(bent(ada.begins(), nonce="guessed"))).status_code == 403

    def test_no_nonce(self, ada: Traveller) -> None:
        assert ada.comes_back(ada.goes_to_provider(bent(ada.begins(), nonce=""))).status_code == 403

    def test_another_challenge(self, ada: Traveller) -> None:
        begun = bent(ada.begins(), code_challenge="A" * 43)
        assert ada.comes_back(ada.goes_to_provider(begun)).status_code == 403

    def test_another_code(self, ada: Traveller) -> None:
        assert ada.comes_back(bent(ada.goes_to_provider(ada.begins()), code="guessed")).status_code == 403


def test_the_way_there_carries_state_nonce_and_challenge(cast: Cast, issuer: str) -> None:
    asked = parse_qs(urlsplit(Traveller(issuer, "author").begins()).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)


def test_an_answer_is_taken_once(cast: Cast, issuer: str) -> None:
    ada = Traveller(issuer, "author")
    back = ada.goes_to_provider(ada.begins())
    ada.comes_back(back)
    assert ada.is_in
    ada.portal.post(reverse("account_logout"))
    assert ada.comes_back(back).status_code == 403
    assert not ada.is_in


def test_nobody_is_led_to_another_site(cast: Cast, issuer: str) -> None:
    assert Traveller(issuer, "author").signs_in("https://evil.example.org/")["Location"] == "/"


def test_a_provider_that_does_not_answer_is_said_so(cast: Cast, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    settings.SOCIALACCOUNT_PROVIDERS = openid.providers(
        issuer="http://127.0.0.1:9", name="Example Bank", client_id=CLIENT, client_secret=SECRET
    )
    client = Client()
    assert client.post(reverse("openid_begin"))["Location"] == reverse("account_login")
    assert "Example Bank does not answer" in client.get(reverse("account_login")).content.decode()


def test_the_button_is_there_when_a_provider_is_named_and_only_then(cast: Cast, settings: Any) -> None:
    assert "Sign in with Example Bank" in Client().get(reverse("account_login")).content.decode()
    settings.OIDC_ISSUER = settings.OIDC_NAME = ""
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Sign in with Example" not in Client().get(reverse("account_login")).content.decode()
    assert Client().post(reverse("openid_begin")).status_code == 404


class TestTokens:
    """What is taken for an ID token. Each is decoded as the one of a sign-in is, with the provider's real keys."""

    CLAIMS = {"sub": "1", "nonce": "n"}

    @pytest.fixture
    def decode(self, issuer: str, rf: Any, db: None) -> Any:
        adapter = VerifyingAdapter(rf.get("/"), openid.provider_id(issuer))
        return lambda token: adapter._decode_id_token(adapter.get_provider().app, token)

    @pytest.fixture
    def claims(self, issuer: str) -> dict[str, Any]:
        now = int(time.time())
        return self.CLAIMS | {"iss": issuer, "aud": CLIENT, "iat": now, "exp": now + 60}

    @pytest.fixture
    def sign(self, issuer: str) -> Any:
        """As the provider itself would: with its own key, which the tests are lent, under its own name of that key."""
        key = requests.get(f"{issuer}/lent-key/", timeout=10).text
        kid = requests.get(f"{issuer}/.well-known/jwks.json", timeout=10).json()["keys"][0]["kid"]
        return lambda claims, **header: jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid} | header)

    def test_the_provider_s_own_is_taken(self, decode: Any, sign: Any, claims: dict[str, Any]) -> None:
        assert decode(sign(claims))["sub"] == "1"

    @pytest.mark.parametrize(
        "change",
        [
            {"aud": "another-client"},
            {"iss": "https://evil.example"},
            {"exp": 1},
            {"nbf": 9_999_999_999},
            {"aud": None},
        ],
    )
    def test_one_for_somebody_else_or_another_time_is_refused(
        self, decode: Any, sign: Any, claims: dict[str, Any], change: dict[str, Any]
    ) -> None:
        with pytest.raises(OAuth2Error):
            decode(sign({name: value for name, value in (claims | change).items() if value is not None}))

    def test_one_signed_with_another_key_is_refused(self, decode: Any, sign: Any, claims: dict[str, Any]) -> None:
        kid = jwt.get_unverified_header(sign(claims))["kid"]
        own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for headers in ({"kid": kid}, {"kid": "mine", "jku": "https://evil.example/keys"}, {"kid": ""}):
            with pytest.raises(OAuth2Error):
                decode(jwt.encode(claims, own, algorithm="RS256", headers=headers))

    def test_one_that_is_not_signed_or_with_a_shared_secret_is_refused(
        self, decode: Any, sign: Any, claims: dict[str, Any]
    ) -> None:
        kid = jwt.get_unverified_header(sign(claims))["kid"]
        unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": kid})
        shared = jwt.encode(claims, "k" * 64, algorithm="HS256", headers={"kid": kid})
        for token in (unsigned, shared, "no.token.at-all", "", sign(claims).rpartition(".")[0] + "."):
            with pytest.raises(OAuth2Error):
                decode(token)


def test_a_description_that_names_another_issuer_is_refused(cast: Cast, issuer: str, settings: Any) -> None:
    """Its description says who it is, and that is not whom the settings name."""
    settings.OIDC_ISSUER = other = f"{issuer}/impostor"
    settings.SOCIALACCOUNT_PROVIDERS = openid.providers(
        issuer=other, name="Example Bank", client_id=CLIENT, client_secret=SECRET
    )
    assert Client().post(reverse("openid_begin"))["Location"] == reverse("account_login")


def test_an_address_of_the_provider_that_leads_elsewhere_is_not_followed(cast: Cast, issuer: str) -> None:
    with SingleSignOn().get_requests_session() as session, pytest.raises(requests.TooManyRedirects):
        session.get(f"{issuer}/leads/elsewhere/")


class TestSecondFactorThere:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Any) -> None:
        settings.REQUIRE_SECOND_FACTOR = True

    def is_let_in(self, issuer: str, who: str) -> bool:
        traveller = Traveller(issuer, who)
        traveller.signs_in()
        assert traveller.is_in
        return traveller.portal.get("/models/").status_code == 200

    def test_a_token_that_says_so_counts(self, cast: Cast, issuer: str) -> None:
        assert self.is_let_in(issuer, "business")

    @pytest.mark.parametrize("who", ["technical", "compliance"])
    def test_one_that_is_silent_or_says_a_password_does_not(self, cast: Cast, issuer: str, who: str) -> None:
        assert not self.is_let_in(issuer, who)

    def test_an_acr_that_the_settings_name_counts(self, cast: Cast, issuer: str, settings: Any) -> None:
        settings.OIDC_SECOND_FACTOR_ACR = ["silver"]
        assert self.is_let_in(issuer, "compliance")

    def test_the_settings_may_answer_for_the_whole_directory(self, cast: Cast, issuer: str, settings: Any) -> None:
        settings.OIDC_ASKS_SECOND_FACTOR = True
        assert self.is_let_in(issuer, "technical")


class TestOnceMore:
    """Somebody who has nothing here but the provider shows there once more that it is them."""

    @pytest.fixture
    def ada(self, cast: Cast, issuer: str) -> Traveller:
        ada = Traveller(issuer, "author")
        ada.signs_in()
        session = ada.portal.session
        session[sessions.BEGAN] -= 400
        for record in session["account_authentication_methods"]:
            record["at"] -= 400
        session.save()
        return ada

    def test_they_are_sent_to_the_provider_and_come_back(self, ada: Traveller) -> None:
        asked = ada.portal.get("/accounts/second-factor/app/set-up/")
        assert asked["Location"].startswith("/accounts/openid/confirm/")
        page = ada.portal.get(asked["Location"]).content.decode()
        assert 'value="/accounts/second-factor/app/set-up/"' in page
        before = ada.portal.session.session_key
        page = ada.portal.post(reverse("openid_begin"), {"next": "/account/"}).content.decode()
        there = html.unescape(re.search(r'content="0; url=([^"]+)"', page).group(1))
        assert parse_qs(urlsplit(there).query)["prompt"] == ["login"]
        silent = bent(there, prompt="none")  # this provider would ask for a password, and its people have none
        ada.comes_back(ada.goes_to_provider(silent))
        assert ada.portal.session.session_key != before
        assert ada.portal.get("/accounts/second-factor/app/set-up/").status_code == 200

    def test_what_was_sent_is_not_asked_for_as_a_page(self, ada: Traveller) -> None:
        asked = ada.portal.post("/account/sessions/end-others/")
        assert 'name="next" value="/account/"' in ada.portal.get(asked["Location"]).content.decode()


def test_an_issuer_without_https_is_refused_unless_it_is_this_machine() -> None:
    given = {"name": "x", "client_id": "x", "client_secret": "x"}
    with pytest.raises(ImproperlyConfigured, match="https://"):
        openid.providers(issuer="http://id.example.org", **given)
    assert openid.providers(issuer="https://id.example.org", **given)
    assert openid.providers(issuer="", **given) == {}
