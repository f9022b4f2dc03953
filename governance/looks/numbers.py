"""Numbers: a space for thousands, a true minus, the unit after a space."""

from decimal import Decimal, InvalidOperation

from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.figures import readable

NO_BREAK = "\u00a0"


def thousands(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", NO_BREAK).replace("-", "−")


def figure(value: object, places: int | None = None) -> str:
    """A measured value: true minus, space for thousands, no exponent; `places` fixes the decimals for a column."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "" if value is None else str(value)
    if not number.is_finite():
        return str(value)
    plain = f"{number:,.{places}f}" if places is not None else f"{number:,f}"
    if places is None and "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.replace(",", NO_BREAK).replace("-", "−")


def measured(value: Decimal | None, bound: Decimal | None = None) -> SafeString | str:
    """A figure of an evaluation as every page says it, exactly on hover; `bound` is what it is judged by beside it."""
    if value is None:
        return ""
    shown = readable(value, bound)
    words = figure(shown, -int(shown.as_tuple().exponent))
    if shown == value:
        return words
    return format_html('<data value="{}" title="{}">{}</data>', f"{value.normalize():f}", figure(value), words)


def filesize_si(size: int | None) -> str:
    if size is None:
        return ""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f}{NO_BREAK}B" if units[0] == "B" else f"{amount:.1f}{NO_BREAK}{units[0]}"


def counted(number: int, noun: str) -> str:
    """2 reasons, 1 reason; an irregular plural is given after a comma: "entry,entries"."""
    singular, _, plural = noun.partition(",")
    return f"{thousands(number)} {singular if number == 1 else plural or singular + 's'}"
