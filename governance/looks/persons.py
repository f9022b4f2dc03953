"""People by name, with initials where a face would be."""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def initials(name: object) -> str:
    words = str(name).split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else ""


def person(name: object, role: str = "", size: str = "") -> SafeString:
    modifier = f" avatar--{size}" if size else ""
    said = format_html('<span>{}<span class="person__role">{}</span></span>', name, role) if role else name
    return format_html(
        '<span class="person"><span class="avatar{}" aria-hidden="true">{}</span>{}</span>',
        modifier,
        initials(name),
        said,
    )
