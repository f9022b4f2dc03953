"""Addresses that people and pipelines give: of a page that others will open, or of where something is kept."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

#: What a browser would run or read as a page of ours.
RUNS = re.compile(r"\s*(javascript|vbscript|data)\s*:", re.IGNORECASE)
#: `user:secret@` before the host; on the web a token is often the whole of it. Of the scheme the last letter is looked
#: at: with all of it, a long word would be read anew from each of its letters.
SECRET = re.compile(r"[a-z0-9+.-]://[^/?#\s:@]*:[^/?#\s@]+@|https?://[^/?#\s@]+@", re.IGNORECASE)

NO_WEB_ADDRESS = "Write the address of a web page, such as https://monitoring.example.org/d/1."
_is_web_address = URLValidator(schemes=["http", "https"], message=NO_WEB_ADDRESS)


def validate_place(text: str) -> None:
    """Where something is kept or was run, in whatever words. Raises ValidationError for a script or a secret in it."""
    if RUNS.match(text):
        raise ValidationError("This is a script, not an address. Write where it is kept.", code="script")
    if SECRET.search(text):
        raise ValidationError(
            "This address holds a password or token, and every reader would see it. Write it without, and change the "
            "secret if others have seen it.",
            code="secret",
        )


def without_secret(text: str) -> str:
    """Each address in it without what stands before the host, where that is a password or token."""
    return SECRET.sub(lambda found: f"{found[0].partition('://')[0]}://", text)


def validate_web_address(text: str) -> None:
    """A page that readers are sent to."""
    validate_place(text)
    _is_web_address(text)
