"""What a password may be: long and surprising, of whatever signs; not one that others would try."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from governance import passwords
from registry.actions import people
from tests.builders import Cast

GOOD = "seven-lanterns-over-water"


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correcthorsebatterystaple",
        "only small letters here",
        "ONLY CAPITALS STAND HERE",
        "748159260371",  # digits alone
        "#!%&/()=?;:_+*",
        "пять фонарей над водой",
        "🦉🌊🏮🌲🦉🌊🏮🍁🦊🐚🪵🍄",
        "   spaces around it   ",
        "a" + "bright stone " * 30,
        "our gatehouse stands beside the river",
    ],
)
def test_whatever_is_long_and_surprising_is_taken(password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password_too_short"),
        ("motherfucker", "password_too_common"),
        ("password1234", "guessable"),
        ("!!Password!!2026", "guessable"),
        ("P4$$w0rd-P4$$w0rd", "guessable"),
        ("passwordpassword", "guessable"),
        ("123456789012", "guessable"),
        ("abcdefghijklmn", "guessable"),
        ("98765432109876", "guessable"),
        ("1q2w3e4r5t2026", "guessable"),
        ("xyxyxyxyxyxyxy", "guessable"),
        ("zzzzzzzzzzzzzz", "guessable"),
        ("Gatehouse-2026!", "guessable"),
    ],
)
def test_what_others_would_try_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password)
    assert code in [error.code for error in refusal.value.error_list]


def test_every_common_password_is_refused_with_digits_around_it() -> None:
    """Among them the 3,000 most common ones of twelve characters and more, which mostly are made like this."""
    common = [each for each in CommonPasswordValidator().passwords if 6 <= len(each) <= 20 and each.isalpha()]
    assert len(common) > 7_500
    for password, more in itertools.product(sorted(common)[:3_000], ("123456", "2026!!")):
        with pytest.raises(ValidationError):
            validate_password(password + more)


def test_words_of_the_house_are_no_password(settings: Any) -> None:
    settings.PORTAL_URL = "https://models.northmere.example"
    settings.PASSWORD_CONTEXT_WORDS = ["Skylark"]
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example", "Northmere Bank"
    assert {"gatehouse", "northmere", "models", "skylark", "bank"} <= passwords.context_words()
    for password in ("Northmere-2026", "skylark!skyl", "xx-models-xx-1"):
        with pytest.raises(ValidationError, match="everybody here knows"):
            validate_password(password)
    validate_password("skylark above the northern pier")


class TestBreached:
    @pytest.fixture
    def found(self, tmp_path: Path, settings: Any) -> list[str]:
        """A collection as it is handed out: digests in order, each with how often it was seen."""
        found = [f"quiet river number {number} runs" for number in range(200)]
        digests = sorted(hashlib.sha1(each.encode(), usedforsecurity=False).hexdigest().upper() for each in found)
        file = tmp_path / "breached.txt"
        file.write_text("".join(f"{digest}:{place}\r\n" for place, digest in enumerate(digests)))
        settings.BREACHED_PASSWORDS = str(file)
        return found

    def test_each_of_them_is_refused_and_no_other(self, found: list[str]) -> None:
        for password in found:
            with pytest.raises(ValidationError, match="found in a breach"):
                validate_password(password)
        for number in range(200):
            validate_password(f"loud river number {number} runs")

    def test_without_a_file_nothing_is_asked(self, settings: Any) -> None:
        assert settings.BREACHED_PASSWORDS == ""
        validate_password("quiet river number 1 runs")

    def test_a_file_that_is_gone_lets_nobody_slip_through(self, settings: Any, tmp_path: Path) -> None:
        settings.BREACHED_PASSWORDS = str(tmp_path / "gone")
        with pytest.raises(FileNotFoundError):
            validate_password(GOOD)


@pytest.mark.django_db
class TestSignIn:
    def signs_in(self, password: str) -> bool:
        cache.clear()
        client = Client()
        client.post(reverse("account_login"), {"login": "author", "password": password})
        return client.get("/account/").status_code == 200

    @pytest.mark.parametrize(
        "password", ["  A sentence with spaces around  ", "ÄÖÜ in a quiet sentence ß", "w" * 5 + " long" * 50]
    )
    def test_a_password_counts_exactly_as_it_was_typed(self, cast: Cast, password: str) -> None:
        people.change_password(person=cast.author, password=password, by=cast.author)
        assert self.signs_in(password)
        for other in (password.strip() + "x", password.lower(), password[:72], password[:-1], password.swapcase()):
            assert other == password or not self.signs_in(other)

    def test_forms_hide_it_and_let_password_managers_help(self, cast: Cast, client: Client) -> None:
        people.change_password(person=cast.author, password=GOOD, by=cast.author)
        page = client.get(reverse("account_login")).content.decode()
        assert 'type="password"' in page
        assert 'autocomplete="current-password"' in page
        client.force_login(cast.author, backend="governance.roles.SignInBackend")
        page = client.get(reverse("account_change_password")).content.decode()
        assert page.count('type="password"') == 3
        assert page.count('autocomplete="new-password"') == 2
        assert "onpaste" not in page
