"""Digests: shortened for the eye, whole in the title, and as a seal."""

import re
from math import cos, pi, sin

from django.utils.html import format_html
from django.utils.safestring import SafeString

from governance.looks.marks import icon


def _hex_of(digest: str) -> str:
    return str(digest).rpartition(":")[2]


def short_digest(digest: str) -> str:
    """Keeps both ends, where people compare: sha256:9f2c41ab…7e10."""
    value = str(digest)
    prefix, hexadecimal = value[: -len(_hex_of(value)) or None], _hex_of(value)
    return f"{prefix}{hexadecimal[:8]}…{hexadecimal[-4:]}" if len(hexadecimal) > 16 else value


def _strokes(content: bytes) -> str:
    """One stroke a byte, clockwise from the top, from an outer ring inwards; its length is the byte."""
    outer, shortest, range_ = 29.0, 2.0, 10.0
    strokes = []
    for position, byte in enumerate(content):
        angle = 2 * pi * position / len(content) - pi / 2
        inner = outer - shortest - range_ * byte / 255
        ends = [(32 + radius * cos(angle), 32 + radius * sin(angle)) for radius in (outer, inner)]
        strokes.append("M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*ends[0], *ends[1]))
    return "".join(strokes)


def seal(digest: str, size: str = "") -> SafeString:
    """The ring that lets the eye see a swapped digest; drawn for SHA-256 only, and always beside the written digest."""
    hexadecimal = _hex_of(digest)
    if not re.fullmatch(r"[0-9a-fA-F]{64}", hexadecimal):
        return SafeString("")
    strokes = format_html('<path class="seal__strokes" d="{}"/>', _strokes(bytes.fromhex(hexadecimal)))
    if size != "lg":
        return format_html('<svg class="seal" viewBox="0 0 64 64" aria-hidden="true">{}</svg>', strokes)
    return format_html(
        '<svg class="seal seal--lg" viewBox="0 0 64 64" aria-hidden="true"><circle class="seal__ring" cx="32" cy="32"'
        ' r="31"/>{}<circle class="seal__ring" cx="32" cy="32" r="15"/><text class="seal__text" x="32" y="31">{}</text>'
        '<text class="seal__text" x="32" y="38">{}</text></svg>',
        strokes,
        hexadecimal[:4],
        hexadecimal[-4:],
    )


def digest(value: str, seal: bool = True, copy: bool = True) -> SafeString:
    """A digest shortened for the eye, whole in its title and for copying. SHA-256 written bare gets its name."""
    if not value:
        return SafeString('<span class="muted">none</span>')
    whole = f"sha256:{value}" if re.fullmatch(r"[0-9a-fA-F]{64}", str(value)) else str(value)
    button = format_html(
        '<button class="digest__copy needs-js" type="button" data-copy="{}" aria-label="Copy {}">{}</button>',
        whole,
        short_digest(whole),
        icon("copy"),
    )
    return format_html(
        '<span class="digest">{}<code title="{}">{}</code>{}</span>',
        _seal(whole) if seal else "",
        whole,
        short_digest(whole),
        button if copy else "",
    )


_seal = seal
