"""How much is done of what is asked."""

from collections import Counter
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from governance.looks.marks import REQUIREMENTS

MOST_STROKES = 18


def _segments(states: list[str], width: float, gap: float) -> SafeString:
    segment = (width + gap) / len(states) - gap if states else 0
    return format_html_join(
        "",
        '<rect class="seg--{}" x="{}" y="0" width="{}" height="6" rx="1"/>',
        ((state, f"{index * (segment + gap):.2f}", f"{segment:.2f}") for index, state in enumerate(states)),
    )


def meter(met: int, total: int, open: int = 0) -> SafeString:
    """A stroke for each of `total`; of more than can be told apart, their share. `open` are promised."""
    strokes = min(total, MOST_STROKES)
    filled, promised = (_share(count, total, strokes) for count in (met, open))
    states = ["met"] * filled + ["open"] * promised + ["blocked"] * (strokes - filled - promised)
    return format_html(
        '<span class="meter"><svg class="meter__bar" viewBox="0 0 72 6" aria-hidden="true">{}</svg>'
        "<span>{} of {}{}</span></span>",
        _segments(states, 72, 1.5),
        met,
        total,
        f", {open} open" if open else "",
    )


def _share(count: int, total: int, strokes: int) -> int:
    return count * strokes // total if total else 0


def progress_bar(items: Iterable) -> SafeString:
    states = [item.state for item in misses_first(items)][::-1]
    count = Counter(states)
    said = ", ".join(f"{count[state]} {look.word.lower()}" for state, look in REQUIREMENTS.items() if count[state])
    return format_html(
        '<svg class="roadhead__bar" viewBox="0 0 144 6" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        said or "nothing asked",
        _segments(states, 144, 2),
    )


def misses_first(items: Iterable) -> list:
    urgency = list(REQUIREMENTS)
    return sorted(items, key=lambda item: urgency.index(item.state))


def asked_count(items: Iterable) -> int:
    """What is only shown is not asked for."""
    return sum(item.state != "advised" for item in items)


def met_count(items: Iterable) -> int:
    return sum(item.state == "met" for item in items)


def waived_count(items: Iterable) -> int:
    return sum(item.state == "waived" for item in items)


def open_count(items: Iterable) -> int:
    return sum(item.state == "open" for item in items)
