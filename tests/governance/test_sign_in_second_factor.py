"""Second factors: codes of an authenticator app, recovery codes, what is required, and what happens when a phone is
lost. The codes are real ones, made from the secret that the page shows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from audit.models import Event
from governance import boot, invitations, sealing, second_factor
from registry.actions import people, sign_in
from registry.models import Person
from tests.builders import Cast

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-and-quiet-river"
SET_UP, REMOVE = "/accounts/second-factor/app/set-up/", "/accounts/second-factor/app/remove/"
CODES, MAKE_CODES = "/accounts/second-factor/codes/", "/accounts/second-factor/codes/make/"
AUTHENTICATE = "/accounts/second-factor/authenticate/"


@pytest.fixture(autouse=True)
def _author_has_a_password(cast: Cast) -> Iterator[None]:
    people.change_password(person=cast.author, password=PASSWORD, by=cast.author)
    cache.clear()
    yield
    cache.clear()


def enters_password(**more: Any) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": "author", "password": PASSWORD}, **more)
    return client


def confirms(client: Client) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def sets_up_app(client: Client) -> str:
    """Reads the secret from the page, as the app's camera does, and enters a code. Returns the secret."""
    confirms(client)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(SET_UP).content.decode()).group(1)
    assert client.post(SET_UP, {"code": code_of(secret)})["Location"] == CODES
    cache.clear()  # the same code may be entered again within these thirty seconds
    return secret


@pytest.fixture
def secret(cast: Cast) -> str:
    return sets_up_app(enters_password())


def is_signed_in(client: Client) -> bool:
    return client.get("/models/").status_code == 200


def enters_code(client: Client, code: str) -> Any:
    return client.post(AUTHENTICATE, {"code": code})


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(kind=kind).order_by("pk"))


def test_setting_up_asks_for_the_password_once_more(cast: Cast) -> None:
    answer = enters_password().get(SET_UP)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_a_wrong_code_sets_nothing_up(cast: Cast) -> None:
    client = enters_password()
    confirms(client)
    client.get(SET_UP)
    assert client.post(SET_UP, {"code": "000000"}).context["form"].errors["code"]
    assert not Authenticator.objects.exists()
    assert events("registry.second_factor.added") == []


def test_from_then_on_the_password_alone_opens_nothing(cast: Cast, secret: str) -> None:
    client = enters_password()
    assert not is_signed_in(client)
    assert enters_code(client, code_of(secret)).status_code == 302
    assert is_signed_in(client)
    assert events("registry.person.signed_in")[-1].facts == {"with": ["password", "totp"]}
    assert [event.facts for event in events("registry.second_factor.added")] == [{"factor": "authenticator app"}]
    assert len(events("registry.recovery_codes.made")) == 1


def test_a_code_is_good_once(cast: Cast, secret: str) -> None:
    code = code_of(secret)
    enters_code(enters_password(), code)
    again = enters_password()
    enters_code(again, code)
    assert not is_signed_in(again)


def test_guessing_codes_leaves_events_and_is_stopped(cast: Cast, secret: str) -> None:
    client = enters_password()
    for _ in range(5):
        enters_code(client, "000000")
    answer = enters_code(client, code_of(secret))
    assert "Too many failed attempts" in answer.content.decode()
    assert not is_signed_in(client)
    failed = events("registry.second_factor.failed")
    assert 1 <= len(failed) <= 5
    assert failed[0].subject == f"registry.person:{cast.author.pk}"


@override_settings(MFA_TOTP_TOLERANCE=0)  # as the portal has it
def test_the_code_of_half_a_minute_ago_opens_nothing(cast: Cast, secret: str) -> None:
    now = next(yield_hotp_counters_from_time())
    for counter in (now - 1, now + 2):
        client = enters_password()
        enters_code(client, format_hotp_value(hotp_value(secret, counter)))
        assert not is_signed_in(client)


def test_a_new_password_by_link_goes_past_no_second_factor(cast: Cast, secret: str) -> None:
    people.reset(person=cast.author, by=cast.admin)
    link = invitations.link_for(Person.objects.get(pk=cast.author.pk)).removeprefix(settings.PORTAL_URL)
    client = Client()
    form = client.get(link)["Location"]
    client.post(form, {"password1": "another-long-sentence", "password2": "another-long-sentence"})
    assert client.get("/models/").status_code == 302
    client.post(reverse("account_login"), {"login": "author", "password": "another-long-sentence"})
    assert not is_signed_in(client)
    enters_code(client, code_of(secret))
    assert is_signed_in(client)


def test_adding_and_removing_a_factor_ends_every_other_session(cast: Cast) -> None:
    elsewhere, client = enters_password(), enters_password()
    assert is_signed_in(elsewhere)
    secret = sets_up_app(client)
    assert not is_signed_in(elsewhere)
    elsewhere = enters_password()
    enters_code(elsewhere, code_of(secret))
    assert is_signed_in(elsewhere)
    client.post(REMOVE)
    assert [is_signed_in(client), is_signed_in(elsewhere)] == [True, False]


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"\b\d{8}\b", client.get(CODES).content.decode())


def test_recovery_codes_are_shown_once_and_each_opens_once(cast: Cast) -> None:
    client = enters_password()
    sets_up_app(client)
    codes = recovery_codes(client)
    assert len(codes) == 10
    assert recovery_codes(client) == []
    without_phone = enters_password()
    enters_code(without_phone, codes[3])
    assert is_signed_in(without_phone)
    assert events("registry.person.signed_in")[-1].facts == {"with": ["password", "recovery_codes"]}
    again = enters_password()
    enters_code(again, codes[3])
    assert not is_signed_in(again)
    assert "9 left" in client.get("/account/").content.decode()


def test_new_recovery_codes_end_the_old_ones(cast: Cast) -> None:
    client = enters_password()
    sets_up_app(client)
    old = recovery_codes(client)
    assert client.post(MAKE_CODES)["Location"] == CODES
    new = recovery_codes(client)
    assert set(old).isdisjoint(new)
    assert len(events("registry.recovery_codes.made")) == 2
    with_old = enters_password()
    enters_code(with_old, old[0])
    assert not is_signed_in(with_old)


def test_the_app_is_removed_with_its_recovery_codes(cast: Cast) -> None:
    client = enters_password()
    sets_up_app(client)
    assert client.post(REMOVE)["Location"] == "/account/"
    assert not Authenticator.objects.exists()
    assert [event.facts for event in events("registry.second_factor.removed")] == [{"factor": "authenticator app"}]
    assert is_signed_in(enters_password())


def test_nothing_changes_without_its_event(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = enters_password()
    sets_up_app(client)

    def broken(self: Any) -> None:
        raise RuntimeError("The ledger cannot be written.")

    monkeypatch.setattr("audit.ledger.Entry.write", broken)
    with pytest.raises(RuntimeError):
        client.post(REMOVE)
    assert Authenticator.objects.filter(type="totp").exists()


def test_somebody_halfway_may_go_back(cast: Cast, secret: str) -> None:
    client = enters_password()
    assert client.get(reverse("account_login"))["Location"] == AUTHENTICATE
    client.post(reverse("account_logout"))
    assert client.get(reverse("account_login")).status_code == 200


class TestSecretsAtRest:
    def dump(self) -> str:
        """What somebody reads who got hold of the table."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM mfa_authenticator")
            return " ".join(str(row[0]) for row in cursor.fetchall())

    def test_neither_the_secret_nor_a_recovery_code_is_in_the_database(self, cast: Cast) -> None:
        client = enters_password()
        secret = sets_up_app(client)
        stored = self.dump()
        assert secret not in stored
        assert not any(code in stored for code in recovery_codes(client))
        assert secret not in str([session.get_decoded() for session in Session.objects.all()])

    def test_what_was_changed_in_the_database_opens_nothing(self, cast: Cast, secret: str) -> None:
        sealed = Authenticator.objects.get(type="totp").data["secret"]
        adapter = second_factor.SecondFactorAdapter()
        assert adapter.decrypt(sealed) == secret
        changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
        for bent in (changed, sealed[:20], "", sealed.replace(".", ""), "x" + sealed):
            with pytest.raises(sealing.Unsealable):
                adapter.decrypt(bent)
        assert adapter.encrypt(secret) != adapter.encrypt(secret)

    def test_the_key_is_changed_while_people_sign_in(self, cast: Cast, secret: str) -> None:
        before, sealed = second_factor.key_path().read_text(), Authenticator.objects.get(type="totp").data["secret"]
        call_command("second_factor_key", stdout=io.StringIO())
        after = second_factor.key_path().read_text()
        assert before not in after
        assert second_factor.key_path().stat().st_mode & 0o777 == 0o600
        with pytest.raises(sealing.Unsealable):
            second_factor.SecondFactorAdapter().decrypt(sealed)
        client = enters_password()
        enters_code(client, code_of(secret))
        assert is_signed_in(client)
        assert len(events("registry.second_factor.resealed")) == 1

    def test_between_two_keys_both_open(self, cast: Cast, secret: str) -> None:
        sealed = Authenticator.objects.get(type="totp").data["secret"]
        second_factor.change_key()
        adapter = second_factor.SecondFactorAdapter()
        assert adapter.decrypt(sealed) == adapter.decrypt(adapter.encrypt(secret)) == secret

    def test_the_key_is_readable_by_its_owner_only(self, cast: Cast, secret: str) -> None:
        assert second_factor.key_path().stat().st_mode & 0o777 == 0o600

    def test_without_its_key_nobody_gets_in_and_the_portal_does_not_start(
        self, cast: Cast, secret: str, settings: Any, tmp_path: Any
    ) -> None:
        assert boot._second_factors() == ""
        settings.LEDGER_KEYS = tmp_path
        assert "Put it back" in boot._second_factors()
        with pytest.raises(ImproperlyConfigured):
            second_factor.SecondFactorAdapter().decrypt("anything")


class TestWhereOneIsRequired:
    @pytest.fixture(autouse=True)
    def _required(self, settings: Any) -> None:
        settings.REQUIRE_SECOND_FACTOR = True

    def test_whoever_has_none_is_led_to_set_it_up(self, cast: Cast) -> None:
        client = enters_password()
        for page in ("/", "/models/", "/ledger/"):
            assert client.get(page)["Location"] == "/account/", page
        assert "Set up a second factor first" in client.get("/account/").content.decode()
        assert client.get("/api/v1/models").status_code == 403
        sets_up_app(client)
        assert is_signed_in(client)

    def test_the_last_one_is_not_removed(self, cast: Cast) -> None:
        client = enters_password()
        sets_up_app(client)
        answer = client.post(REMOVE)
        assert "this is your last" in answer.content.decode()
        assert Authenticator.objects.filter(type="totp").exists()

    def test_visitors_and_probes_are_not_asked(self, client: Client, db: None) -> None:
        assert client.get("/healthz").status_code == 200
        assert client.get(reverse("account_login")).status_code == 200


class TestLostPhone:
    def test_an_administrator_removes_it_and_every_session_ends(self, cast: Cast) -> None:
        client = enters_password()
        sets_up_app(client)
        sign_in.reset_second_factor(person=cast.author, reason="Came to the desk with a passport.", by=cast.admin)
        assert not Authenticator.objects.exists()
        assert not is_signed_in(client)
        assert is_signed_in(enters_password())
        event = events("registry.second_factor.reset")[0]
        assert event.facts == {"removed": ["recovery_codes", "totp"], "identities": 0}
        assert event.reason == "Came to the desk with a passport."
        assert events("registry.session.ended")[0].cause == event.uid

    @pytest.mark.parametrize(("by", "refusal"), [("technical", PermissionDenied), ("admin", ValidationError)])
    def test_not_by_somebody_else_and_not_for_oneself(self, cast: Cast, by: str, refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            sign_in.reset_second_factor(person=cast.admin, reason="Lost it.", by=getattr(cast, by))
        assert events("registry.second_factor.reset.refused")

    def test_not_without_a_reason(self, cast: Cast, secret: str) -> None:
        with pytest.raises(ValidationError):
            sign_in.reset_second_factor(person=cast.author, reason=" ", by=cast.admin)
        assert Authenticator.objects.exists()

    def test_by_command(self, cast: Cast, secret: str) -> None:
        out = io.StringIO()
        call_command("reset_second_factor", "author", "--reason", "Called back on the known number.", stdout=out)
        assert "password alone" in out.getvalue()
        assert events("registry.second_factor.reset")[0].actor == Person.objects.system().pk
        with pytest.raises(CommandError, match="Nobody here"):
            call_command("reset_second_factor", "nobody", "--reason", "x")


def test_a_deactivated_person_is_turned_away_and_the_attempt_is_written(cast: Cast, secret: str) -> None:
    before = enters_password()
    enters_code(before, code_of(secret))
    assert is_signed_in(before)
    people.deactivate(person=cast.author, reason="Left.", by=cast.admin)
    assert not is_signed_in(before)
    person = Person.objects.get(pk=cast.author.pk)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    client = enters_password()
    assert not is_signed_in(client)
    refused = events("registry.person.signed_in.refused")[0]
    assert refused.facts["codes"] == ["inactive"]
    assert refused.subject == f"registry.person:{cast.author.pk}"
