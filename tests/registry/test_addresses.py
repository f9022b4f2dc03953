"""Addresses name a place: nothing in them runs, and nothing in them is a secret."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from registry import addresses


@pytest.mark.parametrize(
    "place",
    [
        "",
        "s3://models/reader/7",
        "run-8f31c0",
        "git@git.example.org:clinical-ml/models.git",
        "ssh://git@git.example.org/models",
        "https://git.example.org/clinical-ml/models",
        "https://mlflow.example.org/#/experiments/1/runs/8f31c0?who=a@b.example",
        "https://example.org/a:b@c",
        "On call: data team, 12:30@desk",
        "datasets of javascript: a study",
    ],
)
def test_a_place_may_be_said_in_any_words(place: str) -> None:
    addresses.validate_place(place)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("https://ada:secret@example.org/x", "secret"),
        ("HTTPS://ghp_0123456789@example.org/x", "secret"),
        ("see https://oauth2:glpat-1@git.example.org/x", "secret"),
        ("postgresql://reader:pw@db/train", "secret"),
        (" javascript:alert(1)", "script"),
        ("JavaScript :alert(1)", "script"),
        ("data:text/html,x", "script"),
        ("vbscript:x", "script"),
    ],
)
def test_a_script_or_a_secret_is_no_place(place: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        addresses.validate_place(place)
    assert refused.value.code == code


def test_a_page_is_on_the_web() -> None:
    addresses.validate_web_address("https://monitoring.example.org/d/1?from=now#x")
    for address in ("ftp://example.org/x", "example.org", "https://", "//example.org", "https://a:b@example.org"):
        with pytest.raises(ValidationError):
            addresses.validate_web_address(address)
