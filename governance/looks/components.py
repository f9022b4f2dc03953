"""What components need to write their markup: ids, attributes, and the roles of tables."""

import re
from zlib import crc32

from django.forms.utils import flatatt
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django_cotton.templatetags import Attrs


def fingerprint(text: object) -> str:
    """A short stable name for a piece of text, to make an id of it."""
    return f"{crc32(str(text).encode()):08x}"


def extra(attributes: Attrs) -> SafeString:
    """What a component was given beyond its own attributes, escaped (the component library leaves that to us)."""
    return flatatt(attributes.attrs_dict())


def _with_role(match: re.Match) -> str:
    element, attributes = match.groups()
    if "role=" in attributes:
        return match.group()
    role = {"tr": "row", "td": "cell"}.get(element)
    if role is None:
        role = "rowheader" if 'scope="row"' in attributes else "columnheader"
    return f'<{element} role="{role}"{attributes}>'


def table_roles(markup: str) -> SafeString:
    """Says the roles aloud that a browser forgets once the stylesheet turns the rows of a table into cards."""
    return mark_safe(re.sub(r"<(tr|td|th)\b([^>]*)>", _with_role, conditional_escape(markup)))  # noqa: S308 - escaped
