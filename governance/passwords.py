"""What is too easily guessed to be a password. No rule asks for digits, capitals or signs: surprise counts."""

from __future__ import annotations

import bisect
import hashlib
import itertools
import re
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

#: Signs in which people disguise letters. A 1 may be an i or an l.
DISGUISES = {"i": str.maketrans("01345789@$!+", "oieastbgasit"), "l": str.maketrans("01345789@$!+", "oleastbgasit")}
NO_LETTER = r"[\W\d_]"
#: Looks from the first sign of a row of them only: a long row would be read anew from each of its signs.
AT_THE_END = f"(?<!{NO_LETTER}){NO_LETTER}+$"
PORTAL = "gatehouse"
#: So many characters beside a word that everybody knows make a password of their own.
OWN_CHARACTERS = 10
SHORTEST_WORD = 4
SHORTEST_UNIT = 8
DIGEST_LENGTH = 40
SHA1 = re.compile("[0-9A-F]{40}")


class WellKnownValidator:
    """Refuses what repeats itself or counts up, a common password in disguise, and what is mostly a word of this house.

    Common are Django's 20,000, with digits and signs around them, signs for letters, or said several times.
    """

    def validate(self, password: str, user: Any = None) -> None:
        text = password.casefold()
        if _counts_up(text) or len(unit_of(text)) < min(SHORTEST_UNIT, len(text)):
            raise _guessable("It repeats itself, or counts up.")
        if any(len(core) >= SHORTEST_WORD and core in _common() for core in _cores(text)):
            raise _guessable("It is a common password with something around it.")
        if any(word in text and len(text.replace(word, "")) < OWN_CHARACTERS for word in context_words()):
            raise _guessable("It is mostly a word that everybody here knows.")

    def get_help_text(self) -> str:
        return "No common password in disguise, and not mostly the name of this portal or of the organisation."


class BreachedValidator:
    """Refuses what stands in the file that `settings.BREACHED_PASSWORDS` names; without one it lets everything pass.

    The file has the SHA-1 digest of one password on each line, in order, as the well-known collections are handed out;
    what comes after a digest is ignored.
    """

    def validate(self, password: str, user: Any = None) -> None:
        if not settings.BREACHED_PASSWORDS:
            return
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with Path(settings.BREACHED_PASSWORDS).open("rb") as lines:
            if _holds(lines, digest):
                raise ValidationError(
                    "This password was found in a breach, so others try it. Choose another one.", code="breached"
                )

    def get_help_text(self) -> str:
        return "None that was found in a breach."


def is_list_of_digests(path: Path) -> bool:
    """Whether its first lines are what `BreachedValidator` looks for, which finds nothing in another form or order."""
    with path.open("rb") as lines:
        digests = [line[:DIGEST_LENGTH].decode("ascii", "replace").upper() for line in itertools.islice(lines, 1000)]
    return bool(digests) and digests == sorted(digests) and all(map(SHA1.fullmatch, digests))


def context_words() -> set[str]:
    """The portal, where it is served, the identity provider, and what PASSWORD_CONTEXT_WORDS adds, in small letters."""
    named = [PORTAL, *(settings.OIDC_NAME.split() if settings.OIDC_ISSUER else []), *settings.PASSWORD_CONTEXT_WORDS]
    host = urlsplit(settings.PORTAL_URL).hostname or ""
    words = [word.strip().casefold() for word in named] + re.findall(r"[a-z]+", host)
    return {word for word in words if len(word) >= SHORTEST_WORD}


def unit_of(text: str) -> str:
    """What `text` consists of repetitions of: abc of abcabcabc, and the whole of it where it repeats nothing."""
    return text[: (text + text).find(text, 1)] if text else text


def _cores(text: str) -> list[str]:
    """What is left when digits and signs are taken away and signs that stand for letters are letters again."""
    begun = re.sub(AT_THE_END, "", text)
    bare = re.sub(f"^{NO_LETTER}+", "", begun)
    plain = [bare, *(each.translate(signs) for each in (text, begun, bare) for signs in DISGUISES.values())]
    return [begun, *(unit_of(re.sub(NO_LETTER, "", each)) for each in plain)]


def _counts_up(text: str) -> bool:
    """Or down; after nine comes nought."""
    steps = {ord(second) - ord(first) for first, second in itertools.pairwise(text)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _holds(lines: IO[bytes], digest: bytes) -> bool:
    """Reads some forty lines, however many there are."""

    def digest_at(place: int) -> bytes:
        """Of the first line that begins at `place` or later; the largest of all when none does."""
        lines.seek(max(place - 1, 0))
        if place:
            lines.readline()
        return lines.readline()[:DIGEST_LENGTH].upper() or b"~"

    places = range(lines.seek(0, 2) + 1)
    found = bisect.bisect_left(places, digest, key=digest_at)
    return found < len(places) and digest_at(found) == digest


def _guessable(why: str) -> ValidationError:
    return ValidationError(f"{why} A few unrelated words are good.", code="guessable")


@cache
def _common() -> set[str]:
    return CommonPasswordValidator().passwords
